"""One label in the viewer until every prediction is new, beside scikit-learn refitted.

python benchmarks/live_loop.py [--cells 100000 1000000] [--dimensions 384] [--k 3]
    [--labels 200] [--repeats 25]

From ``study.apply(SetLabels)`` of one cell, through the worker, to the roster's arrays
being written and ``predictions_changed`` sent, with the Qt event loop running and no
screen. Meanwhile a timer of 1 ms watches how long the Qt thread does not answer. The
study lives in memory: what a disk adds is measured by ``study_io.py``.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from _data import save
from knn import cells as cells_round_centres
from qtpy.QtCore import QCoreApplication, QEventLoop, QObject, QTimer
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.gui.later import later
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.gui.worker import Worker
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
    SetTaxonomy,
    Slide,
    Study,
    now,
    set_element,
)
from napari_dinobloom.study.cells import COLUMN_DTYPES
from napari_dinobloom.workflows.live_classifier import Voting


class Open:
    """A study in memory, as the desk wants it."""

    def __init__(self, study: Study) -> None:
        self.study, self.folder = study, Path("memory.study")

    def put_away(self) -> Callable[[], None]:
        """Nothing to save."""
        return lambda: None


class Watch:
    """The longest time between two beats of a timer of 1 ms on the Qt thread."""

    def __init__(self, parent: QObject) -> None:
        self._timer = QTimer(parent)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self.restart()

    def restart(self) -> None:
        """Begin to watch anew."""
        self.longest, self._last = 0.0, time.perf_counter()

    def _beat(self) -> None:
        at = time.perf_counter()
        self.longest, self._last = max(self.longest, at - self._last), at


def study_of(features: np.ndarray, names: np.ndarray) -> Study:
    """All cells in one picture, with features and a scheme of the classes."""
    n = len(features)
    columns = {name: np.zeros(n, dtype) for name, dtype in COLUMN_DTYPES.items()}
    columns["cell_id"] = np.arange(1, n + 1)
    columns["picture_id"] = np.ones(n)
    table = CellTable(**columns)
    study = Study(author="benchmark")
    picture = Picture(1, "slide", Path("field.png"), 100, 100)
    study.apply(ChangeSlides({"slide": Slide("slide")}, {1: picture}))
    study.apply(ReplaceCells({1: Finding(table, Recipe("benchmark"))}))
    columns_of = tuple(f"f{i}" for i in range(features.shape[1]))
    blocks = (Rows(table.cell_id, features),)
    study.apply(set_element(FeatureMatrix("f", columns_of, Recipe("f"), blocks=blocks)))
    study.apply(SetTaxonomy(study.taxonomy.extended(sorted(set(names)))))
    return study


def label(study: Study, ids: list[int], names: list[str | None]) -> None:
    at = now()
    pairs = zip(ids, names, strict=True)
    study.apply(SetLabels(tuple(LabelRecord(i, n, "benchmark", at) for i, n in pairs)))


def settle(live: LivePredictions) -> None:
    """Let the event loop run until nothing is left to learn."""
    loop, ended = QEventLoop(), time.perf_counter() + 600

    def look() -> None:
        if not live.status.is_learning:
            loop.quit()

    live.changed.connect(look)
    if live.status.is_learning:
        loop.exec()
    live.changed.disconnect(look)
    if time.perf_counter() > ended:
        raise TimeoutError("it is still learning")


def measure(n: int, chosen: argparse.Namespace) -> dict:
    parent = QObject()
    features, names = cells_round_centres(n, chosen.dimensions)
    study = study_of(features, names)
    desk = Desk(lambda _: Open(study), lambda _: Open(study))
    delayed, worker = later(parent), Worker("live")
    roster = Roster(desk, later=delayed)
    live = LivePredictions(desk, roster, worker, later=delayed)
    live.use_voting(Voting(chosen.k))
    watch = Watch(parent)
    start = time.perf_counter()
    desk.open(Path("memory.study"))
    settle(live)
    order = np.random.default_rng(1).permutation(n)
    rows = order[: chosen.labels]
    label(study, (rows + 1).tolist(), names[rows].tolist())
    settle(live)
    ready, held_at_start = time.perf_counter() - start, watch.longest
    told: list[float] = []
    roster.predictions_changed.connect(lambda _: told.append(time.perf_counter()))

    def loop(some: np.ndarray, said: list[str | None]) -> tuple[float, float]:
        for _ in range(3):
            QCoreApplication.processEvents()
        watch.restart()
        told.clear()
        at = time.perf_counter()
        label(study, (some + 1).tolist(), said)
        settle(live)
        return (told[-1] if told else time.perf_counter()) - at, watch.longest

    more = order[chosen.labels :][: chosen.repeats]
    bulk = order[-1000:]
    results = {
        "one new label": [loop(row, [names[row[0]]]) for row in more[:, None]],
        "one changed label": [loop(row, ["class 00"]) for row in more[:, None]],
        "one label taken away": [loop(row, [None]) for row in more[:, None]],
        "1,000 labels at once": [loop(bulk, names[bulk].tolist())],
        "1,000 taken away": [loop(bulk, [None] * len(bulk))],
    }
    rows = np.sort(rows)
    start = time.perf_counter()
    weights = Voting().weights
    model = KNeighborsClassifier(chosen.k, algorithm="brute", weights=weights)
    theirs = model.fit(features[rows], names[rows]).predict(features)
    refit = time.perf_counter() - start
    shown = np.array([*roster.class_names, ""])[roster.predicted]
    assert (roster.predicted != NONE).all()
    # A labelled cell does not vote for itself here; the rival has no way to say so.
    others = np.ones(n, bool)
    others[rows] = False
    unequal = int((shown != theirs)[others].sum())
    desk.close()
    worker.close()
    print(f"\n{n:,} cells × {chosen.dimensions}, {chosen.labels} labels")
    print(
        f"  ready after {ready:.1f} s; {unequal} predictions differ from scikit-learn"
    )
    print(f"  {'':22}{'median':>10}{'worst':>10}{'Qt held':>10}{'refit':>10}")
    summary = {}
    for what, pairs in results.items():
        times, held = zip(*pairs, strict=True)
        row = (statistics.median(times), max(times), max(held))
        summary[what] = row
        cols = "".join(f"{1000 * value:8.1f}ms" for value in row)
        print(f"  {what:22}{cols}{refit:9.2f}s")
    return {
        "cells": n,
        "ready": ready,
        "Qt thread held at the start": held_at_start,
        "unequal": unequal,
        "refit": refit,
        "median, worst, Qt thread held": summary,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--k", type=int, default=Voting().k)
    parser.add_argument("--labels", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=25)
    chosen = parser.parse_args()
    application = QCoreApplication([])
    results = [measure(n, chosen) for n in chosen.cells]
    save("live_loop", {"parameters": vars(chosen), "results": results})
    del application


if __name__ == "__main__":
    main()
