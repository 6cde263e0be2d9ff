//! Repairs, followed literally: the spec that a message proposes is accepted and is the one that was meant.

use std::fs;

use chainrule::{
    network,
    source::{Diagnostic, Kind, Severity},
    spec,
};

use crate::common;

/// What is said of a text, of its grammar or of its meaning; and whether it is of its meaning.
fn said(source: &str) -> (bool, Vec<Diagnostic>) {
    match spec::parse(source) {
        Ok(spec) => (true, network::resolve(&spec, &[]).diagnostics),
        Err(errors) => (false, errors),
    }
}

fn errors(source: &str) -> Vec<Diagnostic> {
    said(source).1.into_iter().filter(|message| message.severity == Severity::Error).collect()
}

/// A spec with this line where it belongs.
type Frame = fn(&str) -> String;

const LAYER: Frame = |line| format!("input X [n, 784]\n{line}\ndense 10 softmax\nloss cce\n");
const LOSS: Frame = |line| format!("input X [n, 784]\ndense 10 sigmoid\n{line}\n");
const LOGITS: Frame = |line| format!("input X [n, 784]\ndense 10\n{line}\n");
const INPUT: Frame = |line| format!("{line}\ndense 10\nloss mse\n");

/// Lines as other tools and hurried hands write them, and what each is here.
const LINES: [(Frame, &[(&str, &str)]); 4] = [
    (
        LAYER,
        &[
            ("dense (784, 128)", "dense 784 -> 128"),
            ("dense 784, 128", "dense 784 -> 128"),
            ("dense 784x128", "dense 784 -> 128"),
            ("dense 784 x 128 relu", "dense 784 -> 128 relu"),
            ("dense 784 × 128", "dense 784 -> 128"),
            ("dense 784 128", "dense 784 -> 128"),
            ("dense 784 => 128", "dense 784 -> 128"),
            ("dense [128]", "dense 128"),
            ("dense(128, relu)", "dense 128 relu"),
            ("dense 128, relu", "dense 128 relu"),
            ("dense 4*d + 1, relu", "dense 4*d + 1 relu"),
            ("dense 128relu", "dense 128 relu"),
            ("dense 64.0", "dense 64"),
            ("dense 1e3 relu", "dense 1000 relu"),
            ("dense 1_000", "dense 1000"),
            ("dense “128” relu", "dense 128 relu"),
            ("x = dense 128", "x: dense 128"),
            ("hidden-1: dense 128 relu", "hidden_1: dense 128 relu"),
            ("layer-a = Dense(128)", "layer_a: dense 128"),
            ("dense 128 no_bias", "dense 128 nobias"),
            ("dense 128 relu bias=False", "dense 128 relu nobias"),
            ("dense 128 bias=True", "dense 128"),
            ("dense 128 relu use_bias=False", "dense 128 relu nobias"),
            ("dense 128 activation=relu", "dense 128 relu"),
            ("Dense 128", "dense 128"),
            ("Linear(784, 128)", "dense 784 -> 128"),
            ("Linear(784,128),", "dense 784 -> 128"),
            ("nn.Linear(784, 128, bias=False)", "dense 784 -> 128 nobias"),
            ("nn.Linear(in_features=784, out_features=128)", "dense 784 -> 128"),
            ("self.fc1 = nn.Linear(784, 128)", "fc1: dense 784 -> 128"),
            ("Dense(128, activation='relu')", "dense 128 relu"),
            ("layers.Dense(units=128, activation=\"tanh\", use_bias=False)", "dense 128 tanh nobias"),
            ("nn.Dense(features=128)", "dense 128"),
            ("nn.Sequential(nn.Linear(784, 128), nn.ReLU())", "dense 784 -> 128; activation relu"),
            ("fc 128", "dense 128"),
            ("fc1: fc 128 relu", "fc1: dense 128 relu"),
            ("linear 128", "dense 128"),
            ("Linear 784 128", "dense 784 -> 128"),
            ("nn.ReLU()", "activation relu"),
            ("ReLU", "activation relu"),
            ("sigmoid", "activation sigmoid"),
            ("h = F.relu(h)", "activation relu"),
            ("nn.ReLU(inplace=True)", "activation relu"),
            ("nn.GELU(approximate='tanh')", "activation gelu_tanh"),
            ("nn.Softmax(dim=1)", "activation softmax"),
            ("Activation('relu')", "activation relu"),
            ("activation(relu)", "activation relu"),
            ("leaky_relu(0.1)", "activation leaky_relu(0.1)"),
            ("activation leaky_relu 0.1", "activation leaky_relu(0.1)"),
            ("dense 64 leaky_relu (0.1)", "dense 64 leaky_relu(0.1)"),
            ("nn.LeakyReLU(0.1)", "activation leaky_relu(0.1)"),
            ("nn.LeakyReLU(negative_slope=0.1)", "activation leaky_relu(0.1)"),
            ("dense 128 LeakyReLU(0.2)", "dense 128 leaky_relu(0.2)"),
            ("nn.Identity()", "activation linear"),
            ("dense 784 by 128", "dense 784 -> 128"),
            ("dense 784 to 128 relu", "dense 784 -> 128 relu"),
            ("dense 64 activation relu", "dense 64 relu"),
            ("nn.Dropout(0.5)", "dropout 0.5"),
            ("nn.Dropout(p=0.2, inplace=True)", "dropout 0.2"),
            ("nn.Dropout()", "dropout 0.5"),
            ("F.dropout(h, 0.3)", "dropout 0.3"),
            ("dropout(0.5)", "dropout 0.5"),
            ("dropout 50%", "dropout 0.5"),
            ("dense 64 dropout(0.5)", "dense 64; dropout 0.5"),
            ("dense 64 relu dropout 0.5", "dense 64 relu; dropout 0.5"),
            ("h: dense 64 BatchNorm1d", "h: dense 64; norm batch"),
            ("dense 64 relu norm layer plain", "dense 64 relu; norm layer plain"),
            ("swiglu 64", "glu 64 silu"),
            ("GeGLU(64)", "glu 64 gelu"),
            ("gate: reglu 64", "gate: glu 64 relu"),
            ("dense 64 swiglu", "glu 64 silu"),
            ("SwiGLU(64, bias=False)", "multiply { dense 64 nobias } { dense 64 silu nobias }"),
            ("glu(64, silu)", "glu 64 silu"),
            ("nn.BatchNorm1d(784)", "norm batch"),
            ("nn.BatchNorm1d(784, affine=False)", "norm batch plain"),
            ("nn.LayerNorm(784, eps=1e-3)", "norm layer eps=1e-3"),
            ("nn.LayerNorm([28, 28], 1e-6)", "norm layer eps=1e-6"),
            ("nn.LayerNorm(784, elementwise_affine=False)", "norm layer plain"),
            // The ε of Keras is 1e-3 where nothing is said, the one here and in PyTorch 1e-5.
            ("layers.BatchNormalization()", "norm batch eps=1e-3"),
            ("LayerNormalization(epsilon=1e-5, center=False, scale=False)", "norm layer plain"),
            ("norm(rms)", "norm rms"),
            ("repeat 3 dense 784 relu", "repeat 3 { dense 784 relu }"),
            ("for 3 {\ndense 64\n}", "repeat 3 {\ndense 64\n}"),
            ("repeat(3) { dense 64 }", "repeat 3 { dense 64 }"),
            ("for i in range(3) { dense 64 }", "repeat 3 { dense 64 }"),
            ("dense 128 -> relu", "dense 128 relu"),
            ("dense 64 leaky relu", "dense 64 leaky_relu"),
            ("dense 64 leaky-relu(0.2) nobias", "dense 64 leaky_relu(0.2) nobias"),
            ("activation leaky-relu", "activation leaky_relu"),
            ("dense 64 gelu-tanh", "dense 64 gelu_tanh"),
            ("dense 64 log softmax", "dense 64 log_softmax"),
            ("dense 64 relu no bias", "dense 64 relu nobias"),
            ("dense 64 no-bias", "dense 64 nobias"),
            ("dense 64 relu, dense 32", "dense 64 relu; dense 32"),
            ("Linear(784, 64), ReLU(), Linear(64, 32)", "dense 784 -> 64; activation relu; dense 64 -> 32"),
            ("nn.Linear(784, hidden)", "dense 784 -> hidden"),
            ("x = relu(dense 128)", "dense 128 relu"),
            ("tf.nn.leaky_relu(x, 0.2)", "activation leaky_relu(0.2)"),
            ("nn.LeakyReLU(0.2, inplace=True)", "activation leaky_relu(0.2)"),
            ("ReLU(max_value=6)", "activation relu6"),
            ("residual (dense 784 relu)", "residual { dense 784 relu }"),
            ("residual dense 784 relu", "residual { dense 784 relu }"),
            ("skip { dense 784 relu }", "residual { dense 784 relu }"),
            ("add (dense 64) (dense 64 relu)", "add { dense 64 } { dense 64 relu }"),
            ("add(dense 64, dense 64)", "add { dense 64 } { dense 64 }"),
            ("h: cat { dense 64 } { dense 32 }", "h: concat { dense 64 } { dense 32 }"),
            ("sum { dense 64 } { dense 64 }", "add { dense 64 } { dense 64 }"),
            ("mul { dense 64 } { dense 64 }", "multiply { dense 64 } { dense 64 }"),
            ("weight_decay 0.01", "penalty l2 0.01 half"),
            ("weight_decay = 0.01", "penalty l2 0.01 half"),
            ("l2 0.01", "penalty l2 0.01"),
            ("L1(0.01)", "penalty l1 0.01"),
            ("penalty(l2, 0.01)", "penalty l2 0.01"),
        ],
    ),
    (
        LOSS,
        &[
            ("loss half-mse", "loss half_mse"),
            ("loss half mse", "loss half_mse"),
            ("loss half-mse reduce=sum", "loss half_mse reduce=sum"),
            ("loss cross-entropy reduce=sum", "loss cce reduce=sum"),
            ("loss mean squared error", "loss mse reduce=elements"),
            ("loss mean squared error reduce=sum", "loss mse reduce=sum"),
            ("loss mean absolute error", "loss mae reduce=elements"),
            ("loss binary cross entropy", "loss binary_cross_entropy"),
            ("loss sum of squared errors", "loss mse reduce=sum"),
            ("loss mse reduce sum", "loss mse reduce=sum"),
            ("loss = mse", "loss mse"),
            ("loss: mse", "loss mse"),
            ("loss(mse)", "loss mse"),
            ("loss 'mse'", "loss mse"),
            ("loss mse, reduce=sum", "loss mse reduce=sum"),
            ("loss huber 2", "loss huber(2)"),
            ("mse", "loss mse"),
            ("loss mse mean", "loss mse reduce=elements"),
            ("loss mse reduce=mean", "loss mse reduce=elements"),
            ("loss mse reduction=sum", "loss mse reduce=sum"),
            ("loss cce reduce=mean", "loss cce"),
            ("loss NLLLoss", "loss nll"),
            ("loss CrossEntropyLoss(label_smoothing=0.1)", "activation softmax; loss cce smoothing=0.1"),
            ("loss sparse_categorical_crossentropy", "loss cce"),
            ("loss MSELoss", "loss mse reduce=elements"),
            ("criterion = nn.MSELoss()", "loss mse reduce=elements"),
            ("loss nn.MSELoss(reduction='sum')", "loss mse reduce=sum"),
            ("loss mean_squared_error", "loss mse reduce=elements"),
            ("loss l1", "loss mae reduce=elements"),
            ("loss L1Loss", "loss mae reduce=elements"),
            ("loss smooth_l1", "loss huber(1) reduce=elements"),
            ("loss HuberLoss(delta=1.0)", "loss huber(1.0) reduce=elements"),
            ("loss BCELoss", "loss bce reduce=elements"),
            ("loss binary_crossentropy", "loss bce reduce=elements"),
            ("loss F.binary_cross_entropy(x, y)", "loss bce reduce=elements"),
            ("loss F.mse_loss(prediction, target)", "loss mse reduce=elements"),
            ("loss sse", "loss mse reduce=sum"),
            ("loss sum_squared_error", "loss mse reduce=sum"),
            ("loss nn.HuberLoss(delta=2.0)", "loss huber(2.0) reduce=elements"),
            ("loss huber(delta=2)", "loss huber(2)"),
            ("loss HuberLoss(reduction='sum', delta=0.5)", "loss huber(0.5) reduce=sum"),
            // PyTorch: 0.5 d²/β where |d| < β, else |d| − 0.5 β.
            ("loss nn.SmoothL1Loss(beta=0.5)", "loss huber(0.5) 2 reduce=elements"),
            ("loss mse + 0.01*l2", "loss mse; penalty l2 0.01"),
            ("loss mse + 0.1 * L1", "loss mse; penalty l1 0.1"),
        ],
    ),
    (
        LOGITS,
        &[
            ("loss CrossEntropyLoss", "activation softmax; loss cce"),
            ("loss F.cross_entropy", "activation softmax; loss cce"),
            ("loss = torch.nn.functional.cross_entropy(logits, target)", "activation softmax; loss cce"),
            ("loss tf.keras.losses.CategoricalCrossentropy(from_logits=True)", "activation softmax; loss cce"),
            ("loss BinaryCrossentropy(from_logits=True)", "activation sigmoid; loss bce reduce=elements"),
            ("criterion = nn.CrossEntropyLoss()", "activation softmax; loss cce"),
            ("loss softmax_cross_entropy", "activation softmax; loss cce"),
            ("loss categorical_crossentropy from_logits=True", "activation softmax; loss cce"),
            ("loss bce_with_logits", "activation sigmoid; loss bce reduce=elements"),
            ("loss BCEWithLogitsLoss", "activation sigmoid; loss bce reduce=elements"),
            ("loss PoissonNLLLoss", "activation exp; loss poisson reduce=elements"),
        ],
    ),
    (
        INPUT,
        &[
            ("input X [n × 784]", "input X [n, 784]"),
            ("input X [n x 784]", "input X [n, 784]"),
            ("input X [n * 784]", "input X [n, 784]"),
            ("input X [n 784]", "input X [n, 784]"),
            ("input X [?, 784]", "input X [n, 784]"),
            ("input X [-1, 784]", "input X [n, 784]"),
            ("input X [None, 784]", "input X [n, 784]"),
            ("input X [*, 784]", "input X [n, 784]"),
            ("input X [n, 784], dense 64", "input X [n, 784]; dense 64"),
            ("input X (n, 784)", "input X [n, 784]"),
            ("input X n, 784", "input X [n, 784]"),
            ("input X [784]", "input X [n, 784]"),
            ("input X [28*28]", "input X [n, 28*28]"),
            ("input 784", "input [n, 784]"),
            ("input X: [n, 784]", "input X [n, 784]"),
            ("input X [n, 1, 28, 28]", "input X [n, 1*28*28]"),
            ("Input(shape=(784,))", "input [n, 784]"),
            ("INPUT X [n, 784]", "input X [n, 784]"),
            ("inptu X [n, 784]", "input X [n, 784]"),
            ("let n 64; input X [n, 784]", "let n = 64; input X [n, 784]"),
            ("n = 64; input X [n, 784]", "let n = 64; input X [n, 784]"),
            ("input X [784, n]", "input X [n, 784]"),
        ],
    ),
];

#[test]
fn what_other_tools_write_is_mended_to_what_is_meant() {
    let mut wrong = Vec::new();
    for (frame, lines) in LINES {
        for (line, meant) in lines {
            let (faulty, mended) = (frame(line), frame(meant));
            // Axes that stand the other way round are a warning, all else is an error.
            let messages = said(&faulty).1;
            let messages = if *line == "input X [784, n]" { messages } else { errors(&faulty) };
            let repaired = messages.first().and_then(|message| message.repaired(&faulty));
            if messages.len() != 1 || repaired.as_ref() != Some(&mended) || !errors(&mended).is_empty() {
                wrong.push(format!("{line}\n{}\n{repaired:?}", common::rendered(&messages, &faulty, "net.spec")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Turning the axes of `[n, 784]` would only be warned of, and name the batch as a width.
#[test]
fn a_width_that_is_called_as_the_batch_is_does_not_turn_the_input() {
    let faulty = INPUT("input X [n, 784]\ndense n -> 128");
    let messages = errors(&faulty);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].help.as_deref(), Some("write `dense 784 -> 128`"));
    let repaired = messages[0].repaired(&faulty).unwrap();
    assert_eq!(repaired, INPUT("input X [n, 784]\ndense 784 -> 128"));
    assert!(said(&repaired).1.is_empty());
    let turned = errors(&INPUT("input X [784, n]\ndense 784 -> 128"));
    assert_eq!(turned[0].help.as_deref(), Some("samples are rows: write the shape of the input as `[n, 784]`"));
}

#[test]
fn layers_of_other_tools_are_told_how_they_are_written_here() {
    let lines = [
        ("LayerNorm(128)", "norm layer"),
        ("batchnorm", "norm batch"),
        ("nn.BatchNorm1d(128)", "norm batch"),
        ("RMSNorm", "norm rms"),
        ("skip", "residual { dense 4 tanh; dense 4 }"),
        ("SwiGLU 8", "glu 4 silu"),
        ("concatenate", "concat { dense 2 } { dense 2 }"),
        ("Dropout2d(0.5)", "dropout 0.5"),
    ];
    for (line, here) in lines {
        let messages = errors(&LAYER(line));
        assert_eq!(messages.len(), 1, "{line}: {messages:?}");
        let help = messages[0].help.clone().unwrap_or_default();
        let word = here.split(' ').next().unwrap();
        assert!(help.contains(&format!("`{word}")), "{line}: {help}");
        assert_eq!(errors(&format!("input X [n, 4]; dense 4; {here}; dense 2; loss mse")), [], "{here}");
    }
}

/// Where the text is not all that was meant, it is said what to write, in specs that are ones, and nothing is exchanged.
#[test]
fn what_is_meant_is_open_is_told_with_what_can_be_written() {
    let lines = [
        ("relu(0.1)", "activation leaky_relu(0.1)"),
        ("penalty 0.01", "penalty l2 0.01 half"),
        ("BatchNormalization(scale=False)", "norm batch plain"),
        ("nn.LayerNorm(784, bias=False)", "norm layer"),
    ];
    for (line, here) in lines {
        let messages = errors(&LAYER(line));
        assert!(messages.len() == 1 && messages[0].repair.is_empty(), "{line}: {messages:?}");
        let help = messages[0].help.clone().unwrap_or_default();
        assert!(help.contains(&format!("`{here}`")), "{line}: {help}");
        for spec in help.split('`').skip(1).step_by(2).filter(|spec| spec.contains(' ')) {
            assert_eq!(errors(&LAYER(spec)), [], "{line}: {spec}");
        }
    }
    for (line, why) in [
        ("loss CategoricalCrossentropy(from_logits=True)", "applies the softmax itself"),
        ("loss BinaryCrossentropy(from_logits=True)", "applies the sigmoid itself"),
        ("loss SmoothL1Loss(beta=0.5)", "divided by 0.5"),
    ] {
        let help = errors(&LOGITS(line))[0].help.clone().unwrap_or_default();
        assert!(help.contains(why), "{help}");
    }
}

/// Nothing is made up where a number, a width or a layer is not said, and no argument is dropped in silence.
#[test]
fn what_is_not_said_is_not_made_up() {
    let lines = [
        ("Linear", "write `dense` with the width"),
        ("nn.Dropout(noise_shape=3)", "write `dropout` with the share"),
        ("for i in range(3)", "write `repeat 3`"),
        ("W1: 4 x 5", "write a kind of layer"),
        ("repeat { dense 4 relu }", "write how often"),
        ("net { dense 4 }", "a block stands behind one of `repeat`"),
        ("SwiGLU(64, 128)", "write `glu`, the width that goes out, and `silu`"),
        ("tanh(2)", "the argument `2` of `tanh` is not supported"),
        ("nn.Softplus(beta=2)", "the argument `beta` of `nn.Softplus` is not supported"),
        ("nn.Softmax(dim=0)", "the argument `dim` of `nn.Softmax` is not supported"),
        ("nn.PReLU(5)", "the argument `5` of `nn.PReLU` is not supported"),
        ("x = F.relu(self.fc1(x))", "write `relu` at the end of the line of `self.fc1`"),
        ("LeakyReLU()", "write `activation leaky_relu(0.01)` or `activation leaky_relu(0.3)`"),
    ];
    for (line, said) in lines {
        let messages = errors(&LAYER(line));
        let help = messages[0].help.clone().unwrap_or_default();
        assert!(messages.len() == 1 && messages[0].repair.is_empty() && help.contains(said), "{line}: {messages:?}");
    }
    for phrase in ["log likelihood", "mean mse", "weighted mse", "root mean squared error"] {
        let messages = errors(&LOSS(&format!("loss {phrase}")));
        let help = messages[0].help.clone().unwrap_or_default();
        assert!(messages[0].repair.is_empty() && help.starts_with("write one of the losses: `half_mse`"), "{help}");
    }
}

/// The words that came late into the language are widths where nothing else can be meant.
#[test]
fn a_width_may_be_called_as_a_loss_is() {
    assert_eq!(errors("input X [n, mean]; dense mean -> norm relu; dense total; loss mse"), []);
    assert_eq!(errors("input X [n, 4]; dense prelu; loss mse").len(), 1);
}

#[test]
fn names_of_other_tools_are_told_once() {
    let text =
        "input X [n, 4]; repeat 2 { dense ReLU -> ReLU ReLU }; activation Tanh; dense 4 swish; dense 4 relu; loss ce";
    let told = spec::aliases(&spec::parse(text).unwrap());
    let told: Vec<_> = told.iter().map(|(word, name)| (word.as_str(), name.as_str())).collect();
    assert_eq!(told, [("ReLU", "relu"), ("Tanh", "tanh"), ("swish", "silu"), ("ce", "cce")]);
}

/// A name that is known is not called unknown.
#[test]
fn a_known_name_is_said_to_be_known() {
    for line in [
        "Linear",
        "nn.Linear(784, 128)",
        "nn.Dropout(0.5)",
        "LayerNorm",
        "MSELoss()",
        "swiglu 4",
        "relu",
        "relu(1)",
        "mse",
    ] {
        for message in errors(&LAYER(line)) {
            assert!(!message.title.starts_with("unknown statement"), "{line}: {}", message.title);
        }
    }
    assert_eq!(errors(&LAYER("denze 4"))[0].title, "unknown statement `denze`");
}

#[test]
fn what_is_not_supported_is_named_and_can_be_left_out() {
    let layers = [
        "conv2d 32 3x3",
        "Conv2d(3, 16, kernel_size=3)",
        "attention 8",
        "MultiHeadAttention(128, 8)",
        "lstm 128",
        "flatten",
        "nn.Flatten()",
        "maxpool 2",
        "embedding 1000 64",
    ];
    for line in layers {
        let name = line.split([' ', '(']).next().unwrap();
        let messages = errors(&LAYER(line));
        assert_eq!(messages.len(), 1, "{line}: {messages:?}");
        assert_eq!(messages[0].title, format!("`{name}` is not supported"), "{line}");
        assert!(messages[0].help.is_some() && messages[0].repair.is_empty(), "{line}");
        assert_eq!(errors(&LAYER("")), [], "{line}");
    }
    for word in ["celu", "hardswish", "hsigmoid", "+ skip"] {
        let messages = errors(&LAYER(&format!("dense 64 {}", word.replace('+', "relu +"))));
        assert_eq!((messages.len(), &*messages[0].title), (1, &*format!("`{word}` is not supported")));
        assert!(messages[0].repair.is_empty());
    }
    for word in ["rmse", "kl_div", "dice"] {
        let messages = errors(&LOSS(&format!("loss {word}")));
        assert_eq!((messages.len(), &*messages[0].title), (1, &*format!("`{word}` is not supported")));
        assert!(messages[0].repair.is_empty());
    }
}

#[test]
fn a_word_of_which_the_meaning_is_open_is_never_exchanged() {
    // Each is near to several, has a letter more before the name of another thing, or differs from tool to tool.
    for word in ["telu", "crelu", "pelu", "soft", "LeakyReLU"] {
        let messages = errors(&LAYER(&format!("dense 64 {word}")));
        assert!(messages.len() == 1 && messages[0].repair.is_empty(), "{word}: {messages:?}");
    }
    for word in ["nmse", "wmse", "bces", "l2"] {
        let messages = errors(&LOSS(&format!("loss {word}")));
        assert!(messages.len() == 1 && messages[0].repair.is_empty(), "{word}: {messages:?}");
    }
    for (word, near) in [("rellu", "relu"), ("sigmod", "sigmoid"), ("leaky", "leaky_relu"), ("softmx", "softmax")] {
        let source = LAYER(&format!("dense 64 {word}"));
        assert_eq!(errors(&source)[0].repaired(&source), Some(LAYER(&format!("dense 64 {near}"))));
    }
}

#[test]
fn names_that_mean_the_same_are_accepted() {
    let network = |source: String| {
        let resolution = network::resolve(&spec::parse(&source).unwrap(), &[]);
        let network = resolution.network.unwrap_or_else(|| panic!("{source}\n{:?}", resolution.diagnostics));
        let activations: Vec<_> = network.layers.iter().map(|layer| layer.activation).collect();
        (activations, network.term().loss, network.term().reduction)
    };
    let activations = [
        ("ReLU", "relu"),
        ("GELU", "gelu"),
        ("SiLU", "silu"),
        ("Swish", "silu"),
        ("Tanh", "tanh"),
        ("SELU", "selu"),
        ("identity", "linear"),
        ("None", "linear"),
        ("none", "linear"),
        ("logistic", "sigmoid"),
        ("Sigmoid", "sigmoid"),
        ("ReLU6", "relu6"),
        ("Softplus", "softplus"),
        ("ELU(2)", "elu(2)"),
        ("gelu_new", "gelu_tanh"),
    ];
    for (other, name) in activations {
        let written = |word: &str| network(LAYER(&format!("dense 64 {word}\nactivation {word}")));
        assert_eq!(written(other), written(name), "{other}");
    }
    let losses = [("ce", "cce"), ("CE", "cce"), ("categorical_crossentropy", "cce"), ("MSE", "mse"), ("BCE", "bce")];
    for (other, name) in losses {
        let written = |word: &str| network(LAYER("dense 64").replace("cce", word));
        assert_eq!(written(other), written(name), "{other}");
    }
}

/// All faulty specs of the gallery: every repair is followed, and the fault is gone, or the text has a meaning at last.
#[test]
fn every_repair_of_the_gallery_takes_a_fault_away() {
    let (mut followed, mut wrong) = (0, Vec::new());
    for folder in ["tests/specs/parse_error", "tests/specs/shape_error"] {
        for entry in fs::read_dir(common::path(folder)).unwrap() {
            let path = entry.unwrap().path();
            let source = fs::read_to_string(&path).unwrap();
            let (has_meaning, messages) = said(&source);
            for message in messages.iter().filter(|message| !message.repair.is_empty()) {
                let repaired = message.repaired(&source).unwrap();
                let (means, after) = said(&repaired);
                // What it hid may be seen now, but the fault itself is gone.
                let count =
                    |messages: &[Diagnostic]| messages.iter().filter(|other| other.title == message.title).count();
                let gone = count(&after) < count(&messages) && after.len() <= messages.len();
                if !gone && means == has_meaning {
                    let [before, after] = [(message, &source), (&after[0], &repaired)]
                        .map(|(message, source)| common::rendered(std::slice::from_ref(message), source, "net"));
                    wrong.push(format!("{}\n{before}\n\n{repaired}\n\n{after}", path.display()));
                }
                followed += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(followed >= 60, "{followed}");
}

#[test]
fn a_consequence_of_an_error_is_no_second_error() {
    for (line, loss) in [("dense 10 logsoftmx", "cce"), ("dense 10 rellu", "cce"), ("dense 10; activation tnh", "bce")]
    {
        let messages = said(&format!("input X [n, 784]\n{line}\nloss {loss}")).1;
        assert_eq!(messages.len(), 1, "{messages:?}");
    }
    let messages = said("Input 784\ndense 10\nMSELoss()").1;
    let titles: Vec<&str> = messages.iter().map(|message| &*message.title).collect();
    assert_eq!(titles, ["`MSELoss` is a name of another tool"]);
}

#[test]
fn a_document_of_another_kind_has_one_message() {
    let texts = [
        ("JSON", "{\n  \"layers\": [784, 128, 10],\n  \"loss\": \"cce\"\n}\n"),
        ("YAML", "layers:\n  - dense: 128\n  - dense: 10\nloss: cce\n"),
        ("YAML", "---\nmodel: mlp\nwidth: 128\n"),
        (
            "a Python program",
            "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n",
        ),
        ("a Python program", "model = nn.Sequential(\n    nn.Linear(784, 128),\n    nn.ReLU(),\n)\n"),
        ("XML or HTML", "<html>\n<body></body></html>\n"),
        ("TOML", "[model]\nname = \"mlp\"\nwidth = 128\n"),
        ("a table of numbers", "a,b,c\n1,2,0\n3,4,1\n"),
        (
            "a prototxt of Caffe",
            "name: \"net\"\nlayer {\n  name: \"ip1\"\n  inner_product_param {\n    num_output: 10\n  }\n}\n",
        ),
    ];
    for (what, text) in texts {
        let errors = spec::parse(text).unwrap_err();
        assert_eq!(errors.len(), 1, "{text}");
        one_lesson(what, &errors[0]);
    }
    let files: [(&str, &[u8]); 8] = [
        ("a zip archive", b"PK\x03\x04\x14\x00\x00\x00\xff"),
        ("a Python pickle", b"\x80\x04\x95\x10\x00"),
        ("an HDF5 file", b"\x89HDF\r\n\x1a\n"),
        ("a safetensors file", b"\x40\x00\x00\x00\x00\x00\x00\x00{\"W1\":{}}\xff"),
        ("a program", b"\x7fELF\x02\x01\x01\0"),
        ("a GGUF model", b"GGUF\x03\0\0\0"),
        ("a binary file", b"h\0i"),
        ("an ONNX model", b"\x08\x07\x12\x07pytorch\xff"),
    ];
    for (what, bytes) in files {
        one_lesson(what, &spec::decode(bytes).unwrap_err());
    }
}

/// The message says what it is, and shows a spec, which is one.
fn one_lesson(what: &str, error: &Diagnostic) {
    assert!(
        error.kind == Kind::Spec && error.title.starts_with(&format!("this seems to be {what}")),
        "{}",
        error.title
    );
    let example = error.help.as_deref().unwrap().split_once('\n').unwrap().1;
    assert_eq!(said(example).1, []);
}

#[test]
fn nothing_in_a_message_steers_a_terminal() {
    let wild = "a\u{9b}31m\u{202e}b\u{1b}]0;x\u{7}\u{2066}";
    let message =
        Diagnostic::error(Kind::Spec, wild).note(wild).help(wild).at(chainrule::source::Span::new(0, 1), wild);
    let shown = common::rendered(&[message], &format!("input {wild}\n"), "net.spec");
    let steers =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.contains(steers), "{shown:?}");
    // The place under a line with such characters is still the right one.
    let source = "input X [n, f0]\ndense 3 \u{9b}31m\nloss mse\n";
    assert!(common::rendered(&errors(source), source, "net.spec").contains("| dense 3 ¤31m\n  |         ^"));
}
