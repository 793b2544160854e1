"""What is true of cells, labels and results; random histories are in tests/storage."""

from pathlib import Path
from string import ascii_letters

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.core import UnknownNameError
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    FeatureMatrix,
    Finding,
    LabelJournal,
    LabelRecord,
    Picture,
    Projection,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    Slide,
    Study,
    Taxonomy,
    now,
    scaled,
    set_element,
)

IDS = st.lists(st.integers(1, 40), unique=True, max_size=20)


def table(picture_id: int, ids: list[int]) -> CellTable:
    n = len(ids)
    return CellTable(np.array(ids, int), np.full(n, picture_id), *[np.zeros(n)] * 12)


@pytest.fixture
def study() -> Study:
    made = Study(author="Ada")
    pictures = {i: Picture(i, "S", Path(f"/{i}.png"), 9, 9) for i in (1, 2)}
    made.never_below(1, 3)
    made.apply(ChangeSlides({"S": Slide("S")}, pictures))
    return made


def find(study: Study, picture_id: int, ids: list[int]) -> None:
    finding = Finding(table(picture_id, ids), Recipe("smear"))
    study.apply(ReplaceCells({picture_id: finding}))


# -- alignment by id -------------------------------------------------------------


@given(have=IDS, want=st.lists(st.integers(1, 40), max_size=30))
def test_rows_are_found_by_id_whatever_their_order(
    have: list[int], want: list[int]
) -> None:
    rows = Rows(np.array(have, int), np.array(have, float).reshape(-1, 1))
    values, present = rows.of(np.array(want, int))
    assert present.tolist() == [i in have for i in want]
    assert values[present, 0].tolist() == [i for i in want if i in have]
    assert np.isnan(values[~present]).all()


@given(batches=st.lists(IDS, max_size=4))
def test_batches_make_one_matrix_where_each_cell_stands_once(
    batches: list[list[int]],
) -> None:
    matrix = FeatureMatrix("m", ("a",), Recipe("m"))
    first_said: dict[int, int] = {}
    for number, ids in enumerate(batches):
        new = matrix.without_known(
            Rows(np.array(ids, int), np.full((len(ids), 1), number))
        )
        matrix = matrix.with_rows(new)
        for cell_id in ids:
            first_said.setdefault(cell_id, number)
    assert dict(zip(matrix.cell_ids, matrix.values[:, 0], strict=True)) == first_said
    assert matrix.version == f"{matrix.revision}/{len(first_said)}"


def test_a_table_leaves_the_callers_arrays_writeable() -> None:
    ids = np.arange(3)
    made = CellTable(ids, *[np.zeros(3)] * 13)
    ids[0] = -7
    assert made.cell_id.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        made.cell_id[0] = 1


# -- cell ids --------------------------------------------------------------------


def test_an_id_that_another_picture_has_is_refused(study: Study) -> None:
    find(study, 1, [1, 2, 3])
    with pytest.raises(ValueError, match="belongs to another picture"):
        find(study, 2, [3, 4])
    assert study.cells.cell_id.tolist() == [1, 2, 3]
    assert study.undo_summary.startswith("find 3")


def test_cells_lie_in_a_picture_that_is_there(study: Study) -> None:
    with pytest.raises(ValueError, match="no picture 9"):
        find(study, 9, [1])
    wrong = Finding(table(1, [1]), Recipe("smear"))
    with pytest.raises(ValueError, match="name another"):
        study.apply(ReplaceCells({2: wrong}))


def test_two_tasks_may_commit_their_reserved_ids_in_any_order(study: Study) -> None:
    early, late = study.reserve_cell_ids(2), study.reserve_cell_ids(2)
    find(study, 2, [late, late + 1])
    find(study, 1, [early, early + 1])
    assert study.cells.cell_id.tolist() == [1, 2, 3, 4]


def test_ids_that_were_brought_along_are_never_given_out(study: Study) -> None:
    find(study, 1, [10, 20])
    study.undo()
    assert study.reserve_cell_ids(1) == 21


# -- labels ----------------------------------------------------------------------

RECORDS = st.lists(
    st.builds(
        LabelRecord,
        st.integers(1, 5),
        st.none() | st.sampled_from(["blast", "", "赤"]),
        st.just("Ada"),
        st.just("2026-01-01"),
        note=st.sampled_from(["", "", "unsure", "sure", "looked twice"]),
    ),
    max_size=12,
)


def unsure(journal: LabelJournal) -> set[int]:
    return {i for i in range(1, 6) if journal.is_unsure(i)}


@given(before=RECORDS, more=RECORDS)
def test_the_journal_keeps_all_and_the_last_word_stands(
    before: list[LabelRecord], more: list[LabelRecord]
) -> None:
    journal = LabelJournal()
    journal.append(before)
    version, labels, marked = journal.version, journal.labels(), unsure(journal)
    journal.append(more)
    assert list(journal) == before + more
    for cell_id in range(1, 6):
        said = [r for r in before + more if r.cell_id == cell_id]
        assert journal.of_cell(cell_id) == tuple(said)
        assert journal.standing(cell_id) == (said[-1] if said else None)
    same = (journal.labels(), unsure(journal)) == (labels, marked)
    assert (journal.version == version) == same
    sure = {i: n for i, n in journal.labels().items() if i not in unsure(journal)}
    assert journal.labels(unsure=False) == sure
    journal.withdraw(more)
    assert (list(journal), journal.version) == (before, version)


def test_the_version_tells_labels_apart_that_were_given_at_the_same_time() -> None:
    versions = set()
    for name in ("blast", "monocyte", None):
        journal = LabelJournal()
        journal.append([LabelRecord(1, name, "Ada", "2026-01-01")])
        versions.add(journal.version)
    assert len(versions) == 3


def test_the_version_without_unsure_marks_is_what_earlier_releases_wrote() -> None:
    journal = LabelJournal()
    journal.append(
        LabelRecord(i, name, "Ada", "t", note="looked twice")
        for i, name in ((1, "blast"), (2, "赤"), (3, ""), (4, None))
    )
    assert journal.version == "9927f896f1166573"


def test_only_the_last_words_can_be_withdrawn() -> None:
    journal = LabelJournal()
    old, new = (LabelRecord(1, name, "Ada", "t") for name in "ab")
    journal.append([old, new])
    with pytest.raises(ValueError, match="newer"):
        journal.withdraw([old])
    assert list(journal) == [old, new]


# -- history ---------------------------------------------------------------------


def draw_map(study: Study, name: str) -> None:
    rows = Rows(np.array([1]), np.zeros((1, 2)))
    study.apply(set_element(Projection(name, rows, Recipe(name))), "draw")


def test_undo_names_results_as_a_person_calls_them(study: Study) -> None:
    find(study, 1, [1])
    draw_map(study, "pca")
    assert study.undo_summary == "the map (PCA)"
    draw_map(study, "umap")
    assert study.undo_summary == "the map (PCA) and the map (UMAP)"
    assert study.undo() == study.redo_summary == "the map (PCA) and the map (UMAP)"
    matrix = FeatureMatrix("morphology", ("area",), Recipe("morphology"))
    study.apply(set_element(matrix))
    assert study.undo_summary == "the features (morphology)"


def test_undo_says_whether_slides_and_pictures_come_or_go(study: Study) -> None:
    assert study.undo_summary == "add or change 1 slide and 2 pictures"
    study.apply(ChangeSlides(pictures={2: None}))
    assert study.undo_summary == "take away 1 picture"


def test_undo_counts_the_cells_of_a_whole_search(study: Study) -> None:
    for picture_id, ids in ((1, [1]), (2, [2, 3])):
        finding = Finding(table(picture_id, ids), Recipe("smear"))
        study.apply(ReplaceCells({picture_id: finding}), "search")
        if picture_id == 1:
            assert study.undo_summary == "find 1 cell in 1 picture"
    assert study.undo_summary == "find 3 cells in 2 pictures"


def label(study: Study, cell_id: int, group: str | None) -> None:
    record = LabelRecord(cell_id, "blast", "Ada", now())
    study.apply(SetLabels((record,)), group)


def test_a_group_is_one_step_and_strangers_never_join_it(study: Study) -> None:
    find(study, 1, [1, 2, 3, 4])
    label(study, 1, None)
    label(study, 2, "edit")  # the name of a group, not of all edits without one
    label(study, 3, "edit")
    assert study.undo().endswith(" and 1 other change")
    assert sorted(study.labels.labels()) == [1]


def test_undo_restores_the_order_of_the_slides(study: Study) -> None:
    study.apply(ChangeSlides({n: Slide(n) for n in "TU"}))
    study.apply(ChangeSlides({"S": None}, {1: None}))
    study.undo()
    assert list(study.slides) == ["S", "T", "U"]
    assert list(study.pictures) == [1, 2]


def test_a_redone_matrix_has_the_rows_that_came_later(study: Study) -> None:
    study.apply(set_element(FeatureMatrix("m", ("a",), Recipe("m"))))
    study.add_feature_rows("m", Rows(np.array([1]), np.array([[2.0]])))
    study.undo()
    study.redo()
    assert study.features("m").values.tolist() == [[2.0]]


def test_a_result_is_outdated_once_its_input_changed(study: Study) -> None:
    find(study, 1, [1])
    study.apply(set_element(FeatureMatrix("m", ("a",), Recipe("m"))))
    recipe = Recipe("u", inputs=study.versions(["features:m", "labels"]))
    study.apply(set_element(Projection("u", Rows([1], [[0, 0]]), recipe)))
    assert not study.is_outdated(recipe)
    label(study, 1, None)
    assert study.is_outdated(recipe)
    study.undo()
    assert not study.is_outdated(recipe)
    study.add_feature_rows("m", Rows(np.array([1]), np.array([[2.0]])))
    assert study.is_outdated(recipe)


def test_events_name_what_changed(study: Study) -> None:
    find(study, 1, [1, 2])
    heard: list[list[int]] = []
    study.events.labels_changed.connect(lambda ids: heard.append(ids.tolist()))
    label(study, 2, None)
    study.undo()
    assert heard == [[2], [2]]


# -- recipes, schemes, scaling ---------------------------------------------------


@given(st.dictionaries(st.text(ascii_letters), st.tuples(st.integers(), st.text())))
def test_a_recipe_read_from_disk_is_the_same_work(parameters: dict) -> None:
    recipe = Recipe("m", parameters, 3, {"labels": "1"}, "f")
    again = Recipe.from_json(recipe.to_json())
    assert again.same_work_as(recipe)
    assert again.digest == recipe.digest
    assert not Recipe("m", {**parameters, "0": 1}, 3, {}, "f").same_work_as(recipe)


def test_scaling_keeps_small_features_and_drops_constant_ones() -> None:
    tiny = np.array([[1e-9, 5.0, 1e8], [3e-9, 5.0, 1e8], [np.nan, 5.0, np.inf]])
    out = scaled(tiny, "standard")
    assert np.allclose(out[:, 0], [-1, 1, 0])
    assert not out[:, 1:].any()


def test_a_kind_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownNameError, match="'wcb'"):
        CellTable.empty().of_kinds(("wcb",))


@given(st.lists(st.text(max_size=5), max_size=30))
def test_a_scheme_grows_without_doubling_names_or_keys(names: list[str]) -> None:
    scheme = Taxonomy().extended(names).extended(names)
    assert scheme.names() == list(dict.fromkeys(names))
    keys = [c.key for c in scheme.classes if c.key]
    assert len(set(keys)) == len(keys)
