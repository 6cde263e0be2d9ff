//! Names that PyTorch, Keras, JAX, scikit-learn and papers use → what is written here.

/// What another tool's name is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A fully connected layer: `dense`.
    Dense,
    /// Layers in a list, which the lines of a spec are by themselves.
    List,
    /// A loss: how it is written, and what that spells out. A `;` parts an activation from the loss.
    Loss {
        /// The statements, `mse reduce=elements`.
        write: &'static str,
        /// What the other name says, as a predicate.
        why: &'static str,
    },
    /// A norm: what it is over.
    Norm(&'static str),
    /// A dense layer gated by another: the activation of the gate.
    Gated(&'static str),
    /// What joins branches: its name here.
    Joined(&'static str),
    /// The name does not tell which of several things is meant, or what it means is not one thing here: what to do.
    Unclear(&'static str),
    /// There is no such thing here: what to do.
    Missing(&'static str),
}

use Foreign::{Dense, Gated, Joined, List, Loss, Missing, Norm, Unclear};

const LAYERS: &str = "leave it out: `chainrule names` lists the kinds of layer";
/// Of what joins two branches.
pub const BRANCHES: &str =
    "what joins branches is a layer of its own, with each branch in braces behind it: `residual`, `add`, `concat`";
const SKIP: &str = "write `residual`, which adds what comes in, with the layers that are skipped in braces behind it";
const NORMALISATION: &str = "leave it out, or use `norm layer`, `norm rms` or `norm batch`";
/// Of dropout whose share is not plain to see.
pub const DROPOUT: &str = "write `dropout` with the share of entries that are dropped, from 0 to below 1";
const CHANNELS: &str = "it drops whole channels, which a row of features does not have: `dropout` drops single entries";
const NOISE: &str = "leave it out: the gradients are then those of the network without it";
const ROWS: &str = "leave it out: a sample is a row already, as in `input X [n, 28*28]`";
const ACTIVATIONS: &str = "leave it out, or use one of the activations that `chainrule names` lists";
const LOSSES: &str = "use one of the losses that `chainrule names` lists";
/// Of the slope that is not the same in all tools.
pub const SLOPE: &str = "its slope is 0.01 in PyTorch and 0.3 in Keras: write `leaky_relu(0.01)` or `leaky_relu(0.3)`";
const CELU: &str = "for α = 1, its default, it equals `elu(1)`; other α cannot be written";
const SQUARES: &str = "write `mse` for (ŷ − y)², or `half_mse` for ½(ŷ − y)², which many textbooks call MSE";
const LOGITS: &str = "applies the softmax itself; where the last layer has one already, `loss cce` is enough";
const BINARY_LOGITS: &str = "applies the sigmoid itself, and averages over samples and outputs";
const POISSON: &str = "applies exp itself, and averages over samples and outputs";
const ELEMENTS: &str = "averages over samples and outputs; without `reduce`, outputs are summed";
const SUM_OF_ALL: &str = "sums over samples and outputs";
const LOG_PROBABILITIES: &str = "takes logarithms of probabilities, as `log_softmax` puts out, and the numbers of classes; `nll` takes a Y with a column for each class";
const LABELS: &str = "takes the numbers of classes; `cce` takes a Y with a column for each class";

/// Names without blanks, case, `_` and `-`, and what they are.
#[rustfmt::skip]
const TABLE: [(&str, Foreign); 40] = [
    ("linear fc fullyconnected affine", Dense),
    ("sequential", List),
    ("conv conv1d conv2d conv3d convolution convtranspose2d depthwiseconv2d", Missing(LAYERS)),
    ("maxpool maxpool1d maxpool2d maxpooling maxpooling2d avgpool avgpool2d averagepooling2d pool pooling", Missing(LAYERS)),
    ("globalaveragepooling2d adaptiveavgpool2d upsample padding zeropadding2d embedding bilinear", Missing(LAYERS)),
    ("lstm gru rnn simplernn attention selfattention multiheadattention transformer transformerencoder", Missing(LAYERS)),
    ("branch", Unclear(SKIP)),
    ("skip shortcut skipconnection residualblock resblock", Joined("residual")),
    ("concatenate cat concatenation", Joined("concat")),
    ("plus sum addition", Joined("add")),
    ("sub minus difference", Joined("subtract")),
    ("mul times hadamard", Joined("multiply")),
    ("batchnorm bn batchnorm1d batchnormalization", Norm("batch")),
    ("layernorm ln layernormalization", Norm("layer")),
    ("rmsnorm rmsnormalization", Norm("rms")),
    ("batchnorm2d batchnorm3d groupnorm instancenorm weightnorm spectralnorm normalization", Missing(NORMALISATION)),
    ("dropout1d dropout2d dropout3d", Missing(CHANNELS)),
    ("alphadropout gaussiandropout gaussiannoise", Missing(NOISE)),
    ("swiglu", Gated("silu")),
    ("geglu", Gated("gelu")),
    ("reglu", Gated("relu")),
    ("flatten reshape view unflatten", Missing(ROWS)),
    ("celu", Missing(CELU)),
    ("crelu rrelu hardtanh hardswish hswish hardsigmoid hsigmoid hardsilu hardshrink softshrink tanhshrink", Missing(ACTIVATIONS)),
    ("logsigmoid softmin maxout threshold step heaviside sign quickgelu", Missing(ACTIVATIONS)),
    ("leakyrelu lrelu", Unclear(SLOPE)),
    ("l2 l2loss squarederror squarederrors", Unclear(SQUARES)),
    ("crossentropyloss softmaxcrossentropy crossentropywithlogits softmaxcrossentropywithlogits", Loss { write: "activation softmax; loss cce", why: LOGITS }),
    ("nllloss negativeloglikelihood", Loss { write: "loss nll", why: LOG_PROBABILITIES }),
    ("hingeloss", Loss { write: "loss hinge reduce=elements", why: ELEMENTS }),
    ("sparsecategoricalcrossentropy sparsecce", Loss { write: "loss cce", why: LABELS }),
    ("bcewithlogits bcewithlogitsloss binarycrossentropywithlogits sigmoidcrossentropy", Loss { write: "activation sigmoid; loss bce reduce=elements", why: BINARY_LOGITS }),
    ("bceloss binarycrossentropy", Loss { write: "loss bce reduce=elements", why: ELEMENTS }),
    ("mseloss meansquarederror", Loss { write: "loss mse reduce=elements", why: ELEMENTS }),
    ("sse rss sumsquarederror sumsquarederrors sumofsquarederrors sumofsquares", Loss { write: "loss mse reduce=sum", why: SUM_OF_ALL }),
    ("sae sumabsoluteerror sumofabsoluteerrors", Loss { write: "loss mae reduce=sum", why: SUM_OF_ALL }),
    ("l1 l1loss meanabsoluteerror", Loss { write: "loss mae reduce=elements", why: ELEMENTS }),
    ("smoothl1 smoothl1loss huberloss", Loss { write: "loss huber(1) reduce=elements", why: ELEMENTS }),
    ("poissonnllloss", Loss { write: "activation exp; loss poisson reduce=elements", why: POISSON }),
    ("rmse rmsle msle mape smape nmse kl kldiv kldivloss kldivergence focal focalloss dice diceloss ctc ctcloss \
        cosine cosinesimilarity cosineembeddingloss tripletmarginloss triplet logcosh quantile pinball nce infonce contrastive", Missing(LOSSES)),
];

/// The name as the table has it: `nn.CrossEntropyLoss` → `crossentropyloss`.
#[must_use]
pub fn folded(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// What another tool's name is here, if it is known.
///
/// ```
/// use chainrule::catalog::foreign::{Foreign, find};
/// assert_eq!(find("nn.Linear"), Some(Foreign::Dense));
/// assert_eq!(find("nn.LayerNorm"), Some(Foreign::Norm("layer")));
/// assert_eq!(find("dense"), None);
/// ```
#[must_use]
pub fn find(name: &str) -> Option<Foreign> {
    let name = folded(name);
    TABLE.iter().find(|(names, _)| names.split(' ').any(|known| known == name)).map(|(_, foreign)| *foreign)
}
