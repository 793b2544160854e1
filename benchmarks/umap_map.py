"""UMAP through the shared neighbour graph beside plain umap-learn.

python benchmarks/umap_map.py [--cells 10000] [--dimensions 50]
"""

import argparse
import time
import warnings

import numpy as np
from _data import save
from sklearn.manifold import trustworthiness

from napari_dinobloom.neighbours import exact_neighbours
from napari_dinobloom.projection import UMAP


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=50)
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    n, d = chosen.cells, chosen.dimensions
    kind = rng.integers(0, 10, n)
    features = rng.standard_normal((n, 8)) @ rng.standard_normal((8, d))
    features += 3 * rng.standard_normal((10, d))[kind] + 0.3 * rng.standard_normal(
        (n, d)
    )
    features = features.astype(np.float32)

    _, compiling = timed(lambda: finish(UMAP().project(features[:300])))
    graph, searching = timed(lambda: finish(exact_neighbours(features, 14)))
    ours, laying = timed(lambda: finish(UMAP().project(features, graph)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        plain = umap.UMAP(random_state=0)
        umap.UMAP(random_state=0, force_approximation_algorithm=True).fit(
            features[:300]
        )  # compiles its neighbour search too
        theirs, whole = timed(lambda: plain.fit_transform(features))
    sample = rng.permutation(n)[:3000]
    trust = [
        float(trustworthiness(features[sample], places[sample], n_neighbors=15))
        for places in (ours, theirs)
    ]
    rows = {
        "compiling (once per process)": compiling,
        "our neighbour graph": searching,
        "our map from it": laying,
        "ours together": searching + laying,
        "plain umap-learn": whole,
    }
    for what, took in rows.items():
        print(f"{what:32}{took:8.2f} s")
    print(
        f"trustworthiness (15, 3,000 cells): ours {trust[0]:.4f}, plain {trust[1]:.4f}"
    )
    save("umap_map", {"parameters": vars(chosen), "seconds": rows, "trust": trust})


if __name__ == "__main__":
    main()
