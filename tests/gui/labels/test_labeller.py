"""What keys and clicks do to the cells in hand: no window needed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.labels.labeller import (
    NO_CLASSES,
    NOTHING_IN_HAND,
    READING_ONLY,
    Labeller,
)
from napari_dinobloom.gui.presenters.roster import NONE, Later, Roster
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
    CellClass,
    ChangeSlides,
    ReplaceCells,
    Selection,
    SetTaxonomy,
    Study,
    Taxonomy,
)

SCHEME = Taxonomy(
    "blood",
    (CellClass("blast", "#AA3377", "b"), CellClass("lymphocyte", "#228833", "l")),
)


def at_once(call: Callable[[], None]) -> Callable[[], None]:
    return call


def never(call: Callable[[], None]) -> Callable[[], None]:
    return lambda: None


class Bench:
    """A labeller at work on a study, with what it said."""

    def __init__(
        self, desk: Desk, folder: Path = Path("x.study"), *, later: Later = at_once
    ) -> None:
        self.desk, self.selection = desk, Selection()
        self.roster = Roster(desk, later=later)
        self.study: Study = desk.open(folder)
        self.labeller = Labeller(desk, self.selection, self.roster)
        self.said: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.labeller.said.connect(self.said.append)
        self.labeller.failed.connect(lambda what, do: self.failed.append((what, do)))

    def labels(self) -> dict[int, str]:
        return self.study.labels.labels()

    def predict(self, cell_ids: list[int], name: str) -> None:
        rows = self.roster.rows_of(np.array(cell_ids))
        code = self.roster.class_names.index(name)
        n = len(rows)
        self.roster.set_predictions(rows, np.full(n, code), np.full(n, 0.8))


@pytest.fixture
def bench(make_study, desk_with) -> Bench:
    """Two slides with three white cells and one red cell each: ids 1 … 8."""
    study = make_study(slides=2, kinds=("wbc", "wbc", "wbc", "rbc"), write=False)
    study.apply(SetTaxonomy(SCHEME))
    return Bench(desk_with(study, is_open=False))


def test_a_key_labels_every_cell_in_hand_as_one_step(bench):
    bench.selection.take([1, 2, 5])
    assert bench.labeller.key("b")
    assert bench.labels() == {1: "blast", 2: "blast", 5: "blast"}
    assert bench.said == ["3 cells labelled blast — Ctrl+Z takes it back"]
    bench.labeller.key("ctrl+z")
    assert bench.labels() == {}
    bench.labeller.key("ctrl+y")
    assert len(bench.labels()) == 3


def test_with_nothing_in_hand_the_cell_looked_at_is_labelled(bench):
    bench.selection.look_at(2)
    bench.labeller.key("l")
    assert bench.labels() == {2: "lymphocyte"}


def test_without_any_cell_a_key_says_what_to_do_first(bench):
    for key in ("b", "space", "u", "x", "delete"):
        assert bench.labeller.key(key)
    assert bench.said == [NOTHING_IN_HAND] * 5
    assert bench.labels() == {}


def test_a_cell_that_a_search_took_away_is_passed_over(make_study, desk_with):
    study = make_study(kinds=("wbc", "wbc"), write=False)
    study.apply(SetTaxonomy(SCHEME))
    bench = Bench(desk_with(study, is_open=False), later=never)
    finding = study.findings[1]
    fewer = replace(finding, cells=finding.cells.take(np.array([0])))
    study.apply(ReplaceCells({1: fewer}))  # the pages hear of it a moment later
    bench.selection.take([1, 2])
    assert bench.labeller.key("b")
    assert bench.labels() == {1: "blast"}
    bench.selection.take([2])
    assert bench.labeller.key("l")
    assert bench.labels() == {1: "blast"}
    assert bench.said[-1] == NOTHING_IN_HAND


def test_a_key_of_no_class_is_left_to_others(bench):
    bench.selection.take([1])
    assert not bench.labeller.key("q")
    assert bench.labels() == {}


def test_after_a_single_cell_the_next_unjudged_of_its_kind_comes_in_hand(bench):
    bench.labeller.label("blast")
    bench.selection.take([2])
    bench.labeller.label("blast")
    assert bench.selection.ids.tolist() == [3]
    bench.selection.take([1])
    bench.labeller.label("blast")
    assert bench.selection.current == 3
    bench.labeller.mark_unsure()
    assert bench.selection.current == 5, "4 is a red cell, 5 lies on the next slide"


def test_going_on_passes_over_cells_marked_unsure(bench):
    bench.selection.take([2])
    bench.labeller.mark_unsure()
    bench.selection.take([1])
    bench.labeller.label("blast")
    assert bench.selection.current == 3


def test_going_on_can_be_switched_off_and_can_stop_at_labelled_ones(bench):
    bench.labeller.label("blast")
    bench.labeller.advance = False
    bench.selection.take([2])
    bench.labeller.label("blast")
    assert bench.selection.current == 2
    bench.labeller.advance, bench.labeller.skip_labelled = True, False
    bench.selection.take([1])
    bench.labeller.label("blast")
    assert bench.selection.current == 2


def test_next_follows_the_order_in_which_cells_are_shown(bench):
    bench.labeller.set_order(lambda: np.array([7, 3, 1]))
    bench.labeller.next()
    assert bench.selection.current == 7
    bench.labeller.key("n")
    assert bench.selection.ids.tolist() == [3]
    bench.labeller.key("p")
    bench.labeller.key("p")
    assert bench.selection.current == 7
    assert bench.said == ["The first cell."]


def test_after_a_key_in_the_smear_the_next_cell_of_that_slide_has_to_be_shown(bench):
    bench.labeller.set_order(lambda: np.array([7, 3, 1]))  # as the gallery is sorted
    bench.selection.take([1])
    assert bench.labeller.key_in_smear("b") == 2
    assert bench.selection.ids.tolist() == [2]
    bench.labeller.advance = False
    assert bench.labeller.key_in_smear("b") is None
    assert bench.labels() == {1: "blast", 2: "blast"}


def test_a_cell_that_is_not_seen_yet_is_not_labelled_by_a_key_in_the_smear(bench):
    bench.selection.take([1])
    assert bench.labeller.key_in_smear("b", lambda cell_id: cell_id == 2) == 2
    bench.said.clear()
    for key in ("b", "space", "u", "delete"):
        assert bench.labeller.key_in_smear(key, lambda _: True) is None
    assert bench.labels() == {1: "blast"}
    assert "not on show yet" in bench.said[0]
    bench.labeller.key_in_smear("ctrl+z", lambda _: True)
    assert bench.labels() == {}
    assert bench.selection.current == 1


def test_what_was_taken_back_is_in_hand_again(bench):
    bench.selection.take([1])
    bench.labeller.key("b")
    assert bench.selection.ids.tolist() == [2]
    bench.labeller.undo()
    assert bench.selection.ids.tolist() == [1]
    assert bench.selection.current == 1
    bench.labeller.redo()
    assert bench.selection.ids.tolist() == [1]
    assert bench.labels() == {1: "blast"}


def test_without_classes_a_key_says_where_to_choose_them(make_study, desk_with):
    bench = Bench(desk_with(make_study(write=False), is_open=False))
    bench.selection.take([1])
    assert bench.labeller.key("6")
    assert bench.said == [NO_CLASSES]
    assert bench.labels() == {}


def test_several_cells_in_hand_stay_in_hand(bench):
    bench.selection.take([1, 2])
    bench.labeller.label("blast")
    assert bench.selection.ids.tolist() == [1, 2]


def test_relabelling_says_how_many_had_another_label(bench):
    bench.selection.take([1])
    bench.labeller.label("blast")
    bench.selection.take([1, 2])
    bench.labeller.label("lymphocyte")
    assert "2 cells labelled lymphocyte, 1 of them had another" in bench.said[-1]


def test_a_prediction_is_no_label_until_a_person_accepts_it(bench):
    bench.predict([1, 2], "blast")
    bench.predict([3], "lymphocyte")
    assert bench.labels() == {}
    bench.selection.take([1, 2, 3, 5])
    bench.labeller.key("space")
    assert bench.labels() == {1: "blast", 2: "blast", 3: "lymphocyte"}
    sources = {record.source for record in bench.study.labels}
    assert sources == {"accepted prediction"}
    assert bench.said == [
        "3 cells accepted, 1 left as they were — Ctrl+Z takes it back"
    ]
    bench.labeller.undo()
    assert bench.labels() == {}, "all accepted at once are taken back at once"


def test_accepting_many_leaves_what_a_person_said_before(bench):
    bench.selection.take([1])
    bench.labeller.label("lymphocyte")
    bench.predict([1, 2], "blast")
    bench.selection.take([1, 2])
    bench.labeller.accept()
    assert bench.labels() == {1: "lymphocyte", 2: "blast"}
    bench.selection.take([1])
    bench.labeller.accept()
    assert bench.labels()[1] == "blast", "a single one was looked at"


def test_accepting_where_nothing_is_predicted_says_so(bench):
    bench.selection.take([1])
    bench.labeller.accept()
    assert "no class is predicted" in bench.said[0]
    assert len(bench.study.labels) == 0


def test_clearing_takes_label_and_unsure_mark_away(bench):
    bench.selection.take([1, 2])
    bench.labeller.mark_unsure()
    row = bench.roster.row_of(1)
    assert bench.roster.unsure[row]
    bench.labeller.key("delete")
    assert not bench.roster.unsure[row]
    assert bench.roster.label[row] == NONE
    bench.labeller.clear()
    assert bench.said[-1] == "Nothing to clear: no label stands here."


def test_an_artefact_is_a_class_with_the_key_x_in_every_scheme(bench):
    bench.selection.take([1, 2])
    bench.labeller.key("x")
    assert bench.labels() == {1: "artefact", 2: "artefact"}
    assert bench.study.taxonomy.get("artefact").key == "x"
    bench.labeller.undo()
    assert "artefact" not in bench.study.taxonomy


def test_a_study_that_may_only_be_read_says_so_and_stays(bench):
    bench.study.read_only_reason = "another program writes to it."
    bench.selection.take([1])
    for act in ("b", "u", "x", "space", "delete", "ctrl+z", "ctrl+y"):
        bench.labeller.key(act)
    assert [what for what, _ in bench.failed] == [READING_ONLY] * 7
    bench.selection.clear()
    bench.labeller.key("b")
    assert len(bench.failed) == 8, "what is not in hand is not what hinders"
    assert bench.labels() == {}
    assert bench.said == []


def test_a_key_of_no_class_says_so_where_it_would_have_labelled(bench):
    assert not bench.labeller.key("k")
    assert bench.said == [], "nothing is in hand"
    bench.selection.take([1])
    for key in ("k", "7", "+", "ctrl+k"):
        assert not bench.labeller.key(key)
    assert bench.said == [
        "K labels nothing in this study — ? shows the keys",
        "7 labels nothing in this study — ? shows the keys",
    ]
    assert bench.labels() == {}


def test_without_a_study_no_key_means_anything(bench):
    bench.desk.close()
    assert not bench.labeller.key("b")
    assert not bench.labeller.key("space")


def test_a_label_can_be_taken_back_after_reopening(tmp_path, make_study):
    desk, folder = Desk(open_study, create_study), tmp_path / "ward.study"
    study, other = desk.create(folder), make_study(kinds=("wbc", "wbc"))
    study.apply(ChangeSlides(other.slides, other.pictures))
    study.apply(ReplaceCells({1: replace(other.findings[1], mask_file=None)}))
    study.apply(SetTaxonomy(SCHEME))
    desk.close()
    bench = Bench(desk, folder)
    bench.selection.take([1, 2])
    bench.labeller.key("b")
    desk.close()
    again = Bench(desk, folder)
    assert again.labels() == {1: "blast", 2: "blast"}
    again.labeller.key("ctrl+z")
    assert again.labels() == {}
    desk.close()
