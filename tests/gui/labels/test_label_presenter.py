"""The Label page without a window: stages, counts, the scheme and its editing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.labels.counts import tabulate
from napari_dinobloom.gui.presenters.labels.labeller import Labeller
from napari_dinobloom.gui.presenters.labels.presenter import LabelPresenter
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.study import CELL_KINDS, Selection, SetTaxonomy
from napari_dinobloom.study.presets import preset
from napari_dinobloom.workflows.label_cells import label_cells


class FakeView:
    class_wished = Signal(str)
    key_wished = Signal(str)
    undo_wished = Signal()
    redo_wished = Signal()
    going_on_wished = Signal(bool, bool)
    scheme_wished = Signal(object)
    class_added = Signal(str)
    class_changed = Signal(str, str, object)
    class_removed = Signal(str)
    take_wished = Signal(str, bool)
    table_wished = Signal(str, str)

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.said: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.answer = True

    def show_stage(self, stage):
        self.stage = stage

    def show_hand(self, title, about, portrait, single):
        self.hand = (title, about)
        self.portrait = portrait

    def mark_classes(self, labelled, predicted):
        self.marks = (labelled, predicted)

    def show_scheme(self, name):
        self.scheme = name

    def show_classes(self, classes):
        self.classes = {c.name: (c.labelled, c.predicted) for c in classes}

    def show_table(self, table):
        self.table = table

    def show_history(self, undo, redo):
        self.history = (undo, redo)

    def show_going_on(self, advance, skip_labelled):
        self.going_on = (advance, skip_labelled)

    def say(self, text):
        self.said.append(text)

    def agrees(self, title, words):
        self.asked.append((title, words))
        return self.answer

    def show_problem(self, what, remedy):
        self.problems.append(what)


def at_once(call: Callable[[], None]) -> Callable[[], None]:
    return call


class Bench:
    """The presenter with a fake view, before anything is open."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.selection, self.view = desk, Selection(), FakeView()
        self.roster = Roster(desk, later=at_once)
        self.labeller = Labeller(desk, self.selection, self.roster)
        self.pictures: dict[int, np.ndarray] = {}
        self.presenter = LabelPresenter(
            desk,
            self.selection,
            self.roster,
            self.labeller,
            self.view,
            portrait=lambda cell_id, side: self.pictures.get(cell_id),
            later=at_once,
        )

    def open(self):
        return self.desk.open(Path("x.study"))


@pytest.fixture
def bench(make_study, desk_with) -> Bench:
    """Two slides with two white cells and one red cell each; not opened yet."""
    study = make_study(slides=2, kinds=("wbc", "wbc", "rbc"), write=False)
    return Bench(desk_with(study, is_open=False))


@pytest.fixture
def labelled(bench) -> Bench:
    """With the classes of blood, two lymphocytes, one monocyte, one prediction."""
    study = bench.open()
    bench.view.scheme_wished.emit(preset("blood").taxonomy)
    for cell_id, name in ((1, "lymphocyte"), (2, "lymphocyte"), (4, "monocyte")):
        bench.selection.take([cell_id])
        bench.view.class_wished.emit(name)
    names = list(bench.roster.class_names)
    rows = bench.roster.rows_of(np.array([1, 5]))
    codes = np.full(2, names.index("monocyte"))
    bench.roster.set_predictions(rows, codes, np.array([0.6, 0.75], np.float32), 2, 3)
    assert len(study.labels) == 3
    return bench


def test_the_page_says_what_comes_first(bench, make_study, desk_with):
    assert bench.view.stage == "no study"
    bench.open()
    assert bench.view.stage == "no scheme"
    bench.view.scheme_wished.emit(preset("marrow").taxonomy)
    assert (bench.view.stage, bench.view.scheme) == ("ready", "bone marrow")
    bench.labeller.undo()
    assert bench.view.stage == "no scheme", "a scheme is taken back like a label"
    bench.desk.close()
    assert bench.view.stage == "no study"
    empty = Bench(desk_with(make_study(kinds=(), write=False), is_open=False))
    empty.open()
    assert empty.view.stage == "no cells"


def test_counts_follow_labels_and_predictions(labelled):
    view = labelled.view
    assert view.classes["lymphocyte"] == (2, 0)
    assert view.classes["monocyte"] == (1, 1), "a labelled cell is not predicted too"
    labelled.labeller.undo()
    assert view.classes["monocyte"] == (0, 1)


def test_what_is_in_hand_is_said(labelled):
    labelled.selection.take([1, 2, 3])
    assert labelled.view.hand == ("3 cells in hand", "2 labelled")
    labelled.view.key_wished.emit("u")
    assert labelled.view.hand[1] == "2 labelled, 3 unsure"
    labelled.pictures[5] = np.ones((4, 4, 3), np.uint8)
    labelled.selection.take([5])
    title, about = labelled.view.hand
    assert (title, about) == (
        "1 cell in hand",
        "no label · predicted monocyte: 2 of 3 nearest labelled cells",
    )
    assert labelled.view.portrait is not None
    assert labelled.view.marks == (None, "monocyte")
    labelled.selection.clear()
    labelled.selection.look_at(1)
    assert labelled.view.hand[0] == "The cell looked at"
    labelled.selection.look_at(None)
    assert labelled.view.hand[0] == "No cells in hand"


def test_a_picture_that_arrives_later_is_shown(labelled):
    labelled.selection.take([5])
    assert labelled.view.portrait is None
    labelled.pictures[5] = np.ones((4, 4, 3), np.uint8)
    labelled.presenter.portrait_arrived(frozenset({1}))
    assert labelled.view.portrait is None
    labelled.presenter.portrait_arrived(frozenset({5}))
    assert labelled.view.portrait is not None


def test_the_table_counts_per_slide_and_of_the_study(labelled):
    labelled.view.table_wished.emit("slide", "labelled")
    table = labelled.view.table
    assert table.headings == ("Slide", "All", "lymphocyte", "monocyte")
    assert table.rows == (("slide 0", 2, 2, 0), ("slide 1", 1, 0, 1))
    labelled.view.table_wished.emit("study", "both")
    rows = {row[0]: row[1:] for row in labelled.view.table.rows}
    assert rows == {
        "lymphocyte": (2, 50.0),
        "monocyte": (2, 50.0),
        "All": (4, 100.0),
    }
    labelled.view.table_wished.emit("patient", "labelled")
    assert labelled.view.table.rows == (("patient not known", 3, 2, 1),)


def test_shares_are_those_of_white_cells_where_red_cells_are_counted_too(labelled):
    roster = labelled.roster
    alone = tabulate(roster, "study", "labelled").rows
    assert [row[0] for row in alone] == ["lymphocyte", "monocyte", "All"]
    red = roster.cells.kind == CELL_KINDS.index("rbc")
    assert red.any()
    extended = labelled.desk.study.taxonomy.extended(["normocyte"])
    labelled.desk.study.apply(SetTaxonomy(extended))
    label_cells(labelled.desk.study, roster.cells.cell_id[red], "normocyte")
    rows = tabulate(roster, "study", "labelled").rows
    assert rows[:3] == (*alone[:2], ("White cells", *alone[2][1:]))
    assert rows[3:] == (
        ("normocyte", int(red.sum()), 100.0),
        ("Other cells", int(red.sum()), 100.0),
    )


def test_a_copied_table_quotes_names_with_commas(labelled):
    labelled.view.class_changed.emit("monocyte", "name", "monocyte, old")
    table = tabulate(labelled.roster, "slide", "labelled")
    assert table.as_csv().splitlines() == [
        'Slide,All,lymphocyte,"monocyte, old"',
        "slide 0,2,2,0",
        "slide 1,1,0,1",
    ]


def test_undo_and_redo_say_what_they_would_do(labelled):
    assert labelled.view.history == ("label 1 cell monocyte", "")
    labelled.view.undo_wished.emit()
    assert labelled.view.history[1] == "label 1 cell monocyte"
    labelled.view.redo_wished.emit()
    assert labelled.view.history[1] == ""


def test_another_scheme_keeps_the_classes_that_labels_name(labelled):
    labelled.view.scheme_wished.emit(preset("red-cells").taxonomy)
    study = labelled.desk.study
    names = study.taxonomy.names()
    assert names[-3:] == ["lymphocyte", "monocyte", "artefact"]
    assert (
        "Kept, because labels name them: lymphocyte, monocyte" in labelled.view.said[-1]
    )
    assert study.labels.labels() == {1: "lymphocyte", 2: "lymphocyte", 4: "monocyte"}
    study.taxonomy.require_sound()  # the m is the microcyte's now
    assert study.taxonomy.get("monocyte").key == ""
    assert labelled.view.classes["lymphocyte"] == (2, 0)


def test_before_another_scheme_is_used_it_is_said_what_becomes_of_labels(labelled):
    view, study = labelled.view, labelled.desk.study
    before = study.taxonomy
    view.answer = False
    view.scheme_wished.emit(preset("red-cells").taxonomy)
    ((title, words),) = view.asked
    assert title == "Use the classes of red-cell morphology?"
    assert words.startswith("3 labels stay as they are; none is translated.")
    assert "no class for lymphocyte (2), monocyte (1): kept below" in words
    assert "Without labels, and so gone: segmented neutrophil," in words
    assert study.taxonomy == before
    view.answer = True
    view.scheme_wished.emit(preset("red-cells").taxonomy)
    assert study.taxonomy != before


def test_a_class_can_be_added_recoloured_renamed_moved_and_removed(labelled):
    view, study = labelled.view, labelled.desk.study
    view.class_added.emit("hairy cell")
    assert study.taxonomy.names()[-2:] == ["hairy cell", "artefact"]
    view.class_changed.emit("hairy cell", "colour", "#112233")
    view.class_changed.emit("hairy cell", "key", "H")
    view.class_changed.emit("hairy cell", "move", -100)
    first = study.taxonomy.classes[0]
    assert (first.name, first.colour, first.key) == ("hairy cell", "#112233", "h")
    view.class_removed.emit("hairy cell")
    assert "hairy cell" not in study.taxonomy
    assert view.problems == []
    for _ in range(5):
        labelled.labeller.undo()
    assert study.taxonomy == preset("blood").taxonomy


def test_renaming_moves_the_labels_as_one_step(labelled):
    study = labelled.desk.study
    labelled.view.class_changed.emit("lymphocyte", "name", "small lymphocyte")
    assert set(study.labels.labels().values()) == {"small lymphocyte", "monocyte"}
    assert study.taxonomy.get("small lymphocyte").key == "l"
    assert labelled.view.classes["small lymphocyte"] == (2, 0)
    labelled.labeller.undo()
    assert labelled.view.classes["lymphocyte"] == (2, 0)
    assert "small lymphocyte" not in study.taxonomy


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("class_changed", "blast", "key", "l"), "both have the key l"),
        (("class_changed", "blast", "key", "u"), "it marks a cell unsure"),
        (("class_changed", "blast", "name", "monocyte"), "a class monocyte already"),
        (("class_added", "monocyte"), "a class monocyte already"),
        (("class_removed", "lymphocyte"), "2 cells are labelled lymphocyte"),
    ],
)
def test_what_cannot_be_done_to_the_scheme_is_said_and_changes_nothing(
    labelled, wish, said
):
    study = labelled.desk.study
    before = study.undo_summary, study.taxonomy
    name, *values = wish
    getattr(labelled.view, name).emit(*values)
    assert said in labelled.view.problems[0]
    assert (study.undo_summary, study.taxonomy) == before


def test_all_cells_of_a_class_can_be_taken_in_hand(labelled):
    labelled.view.take_wished.emit("lymphocyte", False)
    assert labelled.selection.ids.tolist() == [1, 2]
    labelled.view.take_wished.emit("monocyte", True)
    assert labelled.selection.ids.tolist() == [5]


def test_the_boxes_say_how_labelling_goes_on(labelled):
    assert labelled.view.going_on == (True, True)
    labelled.view.going_on_wished.emit(False, False)
    assert not labelled.labeller.advance
    assert labelled.view.going_on == (False, False)


def test_a_scheme_in_a_study_that_may_only_be_read_stays(labelled):
    study = labelled.desk.study
    study.read_only_reason = "another program writes to it."
    before = study.taxonomy
    labelled.view.scheme_wished.emit(preset("marrow").taxonomy)
    labelled.view.class_changed.emit("lymphocyte", "name", "small lymphocyte")
    assert study.taxonomy == before
    assert len(labelled.view.problems) == 2


def test_after_release_nothing_is_shown_any_more(labelled):
    labelled.presenter.release()
    before = dict(labelled.view.classes)
    labelled.selection.take([5])
    labelled.labeller.label("blast")
    assert labelled.view.classes == before
