"""Have the loops compiled before the first label waits for them."""

import numpy as np

from napari_dinobloom.classification.knn import IncrementalKNN


def compile_kernels() -> None:
    """Compile all loops of the incremental kNN, or read them from the disk.

    Seconds at the first time on a machine, a good second later; a worker can call it
    when it starts.
    """
    features = np.random.default_rng(0).standard_normal((160, 8)).astype(np.float32)
    for is_screened in (True, False):
        model = IncrementalKNN(features, k=2)
        if is_screened:
            model.prepare(at_least=0)
        # So many at once are compared by bytes, or by products; then by products.
        model.set_labels(np.arange(100), ["a", "b"] * 50)
        model.set_labels(np.arange(100, 120), ["a", "b"] * 10)
        model.set_labels(np.array([150, 151]), ["a", "b"])
        model.set_labels(np.array([150]), ["b"])
        model.set_labels(np.arange(118), [None] * 118)
        model.probabilities_of(np.arange(160))
        model.votes_of(np.arange(160))
