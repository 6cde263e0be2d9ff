"""The gradients of a document of `chainrule derive --format json` on arrays, from the document alone.

    chainrule derive digits.net --form layered --format json | evaluate_json.py arrays.npz gradients.npz

reads the document from standard input and X, Y and the parameters by their names, and writes each gradient under the name
of its variable, and J. `evaluate_json.py FOLDER` does so for every NAME.json and NAME.npz in a folder, into NAME.out.npz.
A document for any depth is read for the depth of the arrays: as many layers as there are W1, W2, ….
"""
import functools, itertools, json, math, pathlib, sys
import numpy as np

erf, step = np.vectorize(math.erf, otypes=[float]), lambda z: np.where(z > 0, 1.0, 0.0)
sigmoid, softplus = lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda z: np.logaddexp(0, z)
normal, density = lambda z: (1 + erf(z / math.sqrt(2))) / 2, lambda z: np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
root, scale, alpha = math.sqrt(2 / math.pi), 1.0507009873554805, 1.6732632423543772
inner, elu = lambda z: root * (z + 0.044715 * z**3), lambda z, a: np.where(z > 0, z, a * np.expm1(z))
elu_slope = lambda z, a: np.where(z > 0, 1, a * np.exp(z))
FUNCTIONS = {  # f(z) and f'(z); a parameter stands behind z
    "linear": (lambda z: z, np.ones_like), "relu": (lambda z: z * step(z), step), "exp": (np.exp, np.exp),
    "leaky_relu": (lambda z, a: np.where(z > 0, z, a * z), lambda z, a: np.where(z > 0, 1, a)), "elu": (elu, elu_slope),
    "selu": (lambda z: scale * elu(z, alpha), lambda z: scale * elu_slope(z, alpha)), "softplus": (softplus, sigmoid),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)), "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2),
    "gelu": (lambda z: z * normal(z), lambda z: normal(z) + z * density(z)),
    "gelu_tanh": (lambda z: z / 2 * (1 + np.tanh(inner(z))), lambda z: (1 + np.tanh(inner(z))) / 2
                  + z / 2 * root * (1 + 0.134145 * z * z) / np.cosh(inner(z)) ** 2),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * sigmoid(-z))),
    "mish": (lambda z: z * np.tanh(softplus(z)),
             lambda z: np.tanh(softplus(z)) + z * sigmoid(z) / np.cosh(softplus(z)) ** 2),
    "relu6": (lambda z: np.clip(z, 0, 6), lambda z: np.where((z > 0) & (z <= 6), 1, 0)), "abs": (np.abs, np.sign),
    "sin": (np.sin, np.cos), "square": (np.square, lambda z: 2 * z), "sign": (np.sign, np.zeros_like),
    "ln": (np.log, lambda z: 1 / z), "ln_softplus": (lambda z: np.log(softplus(z)), lambda z: sigmoid(z) / softplus(z)),
    "huber": (lambda z, d: np.where(abs(z) <= d, z * z / 2, d * (abs(z) - d / 2)), lambda z, d: np.clip(z, -d, d)),
    "clip": (lambda z, d: np.clip(z, -d, d), lambda z, d: np.where(abs(z) <= d, 1, 0)),
    "min0": (lambda z: np.minimum(z, 0), lambda z: 1 - step(z)),
    "rsqrt": (lambda z, e: (z + e) ** -0.5, lambda z, e: -0.5 * (z + e) ** -1.5),
}


def ratio(z, f, slope, *parameter):
    """f(z)/z, continued to z = 0."""
    return np.where(z == 0, slope(0 * z, *parameter), f(z, *parameter) / np.where(z == 0, 1, z))


def logsumexp(z):
    return z.max(axis=1, keepdims=True) + np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))


VALUES = {  # operators of values
    "add": lambda *a: sum(a), "scale": lambda s, a: s * a, "multiply": lambda *a: functools.reduce(np.matmul, a),
    "hadamard": lambda *a: functools.reduce(np.multiply, a), "transpose": lambda a: a.T, "reciprocal": lambda a: 1 / a,
    "softmax": lambda z: np.exp(z - logsumexp(z)), "logsumexp": logsumexp, "diagonal": lambda v: np.diag(v[:, 0]),
    "total": np.sum, "row": lambda a: a.reshape(1, -1), "column": lambda a: a.reshape(-1, 1),  # inside of one sample
}
OTHERS = {  # operators of names, sizes and functions
    "symbol": lambda batch, name: batch.known[name], "identity": lambda batch, m: np.eye(batch.size(m)),
    "ones": lambda batch, m, k: np.ones((batch.size(m), batch.size(k))),
    "zeros": lambda batch, m, k: np.zeros((batch.size(m), batch.size(k))),
    "scalar": lambda batch, p, q, *powers: p / q * math.prod(float(batch.size(d)) ** power for d, power in powers),
    "map": lambda batch, f, z, *parameter: FUNCTIONS[f][0](batch.value(z), *parameter),
    "derivative": lambda batch, f, z, *parameter: FUNCTIONS[f][1](batch.value(z), *parameter),
    "ratio": lambda batch, f, z, *parameter: ratio(batch.value(z), *FUNCTIONS[f], *parameter),
    "sum_samples": lambda batch, a: sum(sample.value(a) for sample in batch.samples),
}


class Unrolled:
    """A document for any depth with numbers in the place of L and l: one for a network of so many layers."""

    def __init__(self, depth):
        self.known, self.upwards = {"L": depth}, range(1, depth + 1)

    def number(self, index, letters):
        letter, offset = index if isinstance(index, list) else (index, 0)
        return offset + (letter if isinstance(letter, int) else letters[letter])

    def dimension(self, dimension, letters):
        if not isinstance(dimension, list):
            return dimension
        operator, *rest = dimension
        if operator == "width":
            return f"width {self.number(rest[0], letters)}"
        return [operator, *(self.dimension(part, letters) for part in rest)]

    def expression(self, expression, letters):
        operator, *rest = expression
        if operator in ("product_over", "rising_product_over", "sum_over"):
            return self.over(operator, *rest, letters)
        if operator == "symbol":
            return [operator, rest[0] + "".join(str(self.number(index, letters)) for index in rest[1:])]
        if operator == "scalar":
            return [operator, *rest[:2], *([self.dimension(d, letters), power] for d, power in rest[2:])]
        if operator in ("identity", "ones", "zeros"):
            return [operator, *(self.dimension(size, letters) for size in rest)]
        return [operator, *(self.expression(part, letters) if isinstance(part, list) else part for part in rest)]

    def over(self, operator, shape, letter, first, last, body, letters):
        """The factors from the first down to the last, rising ones and terms from the first up; of none I or 0."""
        first, last = self.number(first, letters), self.number(last, letters)
        product = operator != "sum_over"
        numbers = range(first, last - 1, -1) if operator == "product_over" else range(first, last + 1)
        parts = [self.expression(body, {**letters, letter: number}) for number in numbers]
        if not parts:
            rows, columns = (self.dimension(size, letters) for size in shape)
            assert not product or rows == columns, "no identity"
            return ["identity", rows] if product else ["zeros", rows, columns]
        return parts[0] if len(parts) == 1 else ["multiply" if product else "add", *parts]

    def layers(self, entry):
        """The layers that have it."""
        if "layers" not in entry:
            return [self.number(entry["index"], self.known)]
        first, last = (self.number(index, self.known) for index in entry["layers"])
        return range(first, last + 1)

    def entry(self, entry, layer):
        letters, entry = {**self.known, "l": layer}, dict(entry)
        entry["shape"] = [self.dimension(size, letters) for size in entry["shape"]]
        if "expression" in entry:
            entry["expression"] = self.expression(entry["expression"], letters)
        if layer is not None:
            entry["variable" if "variable" in entry else "name"] += str(layer)
        return entry

    def entries(self, entries, layers):
        """Those with an index layer by layer, in the order of `layers`."""
        for indexed, run in itertools.groupby(entries, lambda entry: "index" in entry):
            run = list(run)
            for layer in layers if indexed else [None]:
                yield from (self.entry(entry, layer) for entry in run if not indexed or layer in self.layers(entry))

    def document(self, document):
        up, down = self.upwards, self.upwards[::-1]
        order = {"inputs": up, "forward": up, "definitions": down, "gradients": up}
        return {**document, **{key: list(self.entries(document[key], layers)) for key, layers in order.items()}}


class Batch:
    """The values of names on the samples that are looked at; dimensions keep the numbers of the whole batch."""

    def __init__(self, document, arrays, dims):
        self.document, self.arrays, self.dims, self.known = document, arrays, dims, dict(arrays)
        self.data = [entry["name"] for entry in document["inputs"] if entry["role"] in ("input", "target", "mask")]
        self.axis = 1 if document.get("layout") == "columns" else 0
        for definition in document["forward"] + document["definitions"]:
            if not definition["sample"] or self.size(["batch"]) == 1:
                self.known[definition["name"]] = self.value(definition["expression"])

    @functools.cached_property
    def samples(self):
        rows = lambda i: {name: np.take(self.arrays[name], [i], self.axis) for name in self.data}
        return [Batch(self.document, {**self.arrays, **rows(i)}, self.dims) for i in range(self.size(["batch"]))]

    def size(self, dimension):
        if dimension == ["batch"]:
            return self.arrays[self.data[0]].shape[self.axis]
        if isinstance(dimension, list):
            return (sum if dimension[0] == "sum" else math.prod)(map(self.size, dimension[1:]))
        return self.dims[dimension] if isinstance(dimension, str) else dimension

    def value(self, expression):
        operator, *rest = expression
        return VALUES[operator](*map(self.value, rest)) if operator in VALUES else OTHERS[operator](self, *rest)

    def gradient(self, entry):
        if entry["samples"] == "together":
            return self.value(entry["expression"])
        parts = [sample.value(entry["expression"]) for sample in self.samples]
        return sum(parts) if entry["samples"] == "summed" else np.concatenate(parts, self.axis)


def evaluate(document, arrays):
    """J, and ∂J/∂v for each variable v of the document."""
    if "depth" in document:
        depth = next(depth for depth in itertools.count() if f"W{depth + 1}" not in arrays)
        document = Unrolled(depth).document(document)
    shapes = [(entry["shape"], arrays[entry["name"]].shape) for entry in document["inputs"]]
    dims = {name: size for shape, sizes in shapes for name, size in zip(shape, sizes) if isinstance(name, str)}
    batch = Batch(document, arrays, dims)
    assert all(tuple(map(batch.size, shape)) == sizes for shape, sizes in shapes), "the arrays do not fit"
    return {"J": batch.known["J"], **{entry["variable"]: batch.gradient(entry) for entry in document["gradients"]}}


def save(path, document, arrays):
    np.savez(path, **{name: np.atleast_2d(value) for name, value in evaluate(document, dict(arrays)).items()})


if __name__ == "__main__":
    if sys.argv[2:]:
        save(sys.argv[2], json.load(sys.stdin), np.load(sys.argv[1]))
    else:
        for path in pathlib.Path(sys.argv[1]).glob("*.json"):
            save(path.with_suffix(".out.npz"), json.loads(path.read_text("utf-8")), np.load(path.with_suffix(".npz")))
