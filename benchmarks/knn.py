"""One label among a million cells: our incremental kNN beside scikit-learn refitted.

python benchmarks/knn.py [--cells 1000000] [--dimensions 384] [--k 20]
    [--labels 200 2000] [--spectra flat falling]

Two kinds of data. "flat": noise alike in all directions, the worst there is for telling
near from far early. "falling": the variance along the j-th direction falls as j ** -1.5
and directions are mixed by a rotation; that is the slope measured over the first 64 of
243 directions of the standardised morphology features of 400 cells of pbc_acevedo, of
which the first 8 hold 72 %, 32 hold 91 % and 64 hold 97 % of the variance.
scikit-learn is refitted once for each set of labels. The peak of memory is that of the
process before scikit-learn has run.
"""

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
from _data import save
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.classification import IncrementalKNN, compile_kernels

REPEATS = 7


def cells(n: int, d: int, spectrum: str = "flat") -> tuple[np.ndarray, np.ndarray]:
    """(n, d) float32 features round 12 centres, and class names."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 12, n)
    deviation = np.ones(d, np.float32)
    mix = np.eye(d, dtype=np.float32)
    if spectrum == "falling":
        deviation = (np.arange(1, d + 1) ** -0.75).astype(np.float32)
        mix = np.linalg.qr(rng.standard_normal((d, d)))[0].astype(np.float32)
    centres = (rng.standard_normal((12, d)) * 0.5).astype(np.float32) * deviation
    features = rng.standard_normal((n, d), dtype=np.float32)
    for lo in range(0, n, 65_536):
        part = features[lo : lo + 65_536]
        part *= deviation
        part += centres[kind[lo : lo + 65_536]]
        if spectrum == "falling":
            part[:] = part @ mix
    return features, np.array([f"class {c:02d}" for c in range(12)])[kind]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[int], object]) -> float:
    return statistics.median(seconds(lambda i=i: work(i)) for i in range(REPEATS))


def refitted(features, names, rows, k):
    return KNeighborsClassifier(k, algorithm="brute").fit(features[rows], names[rows])


def more_order(features: np.ndarray, m: int) -> np.ndarray:
    return np.random.default_rng(3).permutation(len(features))[:m]


def measure(features, names, n_labels, k):
    """Rows of (what, ours in s, scikit-learn in s or None)."""
    order = np.random.default_rng(1).permutation(len(features))
    rows, more = order[:n_labels], order[n_labels : n_labels + REPEATS]
    model = IncrementalKNN(features, k=k)
    steps = model.set_labels_steps(rows, names[rows].tolist())
    filled = seconds(lambda: list(steps))
    added = median(lambda i: model.set_labels(more[i : i + 1], [names[more[i]]]))
    reread = median(lambda i: model.predicted)
    some = np.sort(more_order(features, 100_000))
    best = median(lambda i: model.best_of(some))
    changed = median(lambda i: model.set_labels(more[i : i + 1], ["another"]))
    removed = median(lambda i: model.set_labels(more[i : i + 1], [None]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
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
        f"{n_labels} labels from empty": (filled, refit),
        "one new label": (added, refit),
        "  reading all predictions": (reread, None),
        "  best of 100,000": (best, None),
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
    return {
        "labels": n_labels,
        "unequal": unequal,
        "worst": worst,
        "peak_gib_before_rival": peak,
        "load": os.getloadavg()[0],
        "times": result,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--labels", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--spectra", nargs="+", default=["flat", "falling"])
    chosen = parser.parse_args()
    compile_kernels()
    results = []
    for spectrum in chosen.spectra:
        features, names = cells(chosen.cells, chosen.dimensions, spectrum)
        for n_labels in chosen.labels:
            results.append(measure(features, names, n_labels, chosen.k))
            results[-1]["spectrum"] = spectrum
            report(results[-1])
            save("knn", {"parameters": vars(chosen), "results": results})
        del features


def report(result: dict) -> None:
    print(f"{result['spectrum']} spectrum, load {result['load']:.1f} of other work too")
    print(f"  peak of memory so far {result['peak_gib_before_rival']:.2f} GiB")
    print(f"{'':28}{'ours':>10}{'refit':>10}{'ratio':>8}")
    for what, (ours, theirs) in result["times"].items():
        rival = f"{theirs:9.2f}s{theirs / ours:7.1f}×" if theirs else ""
        print(f"{what:28}{ours * 1000:8.1f}ms{rival}", flush=True)


if __name__ == "__main__":
    main()
