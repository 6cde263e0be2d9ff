"""Writes tests/data/frameworks: one trained network as several frameworks name and store it, and its gradients.

    pip install numpy
    python tests/oracles/make_frameworks.py

A network of 2, 3, 3 and 1 features with relu and the mean squared error, on 5 samples. All numbers are quarters, which
half precision and bfloat16 hold exactly. The gradients are computed here, with numpy alone. Run again only to add a
case; the files are committed.
"""

import json
import pathlib
import struct

import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "data" / "frameworks"
# Of these numbers no unit is dead: every gradient has entries to tell apart.
SEED = 9
RNG = np.random.default_rng(SEED)


def quarters(*shape):
    return RNG.integers(-8, 9, size=shape) / 4


def safetensors(path, arrays, dtype):
    """The format by its description: 8 bytes of length, a JSON header, the bytes of the arrays."""
    header, body = {}, b""
    for name, array in arrays.items():
        if dtype == "BF16":
            raw = array.astype("<f4").tobytes()
            raw = b"".join(raw[at + 2 : at + 4] for at in range(0, len(raw), 4))
        else:
            raw = array.astype({"F16": "<f2", "F32": "<f4"}[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def gradients(x, y, weights, biases):
    """Forward and backward, each sample a row."""
    activations, inputs = [x], []
    for layer, (w, b) in enumerate(zip(weights, biases)):
        inputs.append(activations[-1] @ w + b)
        activations.append(inputs[-1] if layer == 2 else np.maximum(inputs[-1], 0))
    delta = 2 * (activations[-1] - y) / y.size
    found = {}
    for layer in (2, 1, 0):
        found[f"W{layer + 1}"] = activations[layer].T @ delta
        found[f"b{layer + 1}"] = delta.sum(axis=0, keepdims=True)
        delta = delta @ weights[layer].T
        if layer > 0:
            delta = delta * (inputs[layer - 1] > 0)
    found["X"] = delta
    return np.mean((activations[-1] - y) ** 2), found


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    weights = [quarters(2, 3), quarters(3, 3), quarters(3, 1)]
    biases = [quarters(3), quarters(3), quarters(1)]
    x, y = quarters(5, 2), quarters(5)

    def named(weight, bias, turn=False):
        arrays = {}
        for layer in range(3):
            arrays[weight(layer)] = weights[layer].T if turn else weights[layer]
            arrays[bias(layer)] = biases[layer]
        return arrays

    steps = [0, 2, 10]
    torch = named(lambda l: f"net.{steps[l]}.weight", lambda l: f"net.{steps[l]}.bias", turn=True)
    others = {
        "epoch": np.array(7),
        "classes": np.array(["a", "b"]),
        "bn.num_batches_tracked": np.array(3),
        "bn.running_var": np.full((2, 2), np.nan),
        "conv.weight": np.zeros((1, 2, 3, 3)),
        "history": np.array([None, 1], dtype=object),
    }
    # By name, as safetensors sorts them: net.10 before net.2.
    np.savez(OUT / "torch.npz", **others, **dict(sorted(torch.items())))
    safetensors(OUT / "torch_half.safetensors", named(lambda l: f"fc{l + 1}.weight", lambda l: f"fc{l + 1}.bias", True), "F16")
    safetensors(OUT / "torch_bfloat.safetensors", named(lambda l: f"{l}.weight", lambda l: f"{l}.bias", True), "BF16")
    dense = ["dense", "dense_1", "dense_2"]
    np.savez(OUT / "keras.npz", **named(lambda l: f"{dense[l]}/kernel:0", lambda l: f"{dense[l]}/bias:0"))
    safetensors(OUT / "flax.safetensors", named(lambda l: f"params.Dense_{l}.kernel", lambda l: f"params.Dense_{l}.bias"), "F32")
    np.savez(OUT / "sklearn.npz", **named(lambda l: f"coefs_{l}", lambda l: f"intercepts_{l}"))
    np.savez(OUT / "numbered.npz", *[array for pair in zip(weights, biases) for array in pair])
    words = ["stem", "body", "head"]
    np.savez(OUT / "words.npz", **named(lambda l: f"{words[l]}.weight", lambda l: f"{words[l]}.bias", turn=True))
    np.savez(OUT / "data.npz", images=np.zeros((2, 4, 4)), x_train=x, y_train=y)
    loss, found = gradients(x, y[:, None], weights, biases)
    np.savez(OUT / "gradients.npz", J=np.array([[loss]]), **found)


if __name__ == "__main__":
    main()
