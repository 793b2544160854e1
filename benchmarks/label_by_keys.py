"""Label single white cells by keys in the real window, as one who is never wrong would.

    python benchmarks/label_by_keys.py [--labels 500] [--picture FILE.svg]

The cells are 1,200 crops of eight classes (pbc_acevedo). Half of them, drawn by seed,
are held out and never labelled; what is predicted for them after each label is compared
with what they are. Cells come in hand in two orders: by lot, and always the one about
which the classifier is least sure. The rival is the same number of labels given to a
logistic regression that is fitted anew. All cells come from one laboratory: this says
how labelling goes on, not how well a classifier does elsewhere.
"""

import argparse
import csv
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _data import SHARED, give_display, save

POINTS = (8, 16, 32, 64, 100, 150, 200, 300, 400, 500)
SMEARS = SHARED / "pbc_acevedo"
WAIT_S = 120.0


def prepare(home: Path) -> Path:
    """A study of the crops, without any label; smears are six lots of them."""
    from napari_dinobloom.core import run
    from napari_dinobloom.storage import create_study
    from napari_dinobloom.workflows import AddPictures, RunOptions, run_steps

    table = home / "slides.csv"
    with (SMEARS / "labels.csv").open() as file:
        names = [Path(row["image"]).name for row in csv.DictReader(file)]
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "slide"])
        writer.writerows((name, f"lot {i % 6 + 1}") for i, name in enumerate(names))
    folder = home / "pbc.study"
    with create_study(folder, "oracle") as opened:
        study = opened.study
        add = AddPictures.from_study(
            study, [SMEARS / "images"], kind="cell", metadata=table
        )
        run(add, study)
        for step in run_steps(RunOptions()):
            task = step(study)
            if task is not None:
                run(task, study)
    return folder


def truth_of(study: Any) -> np.ndarray:
    """(n,) class of each cell in the order of the study's cells, by its file."""
    with (SMEARS / "labels.csv").open() as file:
        known = {Path(r["image"]).name: r["class"] for r in csv.DictReader(file)}
    path = {number: p.path.name for number, p in study.pictures.items()}
    return np.array([known[path[int(p)]] for p in study.cells.picture_id])


class Oracle:
    """Sits at the window: takes a cell in hand, presses its key, waits a blink."""

    def __init__(self, viewer: Any, dock: Any, session: Any) -> None:
        from qtpy.QtWidgets import QApplication

        self.app = QApplication.instance()
        self.viewer, self.dock, self.session = viewer, dock, session
        self.page = dock.page("Cells")
        dock.pages.show_page("Cells")

    def wait(self, until: Callable[[], bool]) -> None:
        """Let the window work until something is so."""
        end = time.monotonic() + WAIT_S
        while not until():
            self.app.processEvents()
            if time.monotonic() > end:
                raise TimeoutError("the window did not answer")

    def press(self, key: str, cell_id: int) -> float:
        """Label one cell; seconds until everything is predicted anew."""
        from qtpy.QtTest import QTest

        self.session.selection.take([cell_id], current=cell_id)
        start = time.perf_counter()
        QTest.keyClick(self.page, key)
        study = self.session.desk.study
        assert study.labels.label_of(cell_id) is not None, "the key did nothing"
        self.wait(lambda: not self.session.worker("live").is_busy)
        return time.perf_counter() - start


def use_classes(study: Any, names: list[str]) -> dict[str, str]:
    """Give the study these classes with a key each; the key by class."""
    from napari_dinobloom.study import SetTaxonomy, Taxonomy

    scheme = Taxonomy("oracle").extended(names)
    study.apply(SetTaxonomy(scheme))
    return {c.name: c.key for c in scheme.classes}


def label(oracle: Oracle, order: str, n_labels: int, seed: int) -> dict[str, Any]:
    """Scores on the held-out cells after so many labels, and how long a label took."""
    roster, study = oracle.session.roster, oracle.session.desk.study
    truth = truth_of(study)
    keys = use_classes(study, sorted(set(truth.tolist())))
    rng = np.random.default_rng(seed)
    held_out = np.zeros(len(truth), bool)
    held_out[rng.permutation(len(truth))[: len(truth) // 2]] = True
    pool = rng.permutation(np.flatnonzero(~held_out)).tolist()
    curve, taken = [], []
    for n in range(1, n_labels + 1):
        row = pool[0] if order == "by lot" else least_sure(roster, pool)
        pool.remove(row)
        taken.append(oracle.press(keys[truth[row]], int(roster.cells.cell_id[row])))
        if n in POINTS:
            curve.append({"labels": n, **scores(roster, truth, held_out)})
            print(f"  {order}: {curve[-1]}")
    return {"curve": curve, "median_ms": 1000 * float(np.median(taken))}


def least_sure(roster: Any, pool: list[int]) -> int:
    """The cell of the pool whose prediction has the lowest probability."""
    chance = np.nan_to_num(roster.chance[pool], nan=0.0)
    return pool[int(chance.argmin())]


def scores(roster: Any, truth: np.ndarray, held_out: np.ndarray) -> dict[str, float]:
    """Live kNN, and a logistic regression fitted to the same labels."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score

    from napari_dinobloom.study import scaled

    names = np.array([*roster.class_names, ""])
    predicted = names[roster.predicted[held_out]]
    labelled = roster.label >= 0
    matrix = roster.study.features("morphology")
    values = scaled(matrix.rows.of(roster.cells.cell_id)[0], "standard")
    rival: Any = np.nan
    if len(set(roster.label[labelled].tolist())) > 1:
        fitted = LogisticRegression(max_iter=1000, C=0.1).fit(
            values[labelled], truth[labelled]
        )
        rival = balanced_accuracy_score(
            truth[held_out], fitted.predict(values[held_out])
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = balanced_accuracy_score(truth[held_out], predicted)
    return {"knn": round(float(ours), 4), "regression": round(float(rival), 4)}


def draw(results: dict[str, Any], path: Path) -> None:
    """The curves as a small SVG."""
    width, height, left, top = 640, 380, 60, 30
    wide, high = width - left - 20, height - top - 60
    most = max(point["labels"] for r in results.values() for point in r["curve"])

    def place(n: float, score: float) -> str:
        return f"{left + wide * n / most:.1f},{top + high * (1 - score):.1f}"

    lines = []
    for step in range(6):
        score = step / 5
        x, y = place(0, score).split(",")
        lines.append(
            f'<line x1="{x}" y1="{y}" x2="{left + wide}" y2="{y}" stroke="#ddd"/>'
            f'<text x="{left - 8}" y="{float(y) + 4}" text-anchor="end">{score:.1f}'
            "</text>"
        )
    for n in range(0, most + 1, 100):
        x = place(n, 0).split(",")[0]
        lines.append(
            f'<text x="{x}" y="{top + high + 18}" text-anchor="middle">{n}</text>'
        )
    looks = {
        ("by lot", "knn"): ("#0072B2", "", "live kNN, cells by lot"),
        ("least sure", "knn"): ("#D55E00", "", "live kNN, least sure first"),
        ("by lot", "regression"): ("#0072B2", "4 4", "logistic regression, by lot"),
        ("least sure", "regression"): (
            "#D55E00", "4 4", "logistic regression, least sure first",
        ),
    }  # fmt: skip
    for i, ((order, method), (colour, dash, name)) in enumerate(looks.items()):
        points = " ".join(
            place(p["labels"], p[method])
            for p in results[order]["curve"]
            if np.isfinite(p[method])
        )
        y = top + high - 78 + 20 * i
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="2.5" stroke-dasharray="{dash}"/>'
            f'<line x1="330" y1="{y - 4}" x2="360" y2="{y - 4}" stroke="{colour}" '
            f'stroke-width="2.5" stroke-dasharray="{dash}"/>'
            f'<text x="368" y="{y}">{name}</text>'
        )
    body = "\n".join(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#222">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n{body}\n'
        f'<text x="{left + wide / 2}" y="{height - 14}" text-anchor="middle">'
        "cells labelled by key</text>\n"
        f'<text x="{left}" y="18">balanced accuracy on held-out cells '
        "(8 classes, one laboratory)</text>\n</svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    if not SMEARS.is_dir():
        print(f"{SMEARS} is not here: nothing was measured.")
        return
    display = give_display()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = home
        import napari

        from napari_dinobloom.gui import plugin

        folder = prepare(Path(home))
        for order in ("by lot", "least sure"):
            viewer = napari.Viewer(show=True)
            dock = plugin.show_dock(viewer)
            plugin.open_study_in(viewer, folder)
            session = plugin.session_of(viewer)
            oracle = Oracle(viewer, dock, session)
            oracle.wait(lambda session=session: len(session.roster) > 0)
            results[order] = label(oracle, order, chosen.labels, chosen.seed)
            while session.desk.study.undo_summary.startswith("label"):
                session.desk.study.undo()
            session.close()
            viewer.close()
    del display
    print(f"{'labels':>7}{'kNN by lot':>12}{'regr.':>8}{'kNN unsure':>12}{'regr.':>8}")
    for a, b in zip(*(results[o]["curve"] for o in results), strict=True):
        print(
            f"{a['labels']:7}{a['knn']:12.3f}{a['regression']:8.3f}"
            f"{b['knn']:12.3f}{b['regression']:8.3f}"
        )
    for order, result in results.items():
        print(f"{order}: key to new predictions {result['median_ms']:.0f} ms (median)")
    save("label_by_keys", results)
    if chosen.picture:
        draw(results, chosen.picture)


if __name__ == "__main__":
    main()
