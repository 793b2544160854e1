"""Opening, labelling and saving: 100,000 cells × 64 features; 1,000,000 × 384.

Beside the study folder: a CSV and a JSON of all labels, written anew on each keypress,
as labelling scripts do; and AnnData files with the same cells and features, read whole.
The large study is opened in processes of their own, for their peak memory; files lie in
the page cache. `--large-only` leaves the small study out, `--keep FOLDER` keeps the
large one for the next time.
"""

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
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
from napari_dinobloom.workflows import label_cells

CELLS, FEATURES, PICTURES, LABELLED, KEYPRESSES = 100_000, 64, 1_000, 20_000, 100
LARGE_CELLS, LARGE_FEATURES, LARGE_LABELLED = 1_000_000, 384, 5_000


def fill(study: Study, n_cells: int = CELLS, n_features: int = FEATURES) -> None:
    """Pictures with cells, and features of all."""
    each = n_cells // PICTURES
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
    names = tuple(f"f{i}" for i in range(n_features))
    study.apply(set_element(FeatureMatrix("m", names, Recipe("m"))))
    random = np.random.default_rng(0)
    for ids in np.array_split(study.cells.cell_id, max(1, n_cells // 50_000)):
        values = random.random((len(ids), n_features), np.float32)
        study.add_feature_rows("m", Rows(ids, values))


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
    said = (LabelRecord(i, "blast", "Ada", now()) for i in range(1, LABELLED + 1))
    opened.study.apply(SetLabels(tuple(said)))
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


# -- a million cells -------------------------------------------------------------


def make_large(root: Path) -> None:
    """The study with single labels, and AnnData files with the same cells."""
    import anndata

    with create_study(root / "large.study", "Ada") as opened:
        study = opened.study
        fill(study, LARGE_CELLS, LARGE_FEATURES)
        step = LARGE_CELLS // LARGE_LABELLED
        for cell_id in range(1, LARGE_CELLS, step):
            label_cells(study, [cell_id], f"class {cell_id // step % 5}")
    table = anndata.read_zarr(root / "large.study" / "cells.zarr")
    table.write_zarr(root / "large.zarr")
    table.write_h5ad(root / "large.h5ad")


def open_large(root: Path) -> dict[str, float]:
    start = time.perf_counter()
    study = open_study(root / "large.study", "Ada").study
    assert len(study.cells) == LARGE_CELLS
    opened = time.perf_counter() - start
    study.features("m").values.sum()
    return {"open": opened, "features in memory": time.perf_counter() - start}


def open_zarr(root: Path) -> dict[str, float]:
    import anndata

    start = time.perf_counter()
    anndata.read_zarr(root / "large.zarr").obsm["m"].sum()
    return {"features in memory": time.perf_counter() - start}


def open_h5ad(root: Path) -> dict[str, float]:
    import anndata

    start = time.perf_counter()
    anndata.read_h5ad(root / "large.h5ad").obsm["m"].sum()
    return {"features in memory": time.perf_counter() - start}


def label_large(root: Path) -> dict[str, float]:
    """One label, bulk labels, and what undoes them; then closing."""
    opened = open_study(root / "large.study", "Ada")
    study, found = opened.study, {}
    ids = study.cells.cell_id
    singles = [
        seconds(lambda i=i: label_cells(study, [i * 97 + 2], "class 1"))
        for i in range(200)
    ]
    found["one label, median"] = statistics.median(singles)
    found["one label, slowest of 200"] = max(singles)
    for n in (1_000, 10_000, 100_000):
        found[f"{n} labels"] = seconds(lambda n=n: label_cells(study, ids[:n], "new"))
        found[f"{n} labels, undo"] = seconds(study.undo)
        found[f"{n} labels, redo"] = seconds(study.redo)
    study.features("m")
    start = time.perf_counter()
    save = opened.put_away()
    found["close, on the window's thread"] = time.perf_counter() - start
    saving = threading.Thread(target=save)
    saving.start()
    gaps, last = [], time.perf_counter()
    while saving.is_alive():  # stands for the window: how long is it held up?
        time.sleep(0.001)
        gaps.append(time.perf_counter() - last)
        last = time.perf_counter()
    found["close, until saved"] = time.perf_counter() - start
    found["longest wait of the window"] = max(gaps)
    return found


PARTS = {f.__name__: f for f in (open_large, open_zarr, open_h5ad, label_large)}


def peak_gib() -> float:
    """Most memory this process ever had; getrusage would tell its parent's too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 2**20
    return float("nan")


def in_a_process(name: str, root: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--part", name, "--keep", root],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_part(name: str, root: Path) -> None:
    import anndata
    import zarr  # noqa: F401 - imports are not what is measured

    anndata.AnnData()
    found = PARTS[name](root)
    peak = peak_gib()
    print(json.dumps(found | {"peak GiB": peak}))


def measure_large(root: Path) -> dict[str, dict[str, float]]:
    if not (root / "large.h5ad").exists():
        make_large(root)
    runs: dict[str, list[dict[str, float]]] = {}
    for _ in range(5):  # in turns: others use the machine too
        for name in ("open_large", "open_zarr", "open_h5ad"):
            runs.setdefault(name, []).append(in_a_process(name, root))
    found = {
        name: {
            key: statistics.median(run[key] for run in several) for key in several[0]
        }
        for name, several in runs.items()
    }
    for name, several in runs.items():
        found[name]["fastest"] = min(run["features in memory"] for run in several)
    found["label_large"] = in_a_process("label_large", root)
    return found


def show_large(found: dict[str, dict[str, float]]) -> None:
    print(f"{LARGE_CELLS} cells x {LARGE_FEATURES}, {LARGE_LABELLED} single labels")
    for name, row in found.items():
        for key, value in row.items():
            amount = f"{value:.2f}" if "GiB" in key else f"{1000 * value:.1f} ms"
            print(f"{name:12s} {key:30s} {amount:>12s}")


def main() -> None:
    """Print the tables and keep them as JSON."""
    import anndata  # noqa: F401 - its import is not what is measured

    parser = argparse.ArgumentParser()
    parser.add_argument("--large-only", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--part", choices=PARTS)
    asked = parser.parse_args()
    if asked.part:
        run_part(asked.part, asked.keep)
        return
    root = Path(tempfile.mkdtemp())
    large = asked.keep or root
    large.mkdir(exist_ok=True)
    try:
        found = {} if asked.large_only else measure(root)
        found_large = measure_large(large)
    finally:
        shutil.rmtree(root)
    if found:
        print(f"{CELLS} cells x {FEATURES} features, {LABELLED} labels before")
        for name, value in found.items():
            print(f"{name:22s} {1000 * value:10.1f} ms")
        save("study_io", found)
    show_large(found_large)
    save("study_io_large", found_large)


if __name__ == "__main__":
    main()
