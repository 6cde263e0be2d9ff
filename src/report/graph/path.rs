//! The path of one gradient: from it up to the loss, and what it takes on the way.

use crate::document::graph::{Kept, Step};

/// Marks the path of the gradient by what has this name.
pub(super) fn light(steps: &mut [Step], key: &str) {
    let mut needed = vec![false; steps.len()];
    for place in 0..steps.len() {
        needed[place] |= steps[place].key == key && steps[place].adjoint.is_some();
        for parameter in 0..steps[place].parameters.len() {
            if steps[place].parameters[parameter].key != key {
                continue;
            }
            let Some(gradient) = &mut steps[place].parameters[parameter].gradient else { continue };
            gradient.is_lit = true;
            let kept = gradient.kept.clone();
            keep(&mut steps[place], &kept);
            needed[place] |= steps[place].adjoint.is_some();
        }
    }
    for place in 0..steps.len() {
        if !needed[place] {
            continue;
        }
        if let Some(adjoint) = &mut steps[place].adjoint {
            adjoint.is_lit = true;
        }
        for (user, step) in steps.iter_mut().enumerate() {
            let mut kept = Vec::new();
            for backward in &mut step.backward {
                for target in backward.to.iter_mut().filter(|target| target.step == place) {
                    target.is_lit = true;
                    backward.is_lit = true;
                    kept.extend(backward.kept.iter().copied());
                }
            }
            // An error is taken as it is.
            if step.adjoint.is_some() && step.backward.iter().flat_map(|b| &b.to).any(|target| target.step == place) {
                needed[user] = true;
                keep(step, &kept);
            }
        }
    }
}

fn keep(step: &mut Step, kept: &[Kept]) {
    for kept in kept {
        match kept {
            Kept::Operand(place) => step.operands[*place].is_lit = true,
            Kept::Parameter(place) => step.parameters[*place].is_lit = true,
            Kept::Own => {}
        }
    }
}

/// The layer that what has this name is of.
pub(super) fn layer(steps: &[Step], layers: &[Option<usize>], key: &str) -> Option<usize> {
    let is_of = |step: &Step| step.key == key || step.parameters.iter().any(|parameter| parameter.key == key);
    steps.iter().position(is_of).and_then(|place| layers[place])
}
