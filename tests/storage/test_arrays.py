"""Features, maps and predictions by revision, through undo, save and reopening."""

import errno
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError, DinoBloomError
from napari_dinobloom.storage import open_study
from napari_dinobloom.study import (
    FeatureMatrix,
    Finding,
    Projection,
    Recipe,
    ReplaceCells,
    Rows,
    SetElement,
    set_element,
)


def parts(folder: Path) -> list[str]:
    found = (folder / "arrays").glob("*/[0-9]*.npz")
    return sorted(path.name for path in found)


def test_rows_lie_in_parts_until_they_are_published(small_study: Path) -> None:
    with open_study(small_study) as opened:
        opened.study.add_feature_rows("morph", Rows(np.array([5]), np.array([[9, 8]])))
        assert parts(small_study) == ["000001.npz"]
        opened.save()
        assert parts(small_study) == []
    with open_study(small_study) as opened:
        assert opened.study.features("morph").rows.of(np.array([5]))[0].tolist() == [
            [9, 8]
        ]


def test_a_row_that_is_there_is_not_written_over(small_study: Path) -> None:
    with open_study(small_study) as opened:
        before = opened.study.features("morph")
        version = before.version
        opened.study.add_feature_rows("morph", Rows(np.array([4, 1]), np.zeros((2, 2))))
        after = opened.study.features("morph")
        assert after.version == version
        assert np.array_equal(after.values, before.values)


def test_rows_added_later_are_there_again_after_undo_and_redo(
    small_study: Path,
) -> None:
    with open_study(small_study) as opened:
        study = opened.study
        study.apply(set_element(FeatureMatrix("deep", ("a",), Recipe("deep"))))
        study.add_feature_rows("deep", Rows(np.array([2]), np.array([[5.0]])))
        study.undo()
        study.redo()
        assert study.features("deep").cell_ids.tolist() == [2]
    with open_study(small_study) as opened:
        assert opened.study.features("deep").values.tolist() == [[5.0]]


def test_a_replaced_result_comes_back_by_undo_after_saves(small_study: Path) -> None:
    with open_study(small_study) as opened:
        study = opened.study
        first = study.projection("umap").coordinates
        new = Projection("umap", Rows(np.arange(1, 7), np.eye(6, 2)), Recipe("umap"))
        study.apply(set_element(new))
        opened.save()
    with open_study(small_study) as opened:
        opened.study.undo()
        assert np.array_equal(opened.study.projection("umap").coordinates, first)
        opened.save()
    with open_study(small_study) as opened:
        opened.study.redo()
        assert opened.study.projection("umap").coordinates.tolist() == (
            np.eye(6, 2).tolist()
        )


def test_rows_of_cells_that_vanished_wait_for_undo(small_study: Path) -> None:
    with open_study(small_study) as opened:
        before = opened.study.features("morph").rows
        none = opened.study.cells.take(np.zeros(6, bool))
        opened.study.apply(ReplaceCells({1: Finding(none, Recipe("smear"))}))
    with open_study(small_study) as opened:
        assert len(opened.study.cells) == 0
        opened.study.undo()
    with open_study(small_study) as opened:
        after = opened.study.features("morph").rows
        assert np.array_equal(
            after.of(before.cell_ids)[0], before.values, equal_nan=True
        )


def test_what_nobody_can_reach_is_deleted(small_study: Path) -> None:
    with open_study(small_study) as opened:
        study = opened.study
        matrix = FeatureMatrix("deep", ("a",), Recipe("deep"))
        study.apply(set_element(matrix))
        study.add_feature_rows("deep", Rows(np.array([2]), np.array([[5.0]])))
        study.undo()
        opened.save()
        assert (small_study / "arrays" / matrix.revision).is_dir()
        study.apply(SetElement(("predictions", "knn"), None))  # redo is forgotten
        opened.save()
        assert not (small_study / "arrays" / matrix.revision).exists()


def test_a_broken_part_is_named(small_study: Path) -> None:
    opened = open_study(small_study)
    opened.study.add_feature_rows("morph", Rows(np.array([5]), np.array([[9, 8]])))
    opened._journal.close()
    opened._lock.release()
    part = next((small_study / "arrays").glob("*/000001.npz"))
    content = part.read_bytes()
    for torn in (b"", b"PK\x03\x04", content[: len(content) // 2]):
        part.write_bytes(torn)
        with open_study(small_study, read_only=True) as reader:
            assert reader.study.labels.label_of(1) == "blast"
            with pytest.raises(BadInputError, match=r"000001\.npz") as refused:
                reader.study.features("morph")
        assert "computed again" in refused.value.remedy
    part.unlink()
    with open_study(small_study) as reopened:
        assert len(reopened.study.features("morph")) == 4


def test_a_result_whose_rows_cannot_be_written_is_not_in_the_journal(
    small_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a process that dies between the two leaves a result without rows."""
    rows = Rows(np.array([1, 2]), np.ones((2, 2), np.float32))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_study(small_study) as opened:
        before, steps = dict(opened.study.results), opened._journal.steps()
        monkeypatch.setattr("napari_dinobloom.storage.arrays.replace_file", full)
        with pytest.raises(DinoBloomError):
            opened.study.apply(set_element(Projection("pca", rows, Recipe("pca"))))
        assert opened._journal.steps() == steps
        assert opened.study.results.keys() == before.keys()
        monkeypatch.undo()
