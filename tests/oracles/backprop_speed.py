"""Times backprop written in numpy: relu layers with biases, softmax and cross-entropy, float64.

    python tests/oracles/backprop_speed.py 128 64 64 32 10

Arguments: batch, then the widths from the input on. Prints the median of many runs in microseconds. The caller sets the
number of threads (OPENBLAS_NUM_THREADS=1).
"""

import statistics
import sys
import time

import numpy


def gradients(x, y, weights, biases):
    """Gradients by every W, every b and X, of the mean cross-entropy of softmax."""
    activations, pre_activations = [x], []
    for i, (w, b) in enumerate(zip(weights, biases)):
        z = activations[-1] @ w + b
        pre_activations.append(z)
        if i + 1 < len(weights):
            activations.append(numpy.maximum(z, 0.0))
        else:
            e = numpy.exp(z - z.max(axis=1, keepdims=True))
            activations.append(e / e.sum(axis=1, keepdims=True))
    delta = (activations[-1] - y) / len(x)
    by_weights, by_biases = [], []
    for i in reversed(range(len(weights))):
        by_weights.append(activations[i].T @ delta)
        by_biases.append(delta.sum(axis=0, keepdims=True))
        delta = delta @ weights[i].T
        if i > 0:
            delta *= pre_activations[i - 1] > 0.0
    return by_weights, by_biases, delta


def main():
    batch, *widths = map(int, sys.argv[1:])
    rng = numpy.random.default_rng(0)
    x = rng.standard_normal((batch, widths[0]))
    y = numpy.eye(widths[-1])[rng.integers(0, widths[-1], batch)]
    pairs = list(zip(widths, widths[1:]))
    weights = [rng.standard_normal(pair) / pair[0] ** 0.5 for pair in pairs]
    biases = [rng.standard_normal((1, width)) for _, width in pairs]
    times = []
    started = time.perf_counter()
    while len(times) < 30 or time.perf_counter() - started < 2.0:
        start = time.perf_counter()
        gradients(x, y, weights, biases)
        times.append(time.perf_counter() - start)
    print(f"{statistics.median(times) * 1e6:.1f}")


main()
