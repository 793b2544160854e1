"""A gallery of a million cells: filter, sort, open, scroll, and what is read for it.

Rivals: Qt's own list in icon mode over a model of a million rows, which lays them all
out; Qt's list widget with an icon per cell, and reading every thumbnail up front, both
at a smaller number of cells, stated in the table. Pictures are real files on disk; the
million cells lie in 5,000 places of each of 200 of them.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
from _data import give_display, save

CELLS, PICTURES, PER_PICTURE, SIDE, FEATURES = 1_000_000, 200, 5_000, 600, 8
IN_A_ROW = 71
NEAR_CELLS, NEAR_FEATURES = 100_000, 384
WIDGET_CELLS, UP_FRONT = 20_000, 5_000
PAGES, REPEATS = 50, 5


def main() -> None:
    """Print the table and keep it as JSON."""
    screen = give_display()
    from qtpy.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(app, Path(folder))
    save("gallery", rows)
    del screen


def measure(app: object, folder: Path) -> list[dict[str, object]]:
    study = make_study(folder)
    at = make_gallery(study)
    rows: list[dict[str, object]] = []
    parts = (
        partial(measure_orders, at),
        measure_near,
        partial(measure_window, app, at),
        partial(measure_rivals, app, at),
    )
    for part in parts:
        some = part()
        rows += some
        for row in some:
            text = "  ".join(f"{k} {v}" for k, v in row.items() if k != "what")
            print(f"{row['what']:62} {text}", flush=True)
    at.worker.close()
    return rows


def median_ms(act: Callable[[], object], repeats: int = REPEATS) -> dict[str, object]:
    """Median and worst of some runs, after one that does not count."""
    act()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - start))
    return {
        "median_ms": round(float(np.median(taken)), 1),
        "worst_ms": round(max(taken), 1),
    }


# -- a million cells ---------------------------------------------------------------


def make_study(folder: Path) -> object:
    """Real pictures, cells in rows and columns on them, features."""
    from PIL import Image

    from napari_dinobloom.study import (
        CellTable,
        ChangeSlides,
        FeatureMatrix,
        Finding,
        Picture,
        Recipe,
        ReplaceCells,
        Rows,
        SetTaxonomy,
        Slide,
        Study,
        Taxonomy,
        set_element,
    )

    rng = np.random.default_rng(0)
    study = Study(author="benchmark")
    noise = rng.integers(120, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    pictures, findings = {}, {}
    n = PER_PICTURE
    x = (np.arange(n) % IN_A_ROW + 0.5) * SIDE / IN_A_ROW
    y = (np.arange(n) // IN_A_ROW + 0.5) * SIDE / IN_A_ROW
    for number in range(1, PICTURES + 1):
        path = folder / f"{number}.jpg"
        Image.fromarray(np.roll(noise, number, axis=1)).save(path)
        pictures[number] = Picture(
            number, f"slide {number % 40}", path, SIDE, SIDE, pixel_size_um=0.2
        )
        first = (number - 1) * n + 1
        cells = CellTable(
            cell_id=np.arange(first, first + n),
            picture_id=np.full(n, number),
            mask_label=np.arange(1, n + 1),
            kind=rng.integers(0, 3, n),
            x=x, y=y, left=x - 6, top=y - 6,
            width=np.full(n, 12), height=np.full(n, 12),
            area_px=np.full(n, 100), nucleus_area_px=np.full(n, 30),
            score=np.ones(n), cut_by_border=rng.random(n) < 0.1,
        )  # fmt: skip
        findings[number] = Finding(cells, Recipe("benchmark"), mask_file="none")
    slides = {f"slide {i}": Slide(f"slide {i}") for i in range(40)}
    study.apply(ChangeSlides(slides, pictures))
    study.never_below(CELLS + 1, PICTURES + 1)
    study.apply(ReplaceCells(findings))
    study.apply(SetTaxonomy(Taxonomy().extended([f"class {i}" for i in range(12)])))
    values = rng.normal(size=(CELLS, FEATURES)).astype(np.float32)
    names = tuple(f"feature {i}" for i in range(FEATURES))
    rows = Rows(study.cells.cell_id, values)
    matrix = FeatureMatrix("morphology", names, Recipe("b"), "standard", (rows,))
    study.apply(set_element(matrix))
    return study


def make_gallery(study: object) -> SimpleNamespace:
    """Roster, selection and page round the study; predictions for every cell."""
    from napari_dinobloom.gui.portraits import Portraits
    from napari_dinobloom.gui.presenters.desk import Desk
    from napari_dinobloom.gui.presenters.roster import Roster
    from napari_dinobloom.gui.worker import Worker
    from napari_dinobloom.study import Selection

    folder = SimpleNamespace(
        folder=Path("x.study"), study=study, put_away=lambda: lambda: None
    )
    desk = Desk(lambda _: folder, lambda _: folder)
    roster = Roster(desk, later=lambda call: call)
    desk.open(Path("x.study"))
    rng = np.random.default_rng(1)
    n = len(roster)
    roster.label[:] = rng.integers(-1, 12, n)
    roster.set_predictions(
        np.arange(n), rng.integers(0, 12, n), rng.random(n).astype(np.float32)
    )
    worker = Worker("gallery")
    return SimpleNamespace(
        desk=desk, roster=roster, selection=Selection(), worker=worker,
        portraits=Portraits(roster, worker),
    )  # fmt: skip


# -- what is measured --------------------------------------------------------------


def measure_orders(at: SimpleNamespace) -> list[dict[str, object]]:
    """Every kind of order, filter and group, beside a plain Python sort."""
    from napari_dinobloom.gui.presenters.gallery.filters import Filters
    from napari_dinobloom.gui.presenters.gallery.order import Sort, Wish, arrange
    from napari_dinobloom.gui.presenters.gallery.snapshot import FACTS, Snapshot

    snapshot = Snapshot.of(at.roster, set(FACTS), np.arange(1, 1001))

    def one(wish: Wish) -> Callable[[], object]:
        return lambda: arrange(snapshot, wish, at.roster.feature, lambda _: None)

    names = {
        "label": frozenset({"class 1", "class 2"}),
        "slide": frozenset({"slide 3"}),
    }
    several = Filters(names, least=0.2, without_cut=True)
    wishes = {
        "sort by probability": Wish(sort=Sort("chance")),
        "sort by prediction": Wish(sort=Sort("prediction")),
        "sort by label, descending": Wish(sort=Sort("label", True)),
        "sort by slide": Wish(sort=Sort("slide")),
        "sort by a feature": Wish(
            sort=Sort("feature", False, "morphology", "feature 1")
        ),
        "shuffle": Wish(sort=Sort("random", seed=1)),
        "sort by probability, grouped by prediction": Wish(
            sort=Sort("chance"), group="prediction"
        ),
        "four filters at once": Wish(several),
        "search for part of a slide's name": Wish(Filters(text="slide 3")),
    }
    rows = [
        {"what": f"ours: {what}, 1M", **median_ms(one(w))} for what, w in wishes.items()
    ]
    snap = median_ms(lambda: Snapshot.of(at.roster, set(FACTS), np.arange(1000)))
    rows.append({"what": "ours: snapshot on the window's thread, 1M", **snap})
    chance = at.roster.chance.tolist()
    slow = median_ms(lambda: sorted(range(CELLS), key=chance.__getitem__), 1)
    rows.append({"what": "rival: sorted() by probability, 1M", **slow})
    return rows


def measure_near() -> list[dict[str, object]]:
    """Distance to the cells in hand, beside scikit-learn."""
    from sklearn.metrics import pairwise_distances
    from sklearn.preprocessing import StandardScaler

    from napari_dinobloom.gui.presenters.gallery.nearness import nearness
    from napari_dinobloom.study import FeatureMatrix, Recipe, Rows

    rng = np.random.default_rng(0)
    values = rng.normal(size=(NEAR_CELLS, NEAR_FEATURES)).astype(np.float32)
    ids, names = np.arange(NEAR_CELLS), tuple(map(str, range(NEAR_FEATURES)))
    rows: list[dict[str, object]] = []
    size = f"100k x {NEAR_FEATURES}"
    hand = ids[:5]

    def ours(matrix: FeatureMatrix) -> object:
        return np.argsort(nearness(matrix, ids, hand))

    for scaling in ("none", "standard"):
        block = Rows(ids, values)
        matrix = FeatureMatrix("m", names, Recipe("b"), scaling, (block,))
        taken = median_ms(partial(ours, matrix), 3)
        rows.append({"what": f"ours: nearest to 5 in hand, {scaling}, {size}", **taken})

    def rival() -> object:
        flat = StandardScaler().fit_transform(values)
        return np.argsort(pairwise_distances(flat, flat[:5]).min(axis=1))

    rows.append(
        {"what": f"rival: scikit-learn, standard, {size}", **median_ms(rival, 3)}
    )
    return rows


def measure_window(app: object, at: SimpleNamespace) -> list[dict[str, object]]:
    """Open the page on a million cells and scroll through it."""
    from napari_dinobloom.gui.presenters.gallery.presenter import GalleryPresenter
    from napari_dinobloom.gui.views.gallery.page import GalleryPage
    from napari_dinobloom.gui.views.gallery.pictures import CellPixmaps

    start = time.perf_counter()
    page = GalleryPage(CellPixmaps(at.portraits))
    gallery = GalleryPresenter(
        at.desk, at.roster, at.selection, page,
        submit=at.worker.submit, go_to=lambda _: None,
    )  # fmt: skip
    at.portraits.arrived.connect(page.cells.repaint_cells)
    page.resize(1400, 900)
    page.show()
    wait(app, lambda: not gallery.is_sorting)
    page.cells.viewport().repaint()
    opened = 1000 * (time.perf_counter() - start)
    rows: list[dict[str, object]] = [
        {"what": "ours: open the page in order of probability, 1M", "ms": round(opened)}
    ]
    page.cells.set_wished_px(96)
    seen: set[int] = set()
    painted, bar = [], page.cells.verticalScrollBar()
    for _ in range(PAGES):
        for _ in range(3):  # a page comes into sight, its pictures follow
            paint = time.perf_counter()
            page.cells.viewport().repaint()
            painted.append(1000 * (time.perf_counter() - paint))
            wait(app, lambda: not at.portraits.is_busy)
        seen |= set(gallery.order()[page.cells.seen_indices()].tolist())
        bar.setValue(bar.value() + bar.pageStep())
    rows.append(
        {
            "what": f"ours: scroll through {PAGES} pages, 1400 x 900",
            "cells_seen": len(seen),
            "thumbnails_read": at.portraits.thumbnails_read,
            "pictures_decoded": at.portraits.pictures_read,
            "paint_median_ms": round(float(np.median(painted)), 1),
            "paint_worst_ms": round(max(painted), 1),
        }
    )
    before = at.portraits.thumbnails_read
    jump = time.perf_counter()
    for place in np.linspace(0, bar.maximum(), 200).astype(int).tolist():
        bar.setValue(place)
        page.cells.viewport().repaint()
        app.processEvents()
    per_step = 1000 * (time.perf_counter() - jump) / 200
    wait(app, lambda: not at.portraits.is_busy)
    rows.append(
        {
            "what": "ours: drag the bar through 1M in 200 steps",
            "ms_per_step": round(per_step, 1),
            "thumbnails_read": at.portraits.thumbnails_read - before,
            "cells_passed": 200 * len(page.cells.seen_indices()),
        }
    )
    at.selection.take(np.arange(1, 100_001))
    select = median_ms(lambda: page.cells.viewport().repaint())
    rows.append({"what": "ours: repaint a page, 100k in hand", **select})
    return rows


def measure_rivals(app: object, at: SimpleNamespace) -> list[dict[str, object]]:
    """Qt's own lists, and reading all that might be looked at."""
    from qtpy.QtCore import QAbstractListModel, QModelIndex, QSize, Qt
    from qtpy.QtGui import QIcon, QImage, QPixmap
    from qtpy.QtWidgets import QListView, QListWidget, QListWidgetItem

    class Model(QAbstractListModel):
        def rowCount(self, _: QModelIndex | None = None) -> int:  # noqa: N802
            return CELLS

        def data(self, index: QModelIndex, role: int = 0) -> object:
            return "cell" if role == Qt.ItemDataRole.DisplayRole else None

    def dress(view: QListView) -> QListView:
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setUniformItemSizes(True)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setGridSize(QSize(108, 108))
        view.setIconSize(QSize(96, 96))
        view.resize(1400, 900)
        return view

    view, model = dress(QListView()), Model()
    start = time.perf_counter()
    view.setModel(model)
    view.show()
    app.processEvents()
    view.viewport().repaint()
    took = round(1000 * (time.perf_counter() - start))
    rows: list[dict[str, object]] = [
        {"what": "rival: QListView in icon mode laid out, 1M, no pictures", "ms": took}
    ]
    view.close()

    source = at.portraits._sources()
    start = time.perf_counter()
    ids = np.arange(1, UP_FRONT + 1) * (CELLS // UP_FRONT)
    n = sum(len(some) for some, _ in source.thumbnails(ids, 128))
    took = round(1000 * (time.perf_counter() - start))
    rows.append({"what": f"rival: read {n:,} thumbnails up front", "ms": took})

    widget = dress(QListWidget())
    pixels = np.zeros((96, 96, 3), np.uint8)
    start = time.perf_counter()
    for number in range(WIDGET_CELLS):
        image = QImage(pixels.data, 96, 96, 288, QImage.Format.Format_RGB888)
        icon = QIcon(QPixmap.fromImage(image))
        widget.addItem(QListWidgetItem(icon, str(number)))
    widget.show()
    app.processEvents()
    took = round(1000 * (time.perf_counter() - start))
    what = f"rival: QListWidget with icons, {WIDGET_CELLS:,}, nothing read"
    rows.append({"what": what, "ms": took})
    widget.close()
    return rows


def wait(app: object, until: Callable[[], bool]) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + 60
    while not until() and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
