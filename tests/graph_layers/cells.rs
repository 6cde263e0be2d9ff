//! The cells of recurrent networks: their backward formulas by hand.

use ndarray::{Axis, concatenate};

use super::{Matrix, check, over_samples, sigmoid, sigmoid_slope, tanh_slope};

/// h ← tanh([x, h] W + b) three times with one W: X₁ to X₃ come in one after the other.
#[test]
fn recurrent_cell_of_three_steps() {
    let source = "input H [n, h]\ninput P [n, f]\ninput Q [n, f]\ninput R [n, f]\nshared cell { dense h tanh }\n\
                  p: concat P H\nh1: cell from p\nq: concat Q h1\nh2: cell from q\nr: concat R h2\nh3: cell from r";
    check(source, |a| {
        let (w, u) = a["W_cell"].view().split_at(Axis(0), a["P"].ncols());
        let step = |h: &Matrix, x: &str| (h.dot(&u) + a[x].dot(&w) + &a["b_cell"]).mapv(f64::tanh);
        let h1 = step(&a["H"], "P");
        let h2 = step(&h1, "Q");
        let h3 = step(&h2, "R");
        let d3 = &a["G"] * &tanh_slope(&h3);
        let d2 = d3.dot(&u.t()) * tanh_slope(&h2);
        let d1 = d2.dot(&u.t()) * tanh_slope(&h1);
        let by_u = a["H"].t().dot(&d1) + h1.t().dot(&d2) + h2.t().dot(&d3);
        let by_w = a["P"].t().dot(&d1) + a["Q"].t().dot(&d2) + a["R"].t().dot(&d3);
        vec![
            ("W_cell", concatenate![Axis(0), by_w, by_u]),
            ("b_cell", over_samples(&(&d1 + &d2 + &d3))),
            ("H", d1.dot(&u.t())),
            ("P", d1.dot(&w.t())),
            ("Q", d2.dot(&w.t())),
            ("R", d3.dot(&w.t())),
        ]
    });
}

/// (1 − z) ⊙ h + z ⊙ c as h + z ⊙ (c − h).
#[test]
fn gated_recurrent_unit() {
    let source = "input X [n, f]\ninput H [n, h]\nz: dense h sigmoid nobias from X, H\nr: dense h sigmoid nobias from X, H\n\
                  reset: multiply r H\nc: dense h tanh nobias from X, reset\nstep: subtract c H\nmove: multiply z step\n\
                  add H move";
    check(source, |a| {
        let (x, h, g) = (&a["X"], &a["H"], &a["G"]);
        let z = sigmoid(&(x.dot(&a["W_z_X"]) + h.dot(&a["W_z_H"])));
        let r = sigmoid(&(x.dot(&a["W_r_X"]) + h.dot(&a["W_r_H"])));
        let reset = &r * h;
        let c = (x.dot(&a["W_c_X"]) + reset.dot(&a["W_c_reset"])).mapv(f64::tanh);
        let by_c = g * &z * tanh_slope(&c);
        let by_z = g * &(&c - h) * sigmoid_slope(&z);
        let by_reset = by_c.dot(&a["W_c_reset"].t());
        let by_r = &by_reset * h * sigmoid_slope(&r);
        let kept = g * &z.mapv(|z| 1.0 - z) + &by_reset * &r;
        vec![
            ("W_z_X", x.t().dot(&by_z)),
            ("W_z_H", h.t().dot(&by_z)),
            ("W_r_X", x.t().dot(&by_r)),
            ("W_r_H", h.t().dot(&by_r)),
            ("W_c_X", x.t().dot(&by_c)),
            ("W_c_reset", reset.t().dot(&by_c)),
            ("X", by_z.dot(&a["W_z_X"].t()) + by_r.dot(&a["W_r_X"].t()) + by_c.dot(&a["W_c_X"].t())),
            ("H", kept + by_z.dot(&a["W_z_H"].t()) + by_r.dot(&a["W_r_H"].t())),
        ]
    });
}

/// c ← f ⊙ c + i ⊙ u, and tanh(c) goes out through the gate o.
#[test]
fn long_short_term_memory() {
    let source = "input X [n, m]\ninput H [n, h]\ninput C [n, h]\ni: dense h sigmoid from X, H\nf: dense h sigmoid from X, H\n\
                  o: dense h sigmoid from X, H\nu: dense h tanh from X, H\nkept: multiply f C\nnew: multiply i u\n\
                  cell: add kept new\nshown: activation tanh from cell\nmultiply o shown";
    check(source, |a| {
        let (x, h) = (&a["X"], &a["H"]);
        let z = |gate: &str| {
            x.dot(&a[&*format!("W_{gate}_X")]) + h.dot(&a[&*format!("W_{gate}_H")]) + &a[&*format!("b_{gate}")]
        };
        let (i, f, o, u) = (sigmoid(&z("i")), sigmoid(&z("f")), sigmoid(&z("o")), z("u").mapv(f64::tanh));
        let shown = (&f * &a["C"] + &i * &u).mapv(f64::tanh);
        let by_cell = &a["G"] * &o * tanh_slope(&shown);
        let by = [
            ("i", &by_cell * &u * sigmoid_slope(&i)),
            ("f", &by_cell * &a["C"] * sigmoid_slope(&f)),
            ("o", &a["G"] * &shown * sigmoid_slope(&o)),
            ("u", &by_cell * &i * tanh_slope(&u)),
        ];
        let into = |source: &str| {
            let part = |(gate, by): &(&str, Matrix)| by.dot(&a[&*format!("W_{gate}_{source}")].t());
            part(&by[0]) + part(&by[1]) + part(&by[2]) + part(&by[3])
        };
        let names = [
            ["W_i_X", "W_i_H", "b_i"],
            ["W_f_X", "W_f_H", "b_f"],
            ["W_o_X", "W_o_H", "b_o"],
            ["W_u_X", "W_u_H", "b_u"],
        ];
        let mut expected = vec![("X", into("X")), ("H", into("H")), ("C", by_cell * f)];
        for ([from_x, from_h, bias], (_, by)) in names.into_iter().zip(&by) {
            expected.extend([(from_x, x.t().dot(by)), (from_h, h.t().dot(by)), (bias, over_samples(by))]);
        }
        expected
    });
}
