//! A network and the shapes that a test expects → nothing, or a panic that is a lesson.

/// Asserts which shapes the layers of a network put out, each by its number or name; `"input"` is the batch that comes
/// in, `"target"` what is compared with it.
///
/// Shapes are compared as dimensions: `n × 4*d` is `n × (d + 3*d)`, and after `let d = 8` also `n × 32`.
///
/// ```
/// use chainrule::{Network, assert_shapes};
/// let network = Network::parse("input X [n, d]; up: dense 4*d gelu; dense d; loss half_mse")?;
/// assert_shapes!(network, {
///     "input" => "n × d",
///     "up" => "n × 4*d",
///     2 => "n × d",
/// });
/// # Ok::<_, chainrule::Error>(())
/// ```
///
/// # Panics
/// Where a shape is another one, with what was expected, what was found and where the spec says so, and the table of
/// all layers:
///
/// ```text
/// the shapes are not those expected
///
/// error[shape]: layer `up` puts out n × 4*d, expected n × 3*d
///  --> spec:2:1
///   |
/// 2 | up: dense 4*d gelu
///   | ^^^^^^^^^^^^^^^^^^ puts out n × 4*d
///   |
///   = help: change the network, or what the test expects
///
/// ┌─────────────────────────────────────────────────────┐
/// │ Layer   Kind         Input     Output    Parameters │
/// ╞═════════════════════════════════════════════════════╡
/// │ X       input                  n × d              0 │
/// │ up      dense gelu   n × d     n × 4·d   4·d² + 4·d │
/// │ 2       dense        n × 4·d   n × d       4·d² + d │
/// └─────────────────────────────────────────────────────┘
/// Layers: 2
/// Total parameters: 8·d² + 5·d
/// ```
#[macro_export]
macro_rules! assert_shapes {
    ($network:expr, { $($layer:expr => $shape:expr),+ $(,)? }) => {{
        let shapes = $network.shapes();
        if let ::core::result::Result::Err(error) = shapes.check([$(
            ($crate::LayerKey::from($layer), ::core::convert::AsRef::<str>::as_ref(&$shape))
        ),+]) {
            ::core::panic!("the shapes are not those expected\n\n{error}\n\n{shapes}");
        }
    }};
}
