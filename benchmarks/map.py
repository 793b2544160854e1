"""A map of a million cells: recolour, one label, lasso, everything in hand.

Ours is the map page's own visual; the rival is napari's Points layer doing the same in
the same run, in a real viewer. *Own* is the time until the call is back; *drawn*
includes the upload and drawing (software GL under Xvfb here: read it as a ratio).
"""

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from _data import give_display, save

CLASSES, REPEATS, WINDOW = 12, 5, (900, 800)
Row = dict[str, float]


def cells(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places in islands and the class of each."""
    rng = np.random.default_rng(0)
    code = rng.integers(0, CLASSES, n)
    centres = rng.uniform(-10, 10, (CLASSES, 2))
    return (centres[code] + rng.normal(size=(n, 2))).astype(np.float32), code


def outline_of(xy: np.ndarray, share: float) -> np.ndarray:
    """(120, 2) a wavy outline around the middle that holds about a share of cells."""
    away = np.hypot(*(xy - np.median(xy, axis=0)).T)
    radius = float(np.quantile(away, share))
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    far = radius * (1 + 0.05 * np.sin(9 * angle))
    ring = np.stack([far * np.cos(angle), far * np.sin(angle)], axis=1)
    return ring + np.median(xy, axis=0)


def timed(
    act: Callable[[int], object], draw: Callable[[], object], repeats: int
) -> Row:
    """Median milliseconds of the act alone and with drawing."""
    act(0)
    draw()
    own, drawn = [], []
    for turn in range(1, repeats + 1):
        start = time.perf_counter()
        act(turn)
        own.append(time.perf_counter() - start)
        draw()
        drawn.append(time.perf_counter() - start)
    return {
        "own_ms": 1000 * float(np.median(own)),
        "drawn_ms": 1000 * float(np.median(drawn)),
    }


def ours(n: int) -> dict[str, Row]:
    """The map page's visual, with the colouring and the lasso of its presenter."""
    from qtpy.QtWidgets import QApplication

    from napari_dinobloom.gui.presenters.map.colouring import ColourChoice, categories
    from napari_dinobloom.gui.presenters.map.lasso import inside
    from napari_dinobloom.gui.views.map.canvas import MapCanvas

    application = QApplication.instance() or QApplication([])
    xy, code = cells(n)
    canvas = MapCanvas()
    canvas.resize(*WINDOW)
    canvas.show()
    application.processEvents()
    canvas.set_positions(xy)
    choice = ColourChoice("class", "Class", "Classes")
    placed, standing = np.ones(n, bool), code.copy()
    names = tuple(str(i) for i in range(CLASSES))

    def coloured() -> object:
        return categories(
            choice, placed, lambda rows: standing[rows], names, nothing="none"
        )

    made = coloured()
    everyone, nobody = np.arange(n), np.empty(0, np.int64)

    def recolour(turn: int) -> None:
        standing[:] = (code + turn) % CLASSES
        fresh = coloured()
        canvas.cells.set_palette(fresh.palette(), fresh.ground)
        canvas.cells.set_codes(fresh.codes)

    def one(turn: int) -> None:
        standing[n // 2] = (standing[n // 2] + 1) % CLASSES
        rows = made.recode(np.array([n // 2]))
        canvas.cells.set_codes_at(rows, made.codes[rows])

    outline = outline_of(xy, 0.1)

    def lasso(turn: int) -> None:
        rows = inside(outline, xy[:, 0], xy[:, 1])
        canvas.set_selected(rows[made.is_shown(rows)])

    def everything(turn: int) -> None:
        canvas.set_selected(everyone if turn % 2 else nobody)

    draw = canvas._canvas.render
    rows = {
        "recolour all": timed(recolour, draw, REPEATS),
        "change one cell": timed(one, draw, REPEATS),
        "lasso": timed(lasso, draw, REPEATS),
        "select all": timed(everything, draw, REPEATS),
    }
    canvas.set_selected(nobody)
    rows["(drawing alone)"] = timed(lambda turn: None, draw, REPEATS)
    rows["lasso"]["cells"] = len(inside(outline, xy[:, 0], xy[:, 1]))
    canvas.close()
    return rows


def rival(n: int, repeats: int) -> dict[str, Row]:
    """The Points layer of napari, coloured by a feature through its colour cycle."""
    import napari
    from skimage.measure import points_in_poly

    from napari_dinobloom.gui.presenters.map.colour_scales import hues

    xy, code = cells(n)
    viewer = napari.Viewer(show=True)
    viewer.window.resize(*WINDOW)
    points = viewer.add_points(
        xy,
        features={"class": code.astype(str)},
        face_color="class",
        face_color_cycle=list(hues(CLASSES)),
        size=0.05,
        border_width=0,
    )

    def recolour(turn: int) -> None:
        points.features = {"class": ((code + turn) % CLASSES).astype(str)}
        points.refresh_colors()

    def one(turn: int) -> None:
        standing = points.features["class"].to_numpy().copy()
        standing[n // 2] = str(turn % CLASSES)
        points.features = {"class": standing}
        points.refresh_colors()

    outline = outline_of(xy, 0.1)

    def lasso(turn: int) -> None:
        points.selected_data = set(np.flatnonzero(points_in_poly(xy, outline)).tolist())

    def everything(turn: int) -> None:
        points.selected_data = set(range(n)) if turn % 2 else set()

    def draw() -> object:
        return viewer.screenshot(canvas_only=True, flash=False)

    rows = {
        "recolour all": timed(recolour, draw, repeats),
        "change one cell": timed(one, draw, repeats),
        "lasso": timed(lasso, draw, repeats),
        "select all": timed(everything, draw, repeats),
        "(drawing alone)": timed(lambda turn: None, draw, repeats),
    }
    viewer.close()
    return rows


def main() -> None:
    """Print the table and keep it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument(
        "--rival-cells", type=int, default=100_000, help="0 leaves the rival out"
    )
    parser.add_argument("--rival-repeats", type=int, default=3)
    given = parser.parse_args()
    screen = give_display()
    tables = {f"ours, {given.cells:,} cells": ours(given.cells)}
    if given.rival_cells:
        name = f"napari Points, {given.rival_cells:,} cells"
        tables[name] = rival(given.rival_cells, given.rival_repeats)
    for title, rows in tables.items():
        print(title)
        for name, row in rows.items():
            own, drawn = row["own_ms"], row["drawn_ms"]
            print(f"  {name:18} own {own:10.1f} ms   drawn {drawn:10.1f} ms")
    save("map", tables)
    del screen


if __name__ == "__main__":
    sys.exit(main())
