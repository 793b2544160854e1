"""Memory over 5,000 labels: 100,000 cells × 384, study on disk and live classifier.

Each label goes through `label_cells` into the study and into `LiveClassifier`, as a
keypress does; a tenth is undone and redone. Beside it, what undo costs that keeps the
column of labels of each step, as a deep copy of a table does (one byte per cell).

What grew is taken apart: the study's own objects (what was said, who, when, and what
undoes it) and the classifier's, counted one by one; and the rest of what the system
says the process takes. `--labels 20000` goes on for longer.
"""

import argparse
import gc
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

import numpy as np
from _data import save
from study_io import fill

from napari_dinobloom.storage import open_study
from napari_dinobloom.storage.folder import create_study
from napari_dinobloom.workflows import label_cells
from napari_dinobloom.workflows.live_classifier import LiveClassifier, Voting, gather

CELLS, FEATURES, EVERY = 100_000, 384, 500
CLASSES = ("blast", "monocyte", "lymphocyte", "neutrophil", "eosinophil")


def resident_mib() -> float:
    """What of this process lies in memory now, not the peak."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def size_mib(root: object) -> float:
    """What an object and all that it leads to take, each counted once."""
    seen, open_ones, total = {id(root)}, [root], 0
    while open_ones:
        one = open_ones.pop()
        total += sys.getsizeof(one)
        for other in gc.get_referents(one):
            shared = isinstance(other, type | ModuleType) or callable(other)
            if id(other) not in seen and not shared:
                seen.add(id(other))
                open_ones.append(other)
    return total / 2**20


def label_all(root: Path, n_labels: int) -> list[dict[str, float]]:
    study = open_study(root / "a.study", "Ada").study
    cells, classifier = study.cells, LiveClassifier(gather(study, "m"), Voting())
    random = np.random.default_rng(0)
    chosen = random.choice(len(cells), n_labels, replace=False)
    rows: list[dict[str, float]] = []
    times: list[float] = []
    for n, row in enumerate(chosen.tolist(), start=1):
        name = CLASSES[n % len(CLASSES)]
        start = time.perf_counter()
        cell_id = int(cells.cell_id[row])
        label_cells(study, [cell_id], name)
        classifier.change({cell_id: name})
        if n % 10 == 0:
            study.undo()
            study.redo()
        times.append(time.perf_counter() - start)
        if n % EVERY == 0 or n == 1:
            # counting takes memory itself, so not every time
            is_counted = n in (EVERY, n_labels)
            rows.append(
                {
                    "labels": n,
                    "resident_mib": resident_mib(),
                    "study_mib": size_mib(study) if is_counted else 0.0,
                    "classifier_mib": size_mib(classifier) if is_counted else 0.0,
                    "label_ms": 1000 * statistics.median(times),
                    "copies_mib": n * CELLS / 2**20,
                }
            )
            times.clear()
    return rows


def main() -> None:
    """Print the table and keep it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=5_000)
    n_labels = parser.parse_args().labels
    root = Path(tempfile.mkdtemp())
    try:
        with create_study(root / "a.study", "Ada") as opened:
            fill(opened.study, CELLS, FEATURES)
        rows = label_all(root, n_labels)
    finally:
        shutil.rmtree(root)
    print("labels  resident MiB  one label ms  copies of the column, MiB")
    for row in rows:
        print(
            f"{row['labels']:6.0f} {row['resident_mib']:13.1f} {row['label_ms']:13.1f} "
            f"{row['copies_mib']:26.1f}"
        )
    first, last = rows[1], rows[-1]
    grown = last["resident_mib"] - first["resident_mib"]
    per_1000 = 1000 / (last["labels"] - first["labels"])
    parts = {
        "what was said, and undo": last["study_mib"] - first["study_mib"],
        "the classifier": last["classifier_mib"] - first["classifier_mib"],
    }
    parts["the rest"] = grown - sum(parts.values())
    print(f"{per_1000 * grown:.2f} MiB per 1,000 labels after the first {EVERY}, of it")
    for part, mib in parts.items():
        print(f"  {part:27}{per_1000 * mib:6.2f} MiB")
    shares = {part: per_1000 * mib for part, mib in parts.items()}
    save("labelling_memory", {"rows": rows, "mib_per_1000_labels": shares})


if __name__ == "__main__":
    main()
