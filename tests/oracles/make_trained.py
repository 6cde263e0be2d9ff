"""Writes tests/data/residual and tests/data/dropout: trained classifiers of digits, and their gradients by JAX.

    pip install "jax==0.10.2" "scikit-learn==1.9.1"
    python tests/oracles/make_trained.py

Each network is written here as a function of its arrays, trained with Adam on mini-batches, and differentiated by
`jax.grad` in float64 on a batch of images that it was not trained on. Arrays have the names that chainrule gives them.
Run again only to add a case; the files are committed.
"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

jax.config.update("jax_enable_x64", True)
OUT = pathlib.Path(__file__).parent.parent / "data"
TRAINED, BATCH, STEPS = 1500, 16, 400


def normalised(x, axis, eps):
    centred = x - jnp.mean(x, axis=axis, keepdims=True)
    return centred / jnp.sqrt(jnp.mean(centred**2, axis=axis, keepdims=True) + eps)


def dense(p, layer, x):
    return x @ p[f"W{layer}"] + p[f"b{layer}"]


def layer_norm(p, layer, x):
    return normalised(x, 1, 1e-5) * p[f"s{layer}"] + p[f"b{layer}"]


def residual(p, x, masks):
    a = jnp.tanh(dense(p, 1, x))
    # Layers 5 and 9 are the sums themselves.
    for norm in (2, 6):
        hidden = jax.nn.gelu(dense(p, norm + 1, layer_norm(p, norm, a)), approximate=False)
        a = a + dense(p, norm + 2, hidden)
    return dense(p, 11, layer_norm(p, 10, a)), 0.0


def dropout(p, x, masks):
    a = jax.nn.relu(normalised(x @ p["W1"], 0, 1e-3) * p["s2"] + p["b2"])
    penalty = 0.001 / 2 * (jnp.sum(p["W1"] ** 2) + jnp.sum(p["W5"] ** 2))
    return dense(p, 5, a * masks), penalty


def loss(network, p, x, y, masks):
    logits, penalty = network(p, x, masks)
    return -jnp.sum(y * jax.nn.log_softmax(logits, axis=1)) / len(x) + penalty


def weights(rng, shapes):
    scale = {"W": lambda s: rng.normal(size=s) / s[0] ** 0.5, "b": np.zeros, "s": np.ones}
    return {name: jnp.asarray(scale[name[0]](shape)) for name, shape in shapes.items()}


def mask(rng, rows):
    return (rng.random((rows, 16)) >= 0.25) / 0.75


def train(network, p, x, y, rng):
    step = jax.jit(jax.grad(loss, argnums=1), static_argnums=0)
    mean, square = ({name: 0 * value for name, value in p.items()} for _ in range(2))
    for t in range(1, STEPS + 1):
        rows = rng.integers(0, TRAINED, 64)
        gradient = step(network, p, x[rows], y[rows], mask(rng, 64))
        for name, g in gradient.items():
            mean[name] = 0.9 * mean[name] + 0.1 * g
            square[name] = 0.999 * square[name] + 0.001 * g**2
            p[name] -= 3e-3 * mean[name] / (1 - 0.9**t) / (jnp.sqrt(square[name] / (1 - 0.999**t)) + 1e-8)
    return p


def write(name, network, shapes, seed):
    rng = np.random.default_rng(seed)
    digits = load_digits()
    x, y = digits.data / 16, np.eye(10)[digits.target]
    p = train(network, weights(rng, shapes), x, y, rng)
    predicted = np.argmax(network(p, x[TRAINED:], 1.0)[0], axis=1)
    held = f"{np.mean(predicted == digits.target[TRAINED:]):.1%} of {len(predicted)} held-out images"
    x, y, masks = x[TRAINED : TRAINED + BATCH], y[TRAINED : TRAINED + BATCH], mask(rng, BATCH)
    value, (by_p, by_x) = jax.value_and_grad(loss, argnums=(1, 2))(network, p, x, y, masks)
    folder = OUT / name
    np.savez_compressed(folder / "params.npz", **p)
    data = {"X": x, "Y": y}
    if network is dropout:
        data["M4"] = masks
    np.savez_compressed(folder / "batch.npz", **data)
    np.savez_compressed(folder / "gradients.npz", J=np.array([[value]]), **by_p, X=by_x)
    print(name, held, "loss", repr(float(value)))


def main():
    shapes = {"W1": (64, 12), "b1": (1, 12)}
    for norm in (2, 6):
        shapes |= {f"s{norm}": (1, 12), f"b{norm}": (1, 12), f"W{norm + 1}": (12, 24), f"b{norm + 1}": (1, 24)}
        shapes |= {f"W{norm + 2}": (24, 12), f"b{norm + 2}": (1, 12)}
    shapes |= {"s10": (1, 12), "b10": (1, 12), "W11": (12, 10), "b11": (1, 10)}
    write("residual", residual, shapes, 1)
    write("dropout", dropout, {"W1": (64, 16), "s2": (1, 16), "b2": (1, 16), "W5": (16, 10), "b5": (1, 10)}, 2)


if __name__ == "__main__":
    main()
