"""One cell of a hundred thousand takes another class: how long until it is drawn.

Ours writes the cell's box into a class image, with and without outlines of nuclei; the
rival is the obvious way, a Labels layer whose `DirectLabelColormap` is rebuilt.
Then cells in hand: one, and all of a field and of a sheet. All draw into a real viewer
(software GL under Xvfb here: read the numbers as ratios).
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from _data import give_display, save

from napari_dinobloom.gui.layers.smear_layers import SmearLayers, colormap_of
from napari_dinobloom.study import CellTable

CELLS_PER_SIDE, CELL_PX, CLASSES, REPEATS = 317, 12, 12, 7
FIELD, CONTACT_SHEET = (16, 80), (40, 80)
"""Cells per side and their pixels: 256 on 1,280², 1,600 on 3,200² (24 of 640 × 480)."""


class Looks:
    """Plain outlines in so many colours."""

    def colours(self) -> dict[int, tuple[float, float, float, float]]:
        """RGBA by code."""
        return palette(CLASSES)

    def bold(self) -> np.ndarray:
        """None is wide."""
        return np.zeros(CLASSES + 1, bool)

    dashed = pale = bold


class Sheet:
    """A contact sheet of round cells, as the canvas gets it."""

    pixel_size_um = 0.2
    grain = levels = None
    corner = (0, 0)

    def __init__(self, per_side: int = CELLS_PER_SIDE, px: int = CELL_PX) -> None:
        n, side = per_side**2, per_side * px
        y, x = np.mgrid[:px, :px] - px / 2 + 0.5
        disc = np.hypot(y, x) < px / 2 - 1
        number = np.arange(1, n + 1, dtype=np.int32).reshape(per_side, -1)
        self.mask = np.kron(number, disc.astype(np.int32))
        self.nuclei = np.tile(np.hypot(y, x) < px / 4, (per_side, per_side))
        self.rgb = np.full((side, side, 3), 220, np.uint8)
        row, column = np.divmod(np.arange(n), per_side)
        left, top, zeros = column * px, row * px, np.zeros(n)
        size = zeros + px
        self.cells = CellTable(
            np.arange(1, n + 1), zeros, np.arange(1, n + 1), zeros, left, top,
            left, top, size, size, zeros, zeros, zeros, zeros,
        )  # fmt: skip


def palette(n: int) -> dict[int, tuple[float, float, float, float]]:
    """A colour for each of n codes; 0 is transparent."""
    red, green, blue = np.random.default_rng(0).random((3, n + 1))
    colours = {i: (red[i], green[i], blue[i], 1.0) for i in range(1, n + 1)}
    return {0: (0.0, 0.0, 0.0, 0.0), **colours}


def timed(act: Callable[[int], None], draw: Callable[[], None]) -> dict[str, float]:
    """Median and worst milliseconds of acting and drawing."""
    act(0)
    draw()
    taken = []
    for turn in range(1, REPEATS + 1):
        start = time.perf_counter()
        act(turn)
        draw()
        taken.append(1000 * (time.perf_counter() - start))
    return {"median_ms": float(np.median(taken)), "worst_ms": float(np.max(taken))}


def measure() -> dict[str, dict[str, float]]:
    """Each way of recolouring one cell."""
    import napari

    viewer = napari.Viewer(show=True)
    sheet, rows = Sheet(), {}
    codes = 1 + (np.arange(len(sheet.cells)) % CLASSES).astype(np.uint8)
    layers = SmearLayers(viewer)
    layers.show_scene(sheet, codes, Looks(), np.zeros(len(sheet.cells), bool), "")
    draw = viewer.screenshot

    def ours(turn: int) -> None:
        middle = np.array([len(sheet.cells) // 2])
        layers.recolour(middle, np.array([1 + turn % CLASSES], np.uint8))

    rows["class image, outlines, nuclei"] = timed(ours, draw)
    layers.set_nuclei(False)
    rows["class image, outlines"] = timed(ours, draw)
    layers.set_nuclei(True)
    layers.set_outlines(False)
    rows["class image, filled"] = timed(ours, draw)
    rows["(drawing alone)"] = timed(lambda turn: None, draw)
    native = layers.overlay
    native.contour = 2

    def contour(turn: int) -> None:
        native.data[0, turn] = 1
        native.refresh(extent=False)

    rows["napari's own contour"] = timed(contour, draw)
    layers.clear()

    colours = palette(len(sheet.cells))
    cells = viewer.add_labels(sheet.mask, colormap=colormap_of(colours))

    def rival(turn: int) -> None:
        colours[len(sheet.cells) // 2] = (turn / REPEATS, 0.2, 0.2, 1.0)
        cells.colormap = colormap_of(colours)

    rows["new DirectLabelColormap"] = timed(rival, draw)
    viewer.layers.clear()
    for name, (per_side, px) in (("field", FIELD), ("sheet", CONTACT_SHEET)):
        rows.update(in_hand(name, Sheet(per_side, px), layers, draw))
    viewer.close()
    return rows


def in_hand(
    name: str, sheet: Sheet, layers: SmearLayers, draw: Callable[[], None]
) -> dict[str, dict[str, float]]:
    """Cells that are taken in hand and put away again."""
    n = len(sheet.cells)
    codes = 1 + (np.arange(n) % CLASSES).astype(np.uint8)
    layers.show_scene(sheet, codes, Looks(), np.zeros(n, bool), "")
    every, middle = np.arange(n), np.array([n // 2])

    def label(turn: int) -> None:
        layers.recolour(middle, np.array([1 + turn % CLASSES], np.uint8))

    def take(turn: int) -> None:
        layers.hold(middle, np.array([turn % 2 == 0]))
        layers.mark(int(middle[0]) + turn, None)

    def take_all(turn: int) -> None:
        layers.hold(every, np.full(n, turn % 2 == 0))

    def point(turn: int) -> None:
        layers.mark(int(middle[0]), turn)

    acts = {
        "(drawing alone)": lambda turn: None,
        "one takes another class": label,
        "one in hand, with brackets": take,
        "ring under the mouse": point,
        f"all {n:,} in hand": take_all,
    }
    return {f"{name}: {act}": timed(acts[act], draw) for act in acts}


def main() -> None:
    """Print the table and keep it as JSON."""
    screen = give_display()
    rows = measure()
    print(f"{CELLS_PER_SIDE**2:,} cells, one takes another class; with redraw")
    for name, row in rows.items():
        print(f"{name:34} {row['median_ms']:9.1f} ms   worst {row['worst_ms']:9.1f} ms")
    save("overlay", rows)
    del screen


if __name__ == "__main__":
    sys.exit(main())
