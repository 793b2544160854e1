"""One label among a million cells: our incremental kNN beside scikit-learn refitted.

python benchmarks/knn.py [--cells 1000000] [--dimensions 384] [--k 20]
    [--labels 200 2000] [--spectra flat falling] [--voting plain viewer]

Two ways to vote. "plain": k neighbours with one vote each, as scikit-learn has it by
default. "viewer": what the viewer starts with, the three nearest weighted by distance,
never the cell itself; the rival there is refitted with the same k and weights (it has
no way to leave the cell itself out), so predictions of labelled cells are not compared.
"voted" is how many cells voted anew, in the median.

Two kinds of data. "flat": noise alike in all directions, the worst there is for telling
near from far early. "falling": the variance along the j-th direction falls as j ** -1.5
and directions are mixed by a rotation; that is the slope measured over the first 64 of
243 directions of the standardised morphology features of 400 cells of pbc_acevedo, of
which the first 8 hold 72 %, 32 hold 91 % and 64 hold 97 % of the variance.
scikit-learn is refitted once for each set of labels. The peak of memory is that of the
process before scikit-learn has run.
"""

import argparse
import itertools
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


def refitted(features, names, rows, voting):
    model = KNeighborsClassifier(
        voting["k"], algorithm="brute", weights=voting["weights"]
    )
    return model.fit(features[rows], names[rows])


def more_order(features: np.ndarray, m: int) -> np.ndarray:
    return np.random.default_rng(3).permutation(len(features))[:m]


def edits(model, names, more):
    """What single labels cost in s, and how many cells voted in the median."""
    voted = {}

    def setting(what, name_of):
        counts = voted.setdefault(what, [])

        def work(i):
            changed = model.set_labels(more[i : i + 1], [name_of(i)])
            counts.append(len(changed))

        return median(work)

    times = {
        "one new label": setting("one new label", lambda i: names[more[i]]),
        "one changed label": setting("one changed label", lambda i: "another"),
        "one removed label": setting("one removed label", lambda i: None),
    }
    return times, {what: statistics.median(n) for what, n in voted.items()}


def compare(features, names, rows, model, voting):
    """Seconds of the rival, unequal predictions, the largest difference of a share."""
    theirs = []
    rival = refitted(features, names, rows, voting)
    refit = seconds(
        lambda: theirs.append(refitted(features, names, rows, voting).predict(features))
    )
    unlabelled = np.ones(len(features), bool)
    unlabelled[rows] = not voting["leave_one_out"]
    ours = np.array(model.class_names)[model.predicted]
    unequal = int((ours != theirs[0])[unlabelled].sum())
    sample = np.random.default_rng(2).integers(0, len(features), 5000)
    sample = sample[unlabelled[sample]]
    shares = rival.predict_proba(features[sample])
    worst = float(np.abs(shares - model.probabilities_of(sample)).max())
    print(f"{len(rows)} labels: {unequal} of {len(features)} predictions differ from")
    print(f"  scikit-learn; largest difference of a share in 5,000 cells {worst:.1e}")
    return refit, unequal, worst


def measure(features, names, n_labels, voting):
    """Return times (ours in s, scikit-learn in s or None) and what else was seen."""
    order = np.random.default_rng(1).permutation(len(features))
    rows, more = order[:n_labels], order[n_labels : n_labels + REPEATS]
    model = IncrementalKNN(features, **voting)
    steps = model.set_labels_steps(rows, names[rows].tolist())
    filled = seconds(lambda: list(steps))
    single, voted = edits(model, names, more)
    reread = median(lambda i: model.predicted)
    some = np.sort(more_order(features, 100_000))
    best = median(lambda i: model.best_of(some))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = np.sort(rows)
    refit, unequal, worst = compare(features, names, rows, model, voting)
    result = {
        f"{n_labels} labels from empty": (filled, refit),
        **{what: (ours, refit) for what, ours in single.items()},
        "  reading all predictions": (reread, None),
        "  best of 100,000": (best, None),
    }
    if n_labels < 1000:
        bulk = order[n_labels : n_labels + 1000]
        both = np.concatenate([rows, bulk])
        steps = model.set_labels_steps(bulk, names[bulk].tolist())
        bulk_refit = seconds(
            lambda: refitted(features, names, both, voting).predict(features)
        )
        result["1,000 more with progress"] = (seconds(lambda: list(steps)), bulk_refit)
    return {
        "labels": n_labels,
        "voting": voting,
        "voted": voted,
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
    parser.add_argument("--voting", nargs="+", default=["plain", "viewer"])
    chosen = parser.parse_args()
    ways = {
        "plain": {"k": chosen.k, "weights": "uniform", "leave_one_out": False},
        "viewer": {"k": 3, "weights": "distance", "leave_one_out": True},
    }
    compile_kernels()
    results = []
    for spectrum in chosen.spectra:
        features, names = cells(chosen.cells, chosen.dimensions, spectrum)
        for way, n_labels in itertools.product(chosen.voting, chosen.labels):
            results.append(measure(features, names, n_labels, ways[way]))
            results[-1]["spectrum"] = spectrum
            report(results[-1])
            save("knn", {"parameters": vars(chosen), "results": results})
        del features


def report(result: dict) -> None:
    voting = result["voting"]
    print(
        f"k = {voting['k']}, {voting['weights']}, left out: {voting['leave_one_out']}"
    )
    print(f"{result['spectrum']} spectrum, load {result['load']:.1f} of other work too")
    print(f"  peak of memory so far {result['peak_gib_before_rival']:.2f} GiB")
    print(f"{'':28}{'ours':>10}{'refit':>10}{'ratio':>10}{'voted':>10}")
    for what, (ours, theirs) in result["times"].items():
        rival = f"{theirs:9.2f}s{theirs / ours:9,.0f}×" if theirs else ""
        n_voted = result["voted"].get(what)
        anew = f"{n_voted:10,.0f}" if n_voted is not None else ""
        print(f"{what:28}{ours * 1000:8.1f}ms{rival}{anew}", flush=True)


if __name__ == "__main__":
    main()
