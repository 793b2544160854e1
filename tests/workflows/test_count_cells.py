import numpy as np
import pytest

from napari_dinobloom.study import (
    CELL_KINDS,
    CellTable,
    ChangeSlides,
    Finding,
    LabelRecord,
    Picture,
    Predictions,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    Slide,
    Study,
    set_element,
)
from napari_dinobloom.workflows.count_cells import count_cells


def found(picture_id, first, kinds):
    n = len(kinds)
    one, ids = np.ones(n), np.arange(first, first + n)
    return Finding(
        CellTable(
            cell_id=ids, picture_id=one * picture_id, mask_label=np.arange(1, n + 1),
            kind=[CELL_KINDS.index(k) for k in kinds], x=one, y=one, left=one, top=one,
            width=one, height=one, area_px=one, nucleus_area_px=one, score=one,
            cut_by_border=one * 0,
        ),
        Recipe("smear"),
    )  # fmt: skip


@pytest.fixture
def study(tmp_path):
    """White cells 1-3 on slide A, 5 on B, 6-7 on the synthetic S; 4 is a red cell."""
    study = Study(author="Ada")
    slides = {n: Slide(n, synthetic=n == "S") for n in "ABS"}
    pictures = {
        i: Picture(i, n, tmp_path / f"{n}.png", 9, 9) for i, n in enumerate("ABS", 1)
    }
    study.apply(ChangeSlides(slides, pictures))
    white = ["wbc"]
    findings = {
        1: found(1, 1, [*white * 3, "rbc"]), 2: found(2, 5, white),
        3: found(3, 6, white * 2),
    }  # fmt: skip
    study.apply(ReplaceCells(findings))
    names = {1: "blast", 2: "lymphocyte", 4: "red cell", 5: "blast", 6: "blast"}
    at = "2026-01-01T00:00:00.000+00:00"
    records = tuple(LabelRecord(i, n, "Ada", at) for i, n in names.items())
    study.apply(SetLabels(records))
    return study


def by_subject(study):
    return {(c.subject, c.source): c for c in count_cells(study)}


def test_white_cells_are_counted_by_slide_and_overall_without_synthetic_ones(study):
    counted = by_subject(study)
    overall = counted[("All slides", "labels")]
    assert {c.name: c.n for c in overall.count.classes} == {"blast": 2, "lymphocyte": 1}
    assert overall.unnamed == 1
    assert not overall.synthetic
    assert counted[("S", "labels")].synthetic
    assert counted[("S", "labels")].count.n_cells == 1
    assert counted[("B", "labels")].count.n_cells == 1


def test_labels_and_predictions_are_counted_apart(study):
    rows = Rows(np.array([1, 2, 3]), np.array([[0.1, 0.9]] * 3, np.float32))
    predictions = Predictions("knn", ("blast", "monocyte"), rows, Recipe("knn"))
    study.apply(set_element(predictions))
    counted = by_subject(study)
    believed = counted[("A", "predictions")]
    assert {c.name: c.n for c in believed.count.classes} == {"monocyte": 3}
    assert ("B", "predictions") not in counted
    assert {c.name for c in counted[("A", "labels")].count.classes} == {
        "blast", "lymphocyte",
    }  # fmt: skip


def test_a_short_count_says_so(study):
    assert "Only 3 cells" in by_subject(study)[("All slides", "labels")].count.note


def test_a_study_without_white_cells_has_no_count():
    assert count_cells(Study()) == []
