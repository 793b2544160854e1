"""Opening, labelling and saving 100,000 cells × 64 features.

Beside the study folder: a CSV and a JSON of all labels, written anew on each keypress,
as labelling scripts do.
"""

import csv
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _data import save

from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    FeatureMatrix,
    Finding,
    LabelRecord,
    Picture,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    Slide,
    Study,
    now,
    set_element,
)

CELLS, FEATURES, PICTURES, LABELLED, KEYPRESSES = 100_000, 64, 1_000, 20_000, 100


def fill(study: Study) -> None:
    """Pictures with cells, features of all, labels on some."""
    each = CELLS // PICTURES
    study.reserve_picture_ids(PICTURES)
    study.apply(
        ChangeSlides(
            {"S": Slide("S")},
            {
                i: Picture(i, "S", Path(f"/{i}.png"), 9, 9)
                for i in range(1, PICTURES + 1)
            },
        )
    )
    for i in range(1, PICTURES + 1):
        ids = study.reserve_cell_ids(each) + np.arange(each)
        cells = CellTable(ids, np.full(each, i), *[np.zeros(each)] * 12)
        study.apply(ReplaceCells({i: Finding(cells, Recipe("smear"))}), "find")
    names = tuple(f"f{i}" for i in range(FEATURES))
    study.apply(set_element(FeatureMatrix("m", names, Recipe("m"))))
    values = np.random.default_rng(0).random((CELLS, FEATURES), np.float32)
    study.add_feature_rows("m", Rows(study.cells.cell_id, values))
    said = (LabelRecord(i, "blast", "Ada", now()) for i in range(1, LABELLED + 1))
    study.apply(SetLabels(tuple(said)))


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def write_csv(file: Path, labels: dict[int, str]) -> None:
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows(labels.items())


def write_json(file: Path, labels: dict[int, str]) -> None:
    file.write_text(json.dumps(labels))


def keypresses(study: Study, root: Path) -> dict[str, float]:
    """Median seconds of one label, durable, in three ways."""
    labels = study.labels.labels()
    times: dict[str, list[float]] = {"study": [], "csv": [], "json": []}
    for cell_id in range(LABELLED + 1, LABELLED + 1 + KEYPRESSES):
        record = LabelRecord(cell_id, "blast", "Ada", now())
        edit = SetLabels((record,))
        labels[cell_id] = "blast"
        times["study"].append(seconds(lambda edit=edit: study.apply(edit)))
        times["csv"].append(seconds(lambda: write_csv(root / "l.csv", labels)))
        times["json"].append(seconds(lambda: write_json(root / "l.json", labels)))
    return {name: statistics.median(values) for name, values in times.items()}


def measure(root: Path) -> dict[str, float]:
    folder = root / "a.study"
    opened = create_study(folder, "Ada")
    found = {"fill": seconds(lambda: fill(opened.study))}
    found["first save"] = seconds(opened.save)
    opened.close()
    start = time.perf_counter()
    opened = open_study(folder, "Ada")
    found["open"] = time.perf_counter() - start
    found["read features"] = seconds(lambda: opened.study.features("m").values)
    for name, value in keypresses(opened.study, root).items():
        found[f"one label, {name}"] = value
    found["save after labels"] = seconds(opened.save)
    found["close, nothing new"] = seconds(opened.close)
    return found


def main() -> None:
    """Print the table and keep it as JSON."""
    import anndata  # noqa: F401 - its import is not what is measured

    root = Path(tempfile.mkdtemp())
    try:
        found = measure(root)
    finally:
        shutil.rmtree(root)
    print(f"{CELLS} cells x {FEATURES} features, {LABELLED} labels before")
    for name, value in found.items():
        print(f"{name:22s} {1000 * value:10.1f} ms")
    save("study_io", found)


if __name__ == "__main__":
    main()
