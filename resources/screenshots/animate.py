"""Films the labelling loop in the real window: lasso, key, prediction, card, undo.

    python resources/screenshots/animate.py [--study STUDY --smears FOLDER] [--out GIF]

Needs a display (``xvfb-run -a -s "-screen 0 1920x1080x24" python …``). Without a study
smears are drawn and their white cells are found first, which takes some minutes.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sources import copy_of, drawn_classes, say, white_cell_study
from window import Window, foreign_home

HERE = Path(__file__).parent
MAIN, SIDE, HIGH, STRIP, GAP = 850, 404, 640, 46, 4
GROUND, INK, QUIET, ACCENT = "#17181c", "#f4f4f5", "#a5a8b0", "#ffd54a"
STORY = (
    ("lymphocyte", "L", "Draw round cells on the map"),
    ("segmented neutrophil", "6", "Another class, another key"),
    ("blast", "1", "Each label teaches the classifier"),
)
LASSOED, FAR = (8, 14, 20), 14
FIRST_STAIN = "lilac"
"""The stain of the field that is shown first."""
ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (13, 12))


class Film:
    """Frames of the window and of the page Cells beside it, with a line of text."""

    def __init__(self, window: Window, cells: Any) -> None:
        self.window, self.cells = window, cells
        self.frames: list[Image.Image] = []
        self.spans: list[int] = []
        self.text, self.keycap = "", ""
        self.pointer: tuple[float, float] | None = None
        self._font = ImageFont.load_default(size=19)

    def shoot(self, ms: int) -> None:
        """One frame; the last one lasts longer where nothing differs."""
        frame = self._compose()
        if self.frames and np.array_equal(frame, self.frames[-1]):
            self.spans[-1] += ms
            return
        self.frames.append(frame)
        self.spans.append(ms)

    def watch(self, seconds: float, every_ms: int = 150) -> None:
        """Frames while the window works."""
        for _ in range(max(1, round(1000 * seconds / every_ms))):
            self.window.rest(every_ms / 1000)
            self.shoot(every_ms)

    def point_at(self, widget: Any, at: tuple[float, float], steps: int = 5) -> None:
        """Move the drawn pointer to a place of a widget."""
        from qtpy.QtCore import QPoint

        top = widget.window()
        place = widget.mapTo(top, QPoint(round(at[0]), round(at[1])))
        left = MAIN + GAP if top is self.cells else 0
        to = np.array([place.x() + left, place.y()], float)
        start = np.array(self.pointer if self.pointer is not None else to)
        for share in np.linspace(0, 1, steps + 1)[1:]:
            self.pointer = tuple(start + (to - start) * share)
            if steps > 1:
                self.shoot(70)

    def save(self, path: Path) -> None:
        """Write the film with one palette, so that what stands still costs nothing."""
        palette = common_palette(self.frames[:: max(1, len(self.frames) // 14)])
        none = Image.Dither.NONE
        indexed = [f.quantize(palette=palette, dither=none) for f in self.frames]
        indexed[0].save(
            path, save_all=True, append_images=indexed[1:], duration=self.spans,
            loop=0, optimize=False, disposal=1,
        )  # fmt: skip
        seconds, mb = sum(self.spans) / 1000, path.stat().st_size / 1e6
        print(f"{path.name}: {len(indexed)} frames, {seconds:.0f} s, {mb:.1f} MB")  # noqa: T201

    def _compose(self) -> Image.Image:
        whole = Image.new("RGB", (MAIN + GAP + SIDE, HIGH + STRIP), GROUND)
        whole.paste(self.window.grab().crop((0, 0, MAIN, HIGH)), (0, 0))
        side = self.window.grab(self.cells).crop((0, 0, SIDE, HIGH))
        whole.paste(side, (MAIN + GAP, 0))
        draw = ImageDraw.Draw(whole)
        middle = HIGH + STRIP // 2
        left = 16.0
        if self.keycap:
            wide = max(32, 16 + draw.textlength(self.keycap, self._font))
            box = (left, middle - 15, left + wide, middle + 15)
            draw.rounded_rectangle(box, 6, fill=ACCENT)
            at = (left + wide / 2, middle)
            draw.text(at, self.keycap, "#000000", self._font, anchor="mm")
            left += wide + 12
        draw.text((left, middle), self.text, INK, self._font, anchor="lm")
        if self.pointer is not None:
            x, y = self.pointer
            tip = [(x + dx, y + dy) for dx, dy in ARROW]
            draw.polygon(tip, fill="white", outline="black")
        return whole


def play(film: Film, said: dict[int, str]) -> None:
    """The story."""
    window = film.window
    film.text = "Every dot is a white cell; cells that look alike lie together"
    film.watch(1.5)
    for name, key, text in STORY:
        film.text = text
        lasso(film, group_of(window, said, name))
        film.text = "In hand everywhere: map, smear and gallery"
        film.watch(0.9)
        put_odd_ones_away(film, said, name)
        film.keycap, film.text = (
            key,
            f"{name}: {len(window.session.selection.ids)} cells",
        )
        window.key(key.lower())
        film.watch(0.9)
        window.session.selection.clear()
        film.text += ". Predictions follow at once"
        film.watch(0.9)
        film.keycap = ""
    ask_the_card(film)
    film.keycap, film.text = (
        "Ctrl+Z",
        "Take back the last step, and all that came of it",
    )
    window.session.labeller.undo()
    film.watch(2.4)
    film.keycap = ""


def put_odd_ones_away(film: Film, said: dict[int, str], name: str) -> None:
    """What a person would not call so, and would click with Ctrl held."""
    selection, page = film.window.session.selection, film.window.page("Cells")
    odd = [i for i in selection.ids.tolist() if said.get(i) != name]
    if not odd:
        return
    at = page.cells._shown.order.index_of(odd[0])
    page.cells.reveal(at)
    film.window.rest(0.2)
    place = page.cells.tile_rect(at).center()
    film.text = "Ctrl and click puts an odd one away"
    film.point_at(page.cells.viewport(), (place.x(), place.y()), steps=3)
    selection.take(np.array(odd), combine="remove")
    selection.look_at(int(selection.ids[0]))
    film.watch(0.9)


def ask_the_card(film: Film) -> None:
    """Open the gallery's least sure cell."""
    window, page = film.window, film.window.page("Cells")
    film.text = "Least sure first: look where the classifier doubts"
    page.flag_chosen.emit("hand", False)
    page.sort_chosen.emit("chance", "", "")
    film.watch(1.5)
    at = page.cells.tile_rect(1).center()
    viewport = page.cells.viewport()
    film.point_at(viewport, (at.x(), at.y()))
    for kind in ("press", "release"):
        window.mouse(viewport, kind, (at.x(), at.y()))
    film.text = "The cell's card: what it is, and why it is taken for that"
    window.session.field.go_to(int(window.session.selection.ids[0]))
    film.watch(1.2)
    bar = page.splitter.widget(1).area.verticalScrollBar()
    for value in np.linspace(0, 1, 9)[1:]:
        bar.setValue(round(value * min(bar.maximum(), 300)))
        film.watch(0.1, 100)
    film.watch(1.4)


def lasso(film: Film, cell_ids: list[int]) -> None:
    """Draw round dots of the map with the left button held."""
    window, surface = film.window, film.window.page("Map").canvas.surface
    outline = smooth(window.outline_round(cell_ids, far=FAR))
    film.point_at(surface, tuple(outline[0]))
    window.mouse(surface, "press", tuple(outline[0]))
    for number, place in enumerate(outline[1:]):
        window.mouse(surface, "drag", tuple(place))
        if number % 5 == 4:
            window.rest(0.02)
            film.point_at(surface, tuple(place), steps=1)
            film.shoot(90)
    window.mouse(surface, "release", tuple(outline[-1]))
    window.rest(0.3)
    page = window.page("Cells")
    page.flag_chosen.emit("hand", True)
    page.again_wished.emit()
    window.rest(0.5)


def common_palette(frames: list[Image.Image]) -> Image.Image:
    """A palette in which small things in rare colours count for more than their share.

    Else smears, which fill the picture, leave no colours for dots and legends.
    """
    pixels = np.concatenate([np.asarray(f).reshape(-1, 3) >> 2 for f in frames])
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    times = np.maximum(1, np.sqrt(counts) / 4).astype(int)
    stretched = np.repeat((colours << 2) + 2, times, axis=0).astype(np.uint8)
    wide = 512
    rows = len(stretched) // wide
    picture = Image.fromarray(stretched[: rows * wide].reshape(rows, wide, 3))
    return picture.quantize(255, method=Image.Quantize.MEDIANCUT, kmeans=2)


def smooth(outline: np.ndarray, n: int = 60) -> np.ndarray:
    """(n, 2) places along an outline, evenly spaced."""
    far = np.hypot(*np.diff(outline, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(far)])
    at = np.linspace(0, along[-1], n)
    return np.stack([np.interp(at, along, outline[:, k]) for k in (0, 1)], axis=1)


def group_of(window: Window, said: dict[int, str], name: str) -> list[int]:
    """Cells of a class that lie together on the map, with no other class among them."""
    from napari_dinobloom.gui.presenters.map.lasso import inside

    roster, canvas = window.session.roster, window.page("Map").canvas
    ids = np.array(sorted(said))
    places = np.array([canvas.place_of(roster.row_of(int(i))) for i in ids])
    names = np.array([said[int(i)] for i in ids])
    slides = roster.study.slide_names_of(roster.cells)[roster.rows_of(ids)]
    stained = np.array([str(slide).startswith(FIRST_STAIN) for slide in slides])
    wanted = names == name
    if name == STORY[0][0] and (wanted & stained).any():
        wanted &= stained
    best, chosen = (-1.0, 0), [int(i) for i in ids[:1]]
    for seed in np.flatnonzero(wanted):
        order = np.argsort(np.hypot(*(places - places[seed]).T))
        for n in LASSOED:
            near = [int(ids[i]) for i in order[:n]]
            taken = inside(window.outline_round(near, FAR), *places.T)
            pure = float((names[taken] == name).mean())
            if (pure, len(taken)) > best:
                best, chosen = (pure, len(taken)), near
    return chosen


def main() -> None:
    """Film it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path)
    parser.add_argument("--smears", type=Path)
    parser.add_argument("--out", type=Path, default=HERE / "labelling.gif")
    chosen = parser.parse_args()
    home = Path(tempfile.mkdtemp())
    foreign_home()
    if chosen.study is None:
        folder, smears = white_cell_study(home)
    else:
        folder, smears = copy_of(chosen.study, home, "smears.study"), chosen.smears
    window = Window("dark", MAIN, HIGH)
    for dock in ("dockLayerControls", "dockLayerList"):
        getattr(window.viewer.window._qt_viewer, dock).hide()
    window.open(folder)
    study = window.session.desk.study
    said = drawn_classes(study, smears)
    say(study, {}, "blood")
    window.show("Map")
    cells = window.alone("Cells", SIDE, HIGH)
    window.page("Cells").cells.set_wished_px(84)
    window.window.resize(MAIN, HIGH)
    window.dock_width(432)
    first = group_of(window, said, STORY[0][0])
    wanted = [i for i in first if said.get(i) == STORY[0][0]]
    window.session.field.go_to(_in_best_field(study, wanted))
    window.settle()
    window.viewer.reset_view()
    film = Film(window, cells)
    play(film, said)
    film.save(chosen.out)
    window.close()


def _in_best_field(study: Any, cell_ids: list[int]) -> int:
    """A cell of the picture that holds most of these."""
    cells = study.cells
    rows = cells.rows_of(np.array(cell_ids, np.int64))
    pictures = cells.picture_id[rows]
    most = np.bincount(pictures).argmax()
    return int(cells.cell_id[rows[pictures == most][0]])


if __name__ == "__main__":
    main()
