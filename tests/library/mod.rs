//! What library users get, held against the command, calculation by hand, finite differences, and bad input.

mod arrays;
mod builder;
mod printed;
mod refused;
mod shapes;

use chainrule::Network;

const THREE: &str = "input X [n, f0]\ndense f1 relu nobias\ndense f2 relu nobias\ndense f3 nobias\nloss half_mse\n";

fn network(text: &str) -> Network {
    Network::parse(text).unwrap()
}

#[test]
fn every_type_may_cross_threads_and_every_error_may_be_boxed() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    shared::<Network>();
    shared::<chainrule::Builder>();
    shared::<chainrule::Dense>();
    shared::<chainrule::Dimension>();
    shared::<chainrule::Shapes>();
    shared::<chainrule::Layer>();
    shared::<chainrule::LayerKey<'static>>();
    shared::<chainrule::Shape>();
    shared::<chainrule::Form>();
    shared::<chainrule::Gradients>();
    shared::<chainrule::Gradient>();
    shared::<chainrule::Definition>();
    shared::<chainrule::Explanation>();
    shared::<chainrule::Options>();
    shared::<chainrule::Verification>();
    shared::<chainrule::Verdict>();
    shared::<chainrule::Evaluation>();
    shared::<chainrule::Error>();
    shared::<chainrule::Message>();
    shared::<chainrule::Label>();
    shared::<chainrule::Kind>();
    let boxed: Box<dyn std::error::Error + Send + Sync> = Network::parse("").unwrap_err().into();
    let error = boxed.downcast::<chainrule::Error>().unwrap();
    assert_eq!(error.kind(), chainrule::Kind::Spec);
    assert_eq!(error.messages()[0].title(), "the spec is empty");
}
