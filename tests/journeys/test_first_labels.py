"""docs/first-labels.md, followed step by step by somebody at the real window."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "first-labels.md"
if not PAGE.is_file():
    pytest.skip("the documentation is not beside the tests", allow_module_level=True)

# what napari 0.9 says about PyQt5 and about itself, not about us
pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

LONG_MS = 240_000
KEYS = {
    "segmented neutrophil": "6",
    "band neutrophil": "5",
    "eosinophil": "e",
    "basophil": "b",
    "lymphocyte": "l",
    "monocyte": "m",
    "blast": "1",
}


class Reader:
    """Follows the page; what one step leaves, the next one finds.

    Parameters
    ----------
    sit_down
        Opens the window.
    on_disk, truth
        What a second program reads in the study, and what was drawn.
    """

    def __init__(self, sit_down: Any, on_disk: Any, truth: Any) -> None:
        self._sit_down, self._on_disk, self._truth = sit_down, on_disk, truth
        self.person: Any = None
        self.folder = Path()
        self.said: dict[int, str] = {}
        self.left_at = -1

    # -- what is checked again and again -------------------------------------------

    def check_disk(self) -> None:
        """What the study says stands on the disk, now and not a moment later."""
        assert self._on_disk(self.folder) == self.person.study.labels.labels()

    def unlabelled(self, name: str = "") -> list[int]:
        labels = self.person.study.labels
        return [
            cell_id
            for cell_id, said in self.said.items()
            if labels.label_of(cell_id) is None and name in ("", said)
        ]

    def turn_to(self, cell_id: int) -> None:
        """Page on until the cell's field lies on the canvas."""
        person, field = self.person, self.person.session.field
        ways = [","] * len(person.study.pictures) + ["."] * len(person.study.pictures)
        for way in ways:
            before, scene = (field.state.slide, field.state.page), field.marks.scene
            if cell_id in person.on_smear():
                person.viewer.reset_view()  # napari's house: the whole field is seen
                return
            person.key(way, on=person.smear)
            if (field.state.slide, field.state.page) != before:
                person.wait(lambda scene=scene: field.marks.scene is not scene)
        raise AssertionError(f"cell {cell_id} is on no field")

    def say_what_belongs_to_no_class(self) -> None:
        """The keys of the table in step 7, in its order."""
        from qtpy.QtCore import Qt

        keys = re.findall(
            r"`([^`]+)`", "".join(re.findall(r"^\|([^|]*)\|", steps()["7"], re.M))
        )
        words = "Space u x Backspace Del n p Ctrl+Z Ctrl+Y Shift+Space Esc"
        assert keys == words.split()
        person = self.person
        person.wait_for_learning()
        first = self.unlabelled()[0]
        person.click_in_gallery(first)
        # features that arrived last are learned a moment later
        person.wait(lambda: person.prediction_of(first), LONG_MS)
        predicted = person.prediction_of(first)
        person.key(Qt.Key.Key_Space)
        record = person.study.labels.standing(first)
        assert (record.class_name, record.source) == (predicted, "accepted prediction")
        person.take_back()
        person.click_in_gallery(first)
        person.key("u")
        assert person.study.labels.is_unsure(first)
        (second,) = person.in_hand
        person.key("x")
        assert person.label_of(second) == "artefact"
        person.key("p")
        person.click_in_gallery(second)
        person.key(Qt.Key.Key_Backspace)
        assert person.label_of(second) is None
        (here,) = person.in_hand
        person.key("n")
        (after,) = person.in_hand
        assert after != here
        person.key("p")
        assert person.in_hand == [here]
        person.take_back()
        assert person.label_of(second) == "artefact"
        person.key(Qt.Key.Key_Y, modifier=person.control)
        assert person.label_of(second) is None
        person.take_back()
        assert person.label_of(second) == "artefact"
        person.key(Qt.Key.Key_Delete)
        assert person.label_of(second) is None
        for is_large in (True, False):
            person.key(Qt.Key.Key_Space, modifier=Qt.KeyboardModifier.ShiftModifier)
            assert person.gallery.is_enlarged == is_large
        person.key(Qt.Key.Key_Escape)
        assert person.in_hand == []
        self.check_disk()

    # -- the steps -------------------------------------------------------------------

    def open_the_viewer(self) -> None:
        self.person = person = self._sit_down()
        tabs = person.dock.pages.tabs
        titles = [tabs.tabText(i) for i in range(tabs.count())]
        assert titles == bold("1", r"pages (.*?)\. Above")
        assert person.header.isVisible()
        assert "No study open" in person.header._name.text()
        assert "No cells in hand" in person.bar.summary.text()

    def make_a_study_of_the_sample_smears(self) -> None:
        person = self.person
        person.click(person.button("Study", *italic("2")))
        person.wait_for_run()
        self.folder = person.session.desk.folder
        assert self.folder.is_dir()
        pictures = [p.path for p in person.study.pictures.values()]
        assert len(pictures) == 4
        assert not any(self.folder in path.parents for path in pictures)
        person.wait(lambda: person.session.layers.image is not None)
        assert person.session.field.state.caption.startswith("field 1 of")
        assert person.session.field.state.slide == next(iter(person.study.slides))

    def find_and_describe_the_cells(self) -> None:
        person = self.person
        person.click(person.button("Study", italic("3")[0]))
        run = person.page("Study").run
        assert run.cancel_button.isVisible()
        assert run.cancel_button.text() == italic("3")[1]
        person.wait(lambda: len(person.study.findings) == 1, LONG_MS)
        person.wait(lambda: person.session.layers.overlay.data.any())
        person.wait_for_run()
        assert run.status.text() == "Done."
        assert person.study.names_of("features") == ["morphology"]
        assert person.study.names_of("projection") == ["umap"]
        self.said = self._truth(person.study, self.folder.parent / "smears")
        assert len(self.said) > 12

    def look_at_the_map(self) -> None:
        person = self.person
        page = person.go("Map")
        every = person.roster.cells.cell_id.tolist()
        person.wait(lambda: page.kinds.buttons)
        names = {b.accessibleName(): b for b in page.kinds.buttons.values()}
        assert names["White cells"].isChecked()
        assert names.keys() - {"White cells", "Other cells"} <= set(italic("4"))
        assert page.kinds.draw_button.text() in italic("4")
        red = person.rows(person.cells_of("rbc")).tolist()
        assert all(person.map.place_of(row) is None for row in red)
        person.click(names["All"])
        person.wait(lambda: person.map.place_of(len(every) - 1) is not None)
        cell_id = next(i for i in reversed(every) if i not in person.on_smear())

        def follows_the_dot() -> bool:
            person.point_on_map(cell_id)  # the map grows as the note below goes
            return page.popup.isVisible() and str(cell_id) in page.popup.text

        person.wait(follows_the_dot)
        person.click_on_map(cell_id)
        assert person.session.selection.current == cell_id
        person.wait(lambda: cell_id in person.on_smear())
        colours = page.toolbar.colours
        offered = [colours.itemText(i).casefold() for i in range(colours.count())]
        for wanted in ("kind", "slide", "patient", "scanner", "diameter"):
            assert any(wanted in text for text in offered), wanted

    def choose_the_classes(self) -> None:
        person = self.person
        person.go("Label")
        first, *others = italic("5")
        for title in others:
            assert person.button("Label", title).isVisible()
        person.click(person.button("Label", first))
        classes = person.study.taxonomy.classes
        assert len({c.colour for c in classes}) == len(classes)
        for name, key in KEYS.items():
            assert person.study.taxonomy.get(name).key == key

    def label_one_cell_by_its_key(self) -> None:
        person = self.person
        cell_id = self.unlabelled("lymphocyte")[0]
        self.turn_to(cell_id)
        person.click_on_smear(cell_id)
        assert person.in_hand == [cell_id]
        assert len(person.session.layers.marks.layer.data)
        assert person.map._current == person.roster.row_of(cell_id)
        assert code("6")[0] == "l"
        person.key("l")
        assert person.label_of(cell_id) == "lymphocyte"
        self.check_disk()
        person.key("?")
        (sheet,) = person.windows_called("Keys")
        person.key("?")
        assert not sheet.isVisible()
        person.take_back(on=person.smear)
        assert person.in_hand == [cell_id]
        person.click_on_smear(cell_id)
        person.go("Cells")
        person.wait_for_card_of(cell_id)
        person.key("l", on=person.smear)
        assert person.label_of(cell_id) == "lymphocyte"
        person.take_back(on=person.smear)
        person.key("l", on=person.smear)
        assert person.label_of(cell_id) == "lymphocyte"

    def label_and_go_on(self) -> None:
        person = self.person
        person.go("Cells")
        person.click_in_gallery(self.unlabelled()[0])
        gone: list[int] = []
        for _ in range(8):
            (cell_id,) = person.in_hand
            assert cell_id not in gone, "the next cell had come in hand before"
            gone.append(cell_id)
            name = self.said.get(cell_id, "")
            person.key(KEYS.get(name, "x"))
            assert person.label_of(cell_id) == (name if name in KEYS else "artefact")
            self.check_disk()
        self.say_what_belongs_to_no_class()

    def watch_the_predictions(self) -> None:
        person = self.person
        assert len({person.label_of(i) for i in person.study.labels.labels()}) > 1
        person.wait_for_learning()
        others = self.unlabelled()
        person.wait(lambda: all(person.prediction_of(i) for i in others), LONG_MS)
        assert all(person.label_of(i) is None for i in others)
        before = person.roster.chance.copy()
        # one label need not be among the nearest of any other cell; blasts come later
        for cell_id in sorted(others, key=lambda i: self.said[i] == "blast"):
            person.click_in_gallery(cell_id)
            person.key(KEYS[self.said[cell_id]])
            person.wait_for_learning()
            now = person.roster.chance
            follow = ~np.isclose(before, now, equal_nan=True)
            follow[person.rows([cell_id])] = False
            if follow.any():
                break
        assert follow.any()
        bar = person.page("Cells").bar
        person.choose(bar.sort_button, italic("8")[0])
        assert bar.sort_button.whole_text == "Least sure first"
        shown = person.gallery_order()
        chances = person.roster.chance[person.rows(shown)]
        assert (np.diff(chances[np.isfinite(chances)]) >= 0).all()
        person.click_in_gallery(shown[0])
        person.key(KEYS.get(self.said.get(shown[0], ""), "x"))
        assert person.label_of(shown[0])

    def many_cells_at_once(self) -> None:
        person = self.person
        group = self.unlabelled("blast")
        assert len(group) > 1
        person.go("Map")
        person.lasso(group)
        taken = person.in_hand
        assert set(group) <= set(taken)
        person.go("Cells")
        odd = taken[0]
        person.click_in_gallery(odd, person.control)
        assert person.in_hand == taken[1:]
        before = dict(person.study.labels.labels())
        person.key("1")
        assert all(person.label_of(i) == "blast" for i in taken[1:])
        self.check_disk()
        person.take_back()
        assert dict(person.study.labels.labels()) == before
        self.check_disk()

    def ask_the_card_why(self) -> None:
        person = self.person
        person.wait_for_learning()
        cell_id = self.unlabelled()[0]
        person.click_in_gallery(cell_id)
        card = person.card
        person.wait_for_card_of(cell_id)
        said = card.standing.predicted.whole_text
        assert said == person.prediction_of(cell_id)
        person.wait(lambda: card.neighbours.buttons)
        for button in card.neighbours.buttons:
            assert person.label_of(button.cell.cell_id) == button.cell.class_name
        person.wait(lambda: card.features.filter.rowCount() > 3)
        first = card.neighbours.buttons[0]
        card.neighbours.buttons[0].click()
        person.wait_for_card_of(first.cell.cell_id)
        assert person.session.selection.current == first.cell.cell_id

    def see_how_far_to_trust_it(self) -> None:
        person = self.person
        person.go("Label")
        score = person.score
        person.wait(lambda: score.headline.text() or "label" in score.rests_on.text())
        assert "Balanced accuracy" in score.headline.text()
        assert "It rests on few labels" in score.rests_on.text()
        assert "2 patients" in score.rests_on.text()

    def take_it_back_close_come_back_tomorrow(self) -> None:
        person = self.person
        person.go("Cells")
        last = person.study.labels.labels()
        person.take_back(on=person.gallery)
        left = dict(person.study.labels.labels())
        assert len(left) == len(last) - 1
        person.go("Label")
        person.choose(person.study_button, "Close study")
        assert person.study is None
        person.viewer.close()
        person.wait(lambda: person.session.is_closed)

        self.person = person = self._sit_down()
        assert person.dock.pages.current == "Label"
        person.go("Study")
        person.click(person.button("Study", self.folder.stem))
        person.wait(lambda: person.session.layers.image is not None)
        assert dict(person.study.labels.labels()) == left
        person.go("Cells")
        person.take_back(on=person.gallery)
        assert len(person.study.labels.labels()) == len(left) - 1
        self.check_disk()


def steps() -> dict[str, str]:
    """Number to text of each numbered section, its heading first."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^## (\d+)\. (.*?)(?=^## |\Z)", text, re.M | re.S)
    return dict(found)


def method_of(section: str) -> str:
    """The function that follows a section: its heading in lower case."""
    heading = section.partition("\n")[0]
    return re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")


def italic(number: str) -> list[str]:
    """What a section names in italics: words that stand on the screen."""
    return re.findall(r"(?<!\*)\*([^*\n]+?)\*(?!\*)", steps()[number])


def code(number: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", steps()[number])


def bold(number: str, where: str) -> list[str]:
    flat = " ".join(steps()[number].split())
    return re.findall(r"\*\*(.+?)\*\*", re.search(where, flat).group(1))


@pytest.fixture(autouse=True)
def foreign_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent studies and samples go where the test may write."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two slides of two fields instead of eight: the page is no test of speed."""
    from napari_dinobloom.gui import samples

    monkeypatch.setattr(samples, "LABORATORIES", 1)


def test_every_step_of_the_page_is_followed_here():
    wanted = [method_of(section) for section in steps().values()]
    assert list(steps()) == [str(n) for n in range(1, len(wanted) + 1)]
    names = list(vars(Reader))
    followed = names[names.index("open_the_viewer") :]
    assert [n for n in followed if not n.startswith("__")] == wanted


def test_the_first_labels_are_given_as_the_page_says(
    sit_down, on_disk, truth, few_samples
):
    reader = Reader(sit_down, on_disk, truth)
    for number, section in steps().items():
        follow: Callable[[], None] = getattr(reader, method_of(section))
        try:
            follow()
        except Exception as error:
            error.add_note(f"in step {number} of {PAGE.name}: {method_of(section)}")
            raise
