"""Many cells labelled by one key in the real window: how long it does not answer.

    python benchmarks/bulk_labels.py [--cells 100000 1000000] [--features 64]

A study on disk, its map in front, a picture of it on the canvas, the live classifier
on. So many cells are taken in hand, a class's key is pressed, then Ctrl+Z. "Key" is the
time in the key's event: when it ends the labels are on the disk. "Held" is the longest
gap between two beats of a timer of 5 ms until all is drawn; "learning", the same while
the classifier learns, for `LEARNING_S` at most. "… of it ours" is the processor's time
of the Qt thread in the same stretch, which other programs do not lengthen; what is left
is software OpenGL, which draws in threads of its own, and waiting. "Longest turn" is
what of one turn of the event loop went by in our own code, from where Qt calls it (a
key, an answer of a worker, a timer) to its end, less the drawing of the map within it;
"… of it ours" as above. "Redraw alone" is a turn of the map that changes nothing.
Beside it, the same labels written into a CSV, as labelling scripts do.
"""

import argparse
import csv
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _data import give_display, save
from PIL import Image

COUNTS = (1, 1_000, 10_000, 100_000, 1_000_000)
PER_PICTURE, SIDE_PX, CELL_PX = 1_000, 1_280, 32
CLASSES = ("blast", "monocyte", "lymphocyte")
LEARNING_S, WAIT_S = 8.0, 300.0


def make_study(home: Path, n_cells: int, n_features: int) -> Path:
    """Cells in pictures, features in three clouds, a map, two labels to learn from."""
    from napari_dinobloom.storage import create_study
    from napari_dinobloom.study import (
        CellTable,
        ChangeSlides,
        FeatureMatrix,
        Finding,
        Picture,
        Projection,
        Recipe,
        ReplaceCells,
        Rows,
        SetTaxonomy,
        Slide,
        Taxonomy,
        set_element,
    )
    from napari_dinobloom.workflows import label_cells

    random = np.random.default_rng(0)
    file = home / "field.png"
    Image.fromarray(random.integers(180, 255, (SIDE_PX, SIDE_PX, 3), np.uint8)).save(
        file
    )
    with create_study(home / f"{n_cells}.study", "Ada") as opened:
        study = opened.study
        n_pictures = max(1, n_cells // PER_PICTURE)
        study.reserve_picture_ids(n_pictures)
        pictures = {
            i: Picture(i, "S", file, SIDE_PX, SIDE_PX) for i in range(1, n_pictures + 1)
        }
        study.apply(ChangeSlides({"S": Slide("S")}, pictures))
        row, column = np.divmod(np.arange(PER_PICTURE), SIDE_PX // CELL_PX)
        for i in pictures:
            ids = study.reserve_cell_ids(PER_PICTURE) + np.arange(PER_PICTURE)
            zeros, size = np.zeros(PER_PICTURE), np.full(PER_PICTURE, CELL_PX - 2)
            left, top = column * CELL_PX, row * CELL_PX
            table = CellTable(
                ids, np.full(PER_PICTURE, i), np.arange(1, PER_PICTURE + 1), zeros,
                left + 15, top + 15, left, top, size, size, zeros, zeros, zeros, zeros,
            )  # fmt: skip
            study.apply(ReplaceCells({i: Finding(table, Recipe("smear"))}), "find")
        ids = study.cells.cell_id
        of_class = random.integers(0, len(CLASSES), len(ids))
        names = tuple(f"f{i}" for i in range(n_features))
        study.apply(set_element(FeatureMatrix("m", names, Recipe("m"))))
        for part in np.array_split(np.arange(len(ids)), max(1, len(ids) // 50_000)):
            values = random.normal(0, 1, (len(part), n_features))
            values[:, 0] += 9 * of_class[part]
            study.add_feature_rows("m", Rows(ids[part], values.astype(np.float32)))
        xy = random.normal(0, 1, (len(ids), 2)) + 4 * of_class[:, None]
        rows = Rows(ids, xy.astype(np.float32))
        study.apply(set_element(Projection("umap", rows, Recipe("umap"))))
        study.apply(SetTaxonomy(Taxonomy("three").extended(CLASSES)))
        for code, name in enumerate(CLASSES):
            label_cells(study, ids[of_class == code][:3], name)
        return study.folder


class Turns:
    """What each turn of the event loop takes in our own code, less drawing."""

    def __init__(self) -> None:
        self.forget()
        self._is_inside = self._is_drawing = False
        self._drawn = np.zeros(2)

    def forget(self) -> None:
        """Begin anew."""
        self.longest = np.zeros(2)
        """Seconds by the clock, and of the processor in this thread."""

    def turn(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, measured where it is the first of its turn."""

        def act(*given: Any, **named: Any) -> Any:
            if self._is_inside or threading.current_thread() is not MAIN:
                return call(*given, **named)
            self._is_inside, self._drawn[:], start = True, 0, clocks()
            try:
                return call(*given, **named)
            finally:
                self._is_inside = False
                taken = clocks() - start - self._drawn
                self.longest = np.maximum(self.longest, taken)

        return act

    def drawing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, taken off the turn in which it happens."""

        def act(*given: Any, **named: Any) -> Any:
            if self._is_drawing:
                return call(*given, **named)
            self._is_drawing, start = True, clocks()
            try:
                return call(*given, **named)
            finally:
                self._is_drawing = False
                self._drawn += clocks() - start

        return act

    def watch_all(self) -> None:
        """Measure every way in which Qt calls us after a key."""
        from vispy.scene import SceneCanvas

        from napari_dinobloom.gui import session
        from napari_dinobloom.gui.worker import Worker

        later = session.later

        def watched(*given: Any) -> Callable[..., Callable[[], None]]:
            delay = later(*given)
            return lambda call: delay(self.turn(call))

        session.later = watched
        Worker._receive = self.turn(Worker._receive)
        SceneCanvas.on_draw = self.drawing(SceneCanvas.on_draw)
        # a legend of another length makes Qt draw the resized map within the call


MAIN = threading.main_thread()


def clocks() -> np.ndarray:
    """(2,) seconds: by the clock, and of the processor in this thread."""
    return np.array([time.perf_counter(), time.thread_time()])


class Window:
    """The real window with a study, and a watch on how long it does not answer."""

    def __init__(self, folder: Path) -> None:
        import napari
        from qtpy.QtCore import QTimer
        from qtpy.QtWidgets import QApplication

        from napari_dinobloom.gui import plugin

        self.turns = Turns()
        self.turns.watch_all()
        self.viewer = napari.Viewer(show=True)
        self.dock = plugin.show_dock(self.viewer)
        self.session = plugin.session_of(self.viewer)
        self.app = QApplication.instance()
        self.viewer.window.resize(1366, 768)
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self.watch()
        self.session.desk.open(folder)
        self.dock.pages.show_page("Map")
        self.wait(lambda: not self.session.live.status.is_learning)
        self.rest(2.0)

    def watch(self) -> None:
        """Begin to watch anew."""
        self.longest, self._last = 0.0, time.perf_counter()
        self.busiest, self._worked = 0.0, time.thread_time()
        self.turns.forget()

    def _beat(self) -> None:
        at, worked = time.perf_counter(), time.thread_time()
        self.longest, self._last = max(self.longest, at - self._last), at
        self.busiest = max(self.busiest, worked - self._worked)
        self._worked = worked

    def wait(self, until: Callable[[], bool], seconds: float = WAIT_S) -> None:
        """Let the window work until something is so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.app.processEvents()
            time.sleep(0.001)

    def rest(self, seconds: float) -> None:
        """Let the window work for a while."""
        self.wait(lambda: False, seconds)

    def press(self, key: Any, modifier: Any = None) -> dict[str, float]:
        """Press a key on the map's page; milliseconds, see the module."""
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest

        none = Qt.KeyboardModifier.NoModifier
        self.rest(0.3)
        self.watch()
        start, worked = time.perf_counter(), time.thread_time()
        self.turns.turn(QTest.keyClick)(self.dock.page("Map"), key, modifier or none)
        taken, ours = time.perf_counter() - start, time.thread_time() - worked
        self.rest(0.7)
        found = {"key": taken, "key, of it ours": ours}
        found |= {"held": self.longest, "held, of it ours": self.busiest}
        turns = self.turns.longest
        self.watch()
        self.wait(lambda: not self.session.live.status.is_learning, LEARNING_S)
        found |= {"learning": self.longest, "learning, of it ours": self.busiest}
        by_clock, ours = np.maximum(turns, self.turns.longest).tolist()
        found |= {"longest turn": by_clock, "longest turn, of it ours": ours}
        return {what: 1000 * seconds for what, seconds in found.items()}

    def redraw(self) -> tuple[float, float]:
        """Milliseconds of drawing the map once more, and the processor's of them."""
        self.rest(0.3)
        self.watch()
        self.dock.page("Map").canvas.surface.update()
        self.rest(0.7)
        return 1000 * self.longest, 1000 * self.busiest


def write_csv(file: Path, labels: dict[int, str]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows(labels.items())
        stream.flush()
        os.fsync(stream.fileno())
    return 1000 * (time.perf_counter() - start)


def measure(home: Path, n_cells: int, n_features: int) -> dict[str, dict[str, float]]:
    """Every count that the study has cells for."""
    from qtpy.QtCore import Qt

    window = Window(make_study(home, n_cells, n_features))
    session = window.session
    ids = np.random.default_rng(1).permutation(session.roster.cells.cell_id)
    study, rows = session.desk.study, {}
    session.labeller.advance = False
    key = next(c.key for c in study.taxonomy.classes if c.name == CLASSES[1])
    for n in (n for n in COUNTS if n <= n_cells):
        before = len(study.labels)
        window.watch()
        in_hand = np.sort(ids[:n])  # as a lasso gives them
        window.turns.turn(session.selection.take)(in_hand)
        window.rest(0.7)
        taking = {"held": 1000 * window.longest, "ours": 1000 * window.busiest}
        by_clock, ours = (1000 * window.turns.longest).tolist()
        taking |= {"longest turn": by_clock, "longest turn, of it ours": ours}
        made = window.press(key)
        assert len(study.labels) == before + n, "the key did nothing"
        undone = window.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert len(study.labels) == before, "it was not taken back"
        redraw, of_it_ours = window.redraw()
        rows[f"{n:,}"] = {
            "redraw alone": redraw,
            "redraw alone, of it ours": of_it_ours,
            **{f"taken in hand, {what}": ms for what, ms in taking.items()},
            **{f"label, {what}": ms for what, ms in made.items()},
            **{f"undo, {what}": ms for what, ms in undone.items()},
            "CSV": write_csv(home / "a.csv", dict.fromkeys(ids[:n].tolist(), "blast")),
        }
        session.live.stop()
    window.viewer.close()
    return rows


def main() -> None:
    """Print the tables and keep them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--features", type=int, default=64)
    chosen = parser.parse_args()
    screen, results = give_display(), {}
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = tempfile.mkdtemp()
    for n_cells in chosen.cells:
        with tempfile.TemporaryDirectory() as home:
            rows = measure(Path(home), n_cells, chosen.features)
        results[f"{n_cells:,}"] = rows
        print(f"\n{n_cells:,} cells × {chosen.features}; milliseconds")
        for n, row in rows.items():
            print(f"  {n:>9} cells")
            for what, ms in row.items():
                print(f"      {what:38}{ms:9.1f}")
    save("bulk_labels", results)
    del screen


if __name__ == "__main__":
    main()
