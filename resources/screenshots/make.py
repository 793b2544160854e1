"""Takes the pictures of the documentation by driving the real window.

    python resources/screenshots/make.py [--only NAME …] [--out FOLDER]
        [--samples STUDY --drawn FOLDER]
        [--smears STUDY] [--cells STUDY --classes TABLE] [--many STUDY]

Needs a display (``xvfb-run -a -s "-screen 0 3840x2160x24" python …``). Without a
study of their own, `samples` and `many` are drawn first; `real` and `single` are left
out. Studies are copied before they are opened.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sources import (
    copy_of,
    drawn_classes,
    listed_classes,
    many_cells,
    sample_study,
    say,
    some_of,
)
from window import Window, foreign_home

HERE = Path(__file__).parent


def samples(window: Window, study: Path, drawn: Path, out: Path) -> None:
    """Every page, on drawn smears."""
    window.save(out / "empty-dark.png")
    window.open(study)
    window.save(out / "study-dark.png")
    opened = window.session.desk.study
    say(opened, {}, "blood")
    window.show("Label")
    window.save(out / "samples-label-first-dark.png")
    say(opened, some_of(drawn_classes(opened, drawn), 0.35))
    window.look_at(unlabelled_white(window)[4])
    window.show("Label")
    window.save(out / "samples-label-dark.png")
    window.show("Cells")
    least_sure(window)
    window.save(out / "samples-cells-dark.png")
    window.show("Map")
    window.save(out / "samples-map-dark.png")
    window.look("light", 1366, 768)
    field = window.page("Study").field
    field.sheet.setChecked(True)
    window.settle()
    window.session.selection.clear()
    window.show("Study")
    window.save(out / "samples-contact-sheet-light.png")
    field.sheet.setChecked(False)
    window.look_at(unlabelled_white(window)[20])
    window.look("light", 800, 600)
    for title in ("Study", "Map", "Cells", "Label"):
        window.show(title)
        window.save(out / f"small-{title.lower()}-light.png")


def real(window: Window, study: Path, out: Path) -> None:
    """Fields of real smears, with cells of a lasso in hand."""
    window.open(study)
    roster = window.session.roster
    white = roster.cells.cell_id[roster.cells.kind == 0]
    window.show("Map")
    taken = draw_lasso(window, together(window, white[:200]))
    window.session.field.go_to(taken[3])
    window.settle()
    window.viewer.reset_view()
    window.settle()
    window.save(out / "real" / "lasso-map-dark.png")
    window.look("light", 1366, 768)
    colour_by(window, "diameter")
    window.point_on_map(int(white[30]))
    window.save(out / "real" / "map-feature-light.png")
    window.show("Cells")
    window.page("Cells").cells.set_wished_px(88)
    window.session.selection.take(white[10:11])
    window.settle()
    window.save(out / "real" / "cells-light.png")


def single(window: Window, study: Path, table: Path, out: Path) -> None:
    """Single-cell pictures of eight classes, a quarter of them labelled."""
    window.open(study)
    opened = window.session.desk.study
    say(opened, some_of(listed_classes(opened, table), 0.25))
    window.settle()
    window.show("Map")
    map_window = window.alone("Map", 1180, 760)
    doubtful = by_chance(window)
    window.point_on_map(doubtful[30])
    window.save(out / "real" / "map-classes-window-dark.png", map_window)
    colour_by(window, "slide")
    window.page("Map").hovered.emit(None)
    window.rest(1)
    window.save(out / "real" / "map-slides-window-dark.png", map_window)
    map_window.close()
    window.rest(0.5)
    window.show("Cells")
    least_sure(window)
    cells = window.alone("Cells", 1180, 760)
    window.look_at(doubtful[3])
    window.page("Cells").facet_chosen.emit("state", frozenset())
    window.settle()
    window.save(out / "real" / "cells-least-sure-window-dark.png", cells)
    cells.close()
    window.viewer.theme = "light"
    label = window.alone("Label", 560, 980)
    window.save(out / "real" / "label-window-light.png", label)
    label.close()


def many(window: Window, study: Path, drawn: Path, out: Path) -> None:
    """100,000 cells: the same window, as quick."""
    window.open(study)
    opened = window.session.desk.study
    said = first_of_each(window, drawn)
    say(opened, said, "blood")
    window.settle()
    window.rest(4)
    window.show("Map")
    window.page("Map").kinds.buttons[""].click()  # all kinds of cells
    map_window = window.alone("Map", 1180, 760)
    window.rest(2)
    window.save(out / "100k" / "map-window-dark.png", map_window)
    colour_by(window, "scanner")
    window.page("Map").toolbar.density.setChecked(True)
    window.rest(3)
    window.save(out / "100k" / "map-scanners-density-dark.png", map_window)
    map_window.close()
    window.viewer.theme = "light"
    window.rest(0.5)
    window.show("Cells")
    window.page("Cells").group_chosen.emit("prediction")
    window.page("Cells").sort_chosen.emit("random", "", "")
    window.rest(3)
    cells = window.alone("Cells", 1180, 760)
    window.page("Cells").cells.set_wished_px(72)
    window.rest(5)
    window.save(out / "100k" / "cells-window-light.png", cells)
    cells.close()
    window.show("Map")
    window.rest(2)
    window.save(out / "100k" / "window-light.png")


def large(window: Window, study: Path, drawn: Path, out: Path) -> None:
    """A 4K screen at twice the scale."""
    window.open(study)
    opened = window.session.desk.study
    say(opened, some_of(drawn_classes(opened, drawn), 0.35), "blood")
    window.look_at(unlabelled_white(window)[4])
    window.look("dark", 1920, 1060)
    window.dock_width(560)
    window.show("Label")
    window.save(out / "4k-label-dark.png")


def corrections(window: Window, study: Path, out: Path) -> None:
    """The outline of a white cell is being drawn anew."""
    from napari_dinobloom.gui.views.smear.correct_panel import CorrectPanel

    window.open(study)
    cells = window.session.desk.study.cells
    row = np.flatnonzero((cells.kind == 0) & ~cells.cut_by_border)[0]
    window.look_at(int(cells.cell_id[row]))
    page = window.show("Study")
    (panel,) = page.field.findChildren(CorrectPanel)
    panel.open_button.click()
    panel.tools["redraw"].click()
    window.rest(0.5)
    page.ensureWidgetVisible(panel)
    box = (getattr(cells, n)[row] for n in ("left", "top", "width", "height"))
    left, top, width, height = (float(side) for side in box)
    angle = np.linspace(-1, 4.4, 44)
    path = np.stack([np.sin(angle) * height, np.cos(angle) * width], axis=1) * 0.55
    path += (top + height / 2, left + width / 2)
    canvas = window.viewer.window._qt_viewer.canvas.native
    places = [window.on_canvas(*place) for place in path]
    window.mouse(canvas, "press", places[0])
    for place in places[1:]:
        window.mouse(canvas, "drag", place)
        window.rest(0.02)
    window.rest(0.5)
    window.save(out / "correct-cells.png")
    window.mouse(canvas, "release", places[-1])


# -- parts -------------------------------------------------------------------------


def unlabelled_white(window: Window) -> list[int]:
    """White cells that are predicted."""
    roster = window.session.roster
    wanted = (roster.cells.kind == 0) & (roster.label < 0)
    return roster.cells.cell_id[wanted].tolist()


def by_chance(window: Window) -> list[int]:
    """Unlabelled cells, the least sure first."""
    roster = window.session.roster
    rows = np.flatnonzero((roster.label < 0) & np.isfinite(roster.chance))
    return roster.cells.cell_id[rows[np.argsort(roster.chance[rows])]].tolist()


def least_sure(window: Window) -> None:
    """Sort the gallery."""
    window.page("Cells").sort_chosen.emit("chance", "", "")
    window.settle()


def colour_by(window: Window, word: str) -> None:
    """Colour the map by the first choice with this word in it."""
    colours = window.page("Map").toolbar.colours
    at = next(
        i
        for i in range(colours.count())
        if colours.itemData(i) and word in colours.itemText(i).casefold()
    )  # headings have no data
    window.page("Map").colour_wished.emit(colours.itemData(at))
    colours.setCurrentIndex(at)
    window.rest(1)


def draw_lasso(window: Window, cell_ids: list[int]) -> list[int]:
    """With the mouse on the map; returns what came in hand."""
    surface = window.page("Map").canvas.surface
    outline = window.outline_round(cell_ids)
    window.mouse(surface, "press", tuple(outline[0]))
    for place in outline[1:]:
        window.mouse(surface, "drag", tuple(place))
    window.mouse(surface, "release", tuple(outline[-1]))
    window.settle()
    return window.session.selection.ids.tolist()


def together(window: Window, cell_ids: np.ndarray) -> list[int]:
    """Those of the cells that lie near most of the others on the map."""
    roster, canvas = window.session.roster, window.page("Map").canvas
    places = np.array([canvas.place_of(roster.row_of(int(i))) for i in cell_ids])
    far = np.hypot(*(places - np.median(places, axis=0)).T)
    return cell_ids[far <= np.quantile(far, 0.8)].tolist()


def first_of_each(window: Window, drawn: Path, most: int = 400) -> dict[int, str]:
    """What was drawn in the first fields of a study of repeated ones."""
    said = drawn_classes(window.session.desk.study, drawn)
    return dict(sorted(said.items())[:most])


def main() -> None:
    """Take them all, or some."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("samples", "drawn", "smears", "cells", "classes", "many"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    home = Path(tempfile.mkdtemp())
    foreign_home()
    if chosen.samples is None:
        chosen.samples, chosen.drawn = sample_study(home)

    def copied(folder: Path, name: str) -> Path:
        return copy_of(folder, home / name)

    takes: dict[str, Callable[[Window], None]] = {
        "samples": lambda w: samples(
            w, copied(chosen.samples, "1"), chosen.drawn, chosen.out
        ),
        "large": lambda w: large(
            w, copied(chosen.samples, "2"), chosen.drawn, chosen.out
        ),
        "corrections": lambda w: corrections(
            w, copied(chosen.samples, "6"), chosen.out
        ),
        "many": lambda w: many(w, repeated(chosen, home), chosen.drawn, chosen.out),
    }
    if chosen.smears is not None:
        takes["real"] = lambda w: real(w, copied(chosen.smears, "3"), chosen.out)
    if chosen.cells is not None:
        takes["single"] = lambda w: single(
            w, copied(chosen.cells, "4"), chosen.classes, chosen.out
        )
    wanted = [name for name in takes if not chosen.only or name in chosen.only]
    if len(wanted) > 1:
        for name in wanted:
            _alone(name, chosen)
        return
    if wanted == ["large"]:
        os.environ["QT_SCALE_FACTOR"] = "2"
    window = Window()
    takes[wanted[0]](window)
    window.close()


def _alone(name: str, chosen: argparse.Namespace) -> None:
    """In a process of its own: a second window would remember the first one."""
    words = ["--only", name, "--out", str(chosen.out)]
    for option in ("samples", "drawn", "smears", "cells", "classes", "many"):
        if getattr(chosen, option) is not None:
            words += [f"--{option}", str(getattr(chosen, option))]
    subprocess.run([sys.executable, __file__, *words], check=True)


def repeated(chosen: argparse.Namespace, home: Path) -> Path:
    """The study of 100,000 cells."""
    if chosen.many is not None:
        return copy_of(chosen.many, home / "5")
    return many_cells(chosen.samples, home / "100000-sample-cells.study")


if __name__ == "__main__":
    main()
