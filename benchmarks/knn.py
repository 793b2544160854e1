"""One label among a million cells: our incremental kNN beside scikit-learn refitted.

python benchmarks/knn.py [--cells 1000000] [--dimensions 384] [--k 20]
    [--labels 200 2000]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from _data import save
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.classification import IncrementalKNN

REPEATS = 7


def cells(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, d) float32 features round 12 centres, and class names."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 12, n)
    centres = (rng.standard_normal((12, d)) * 0.5).astype(np.float32)
    features = rng.standard_normal((n, d), dtype=np.float32)
    for lo in range(0, n, 65_536):
        features[lo : lo + 65_536] += centres[kind[lo : lo + 65_536]]
    return features, np.array([f"class {c:02d}" for c in range(12)])[kind]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[int], object]) -> float:
    return statistics.median(seconds(lambda i=i: work(i)) for i in range(REPEATS))


def refitted(features, names, rows, k):
    return KNeighborsClassifier(k, algorithm="brute").fit(features[rows], names[rows])


def measure(features, names, n_labels, k):
    """Rows of (what, ours in s, scikit-learn in s or None)."""
    order = np.random.default_rng(1).permutation(len(features))
    rows, more = order[:n_labels], order[n_labels : n_labels + REPEATS]
    model = IncrementalKNN(features, k=k)
    model.set_labels(order[:1], names[order[:1]])  # compiles
    filled = seconds(lambda: model.set_labels(rows, names[rows]))
    added = median(lambda i: model.set_labels(more[i : i + 1], [names[more[i]]]))
    reread = median(lambda i: model.predicted)
    changed = median(lambda i: model.set_labels(more[i : i + 1], ["another"]))
    removed = median(lambda i: model.set_labels(more[i : i + 1], [None]))
    rows = np.sort(rows)
    theirs = []
    refit = seconds(
        lambda: theirs.append(refitted(features, names, rows, k).predict(features))
    )
    ours = np.array(model.class_names)[model.predicted]
    unequal = int((ours != theirs[0]).sum())
    sample = np.random.default_rng(2).integers(0, len(features), 5000)
    shares = refitted(features, names, rows, k).predict_proba(features[sample])
    worst = float(np.abs(shares - model.probabilities_of(sample)).max())
    print(f"{n_labels} labels: {unequal} of {len(features)} predictions differ from")
    print(f"  scikit-learn; largest difference of a share in 5,000 cells {worst:.1e}")
    result = {
        f"{n_labels} labels at once": (filled, refit),
        "one new label": (added, refit),
        "  reading all predictions": (reread, None),
        "one changed label": (changed, refit),
        "one removed label": (removed, refit),
    }
    if n_labels < 1000:
        bulk = order[n_labels : n_labels + 1000]
        both = np.concatenate([rows, bulk])
        steps = model.set_labels_steps(bulk, names[bulk].tolist())
        bulk_refit = seconds(
            lambda: refitted(features, names, both, k).predict(features)
        )
        result["1,000 more with progress"] = (seconds(lambda: list(steps)), bulk_refit)
    return {"labels": n_labels, "unequal": unequal, "worst": worst, "times": result}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--labels", type=int, nargs="+", default=[200, 2000])
    chosen = parser.parse_args()
    features, names = cells(chosen.cells, chosen.dimensions)
    results = []
    for n_labels in chosen.labels:
        results.append(measure(features, names, n_labels, chosen.k))
        print(f"{'':28}{'ours':>10}{'refit':>10}{'ratio':>8}")
        for what, (ours, theirs) in results[-1]["times"].items():
            rival = f"{theirs:9.2f}s{theirs / ours:7.1f}×" if theirs else ""
            print(f"{what:28}{ours * 1000:8.1f}ms{rival}")
    save("knn", {"parameters": vars(chosen), "results": results})


if __name__ == "__main__":
    main()
