"""What a person says about cells, and what the undo menu calls it."""

from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    Finding,
    Picture,
    Recipe,
    ReplaceCells,
    Slide,
    Study,
)
from napari_dinobloom.workflows import (
    accept_predictions,
    clear_labels,
    label_cells,
    mark_unsure,
)


@pytest.fixture
def study() -> Study:
    """Five cells, ids 1 to 5, without labels."""
    made = Study(author="Ada")
    made.apply(ChangeSlides({"S": Slide("S")}, {1: Picture(1, "S", Path("/1"), 9, 9)}))
    cells = CellTable(np.arange(1, 6), np.ones(5), *[np.zeros(5)] * 12)
    made.apply(ReplaceCells({1: Finding(cells, Recipe("smear"))}))
    return made


def test_unsure_keeps_the_class_and_is_taken_off_again(study: Study) -> None:
    label_cells(study, [1, 2], "blast")
    mark_unsure(study, [1, 3])
    assert study.undo_summary == "mark 2 cells unsure"
    assert [i for i in range(1, 6) if study.labels.is_unsure(i)] == [1, 3]
    assert study.labels.labels() == {1: "blast", 2: "blast"}
    assert study.labels.labels(unsure=False) == {2: "blast"}
    mark_unsure(study, [1, 3, 2])  # one of them is not marked yet: all become so
    assert study.labels.is_unsure(2)
    mark_unsure(study, [1, 2, 3])
    assert study.undo_summary == "take the unsure mark off 3 cells"
    assert study.labels.labels(unsure=False) == {1: "blast", 2: "blast"}
    assert study.labels.label_of(3) is None


def test_a_class_given_later_is_sure(study: Study) -> None:
    mark_unsure(study, [1])
    label_cells(study, [1], "blast")
    assert study.labels.labels(unsure=False) == {1: "blast"}
    study.undo()
    assert study.labels.is_unsure(1)


def test_accepting_says_what_was_accepted_and_by_whom(study: Study) -> None:
    names = ("blast", "monocyte")
    accept_predictions(study, [2, 4], [0, 1], names, [0.934, 1.0], "1f0c")
    said = study.labels.standing(2)
    assert said is not None
    assert (said.class_name, said.author) == ("blast", "Ada")
    assert (said.source, said.prediction) == ("accepted prediction", "1f0c 0.93")
    assert study.undo_summary == "accept 2 predictions"
    assert study.taxonomy.names() == ["blast", "monocyte"]
    study.undo()  # classes and labels came as one step
    assert study.labels.labels() == {}
    assert study.taxonomy.names() == []


def test_each_act_is_one_step_however_fast_they_follow(study: Study) -> None:
    for name in ("a", "b", "c", "d", "e", "f"):
        label_cells(study, [1, 2], name)
    clear_labels(study, [2])
    assert study.undo_summary == "clear 1 cell"
    study.undo()
    for name in ("f", "e", "d"):
        assert study.undo_summary == f"label 2 cells {name}"
        study.undo()
    assert study.labels.labels() == {1: "c", 2: "c"}


@pytest.mark.parametrize("verb", [mark_unsure, clear_labels])
def test_a_cell_that_is_not_there_stops_the_whole_act(study: Study, verb) -> None:
    with pytest.raises(KeyError, match="no cell with id 9"):
        verb(study, [1, 9])
    with pytest.raises(KeyError, match="no cell with id 9"):
        accept_predictions(study, [1, 9], [0, 0], ("a",), [0.5, 0.5], "r")
    assert not len(study.labels)
    assert study.taxonomy.names() == []
