"""Who may open a study, where it lies, and what is refused."""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError, DinoBloomError
from napari_dinobloom.storage import create_study, is_study, open_or_create, open_study
from napari_dinobloom.study import ReadOnlyStudyError


def test_a_closed_study_opens_as_it_was(small_study: Path) -> None:
    with open_study(small_study, "Bo") as opened:
        study = opened.study
        assert not opened.read_only
        assert study.folder == small_study
        assert study.labels.labels() == {1: "blast", 2: "Erythrozyt, polychromatisch"}
        assert [r.author for r in study.labels] == ["Ada", "Ada"]
        assert study.slides["smear 1"].acquisition.site == "Kraków"
        values, present = study.features("morph").rows.of(np.array([1, 4, 6]))
        assert present.tolist() == [True, True, False]
        assert values[:2].tolist() == [[7.0, 8.0], [1.0, 2.0]]
        assert study.predictions("knn").best(np.array([6]))[0].tolist() == [""]
        assert study.undo_summary == "the predictions by nearest labelled cells"


def test_nobody_gets_an_id_again_after_undo_and_reopening(
    small_study: Path, new_cells, put_picture
) -> None:
    with open_study(small_study) as opened:
        ids = put_picture(opened.study, "smear 2", Path("/b.png"), 3)
        opened.study.undo()
        opened.study.undo()
    with open_study(small_study) as opened:
        assert opened.study.reserve_cell_ids(1) > ids.max()
        assert opened.study.reserve_picture_ids(1) == 3


def test_what_was_undone_can_be_redone_after_a_restart(
    small_study: Path, put_label
) -> None:
    with open_study(small_study) as opened:
        put_label(opened.study, 3, "monocyte")
        opened.study.undo()
        opened.study.undo()
    with open_study(small_study) as opened:
        assert opened.study.names_of("predictions") == []
        assert opened.study.redo() == "the predictions by nearest labelled cells"
        assert opened.study.redo() == "label 1 cell monocyte"
        assert opened.study.labels.label_of(3) == "monocyte"
        assert len(opened.study.predictions("knn").cell_ids) == 1


def test_the_labels_version_is_the_same_after_reopening(small_study: Path) -> None:
    with open_study(small_study) as opened:
        before = opened.study.labels.version
        features = opened.study.features("morph").version
    with open_study(small_study) as opened:
        assert opened.study.labels.version == before != "0"
        assert opened.study.features("morph").version == features


def test_closing_twice_is_closing_once(small_study: Path, put_label) -> None:
    with open_study(small_study) as opened:
        opened.close()
    with pytest.raises(ReadOnlyStudyError, match="closed"):
        put_label(opened.study, 3, "blast")


def test_a_study_that_was_only_looked_at_is_not_written(small_study: Path) -> None:
    before = (small_study / "cells.zarr").stat().st_ino
    open_study(small_study).close()
    assert (small_study / "cells.zarr").stat().st_ino == before


# -- two at once -----------------------------------------------------------------


def test_the_second_one_may_read_and_learns_who_holds_it(
    small_study: Path, put_label
) -> None:
    with open_study(small_study), open_study(small_study) as second:
        assert second.read_only
        reason = second.study.read_only_reason
        assert f"process {os.getpid()}" in reason
        assert "has it open since" in reason
        assert second.study.labels.label_of(1) == "blast"
        assert len(second.study.features("morph")) == 4
        with pytest.raises(ReadOnlyStudyError, match=r"has it open"):
            put_label(second.study, 3, "blast")
        with pytest.raises(ReadOnlyStudyError):
            second.study.undo()
    with open_study(small_study) as third:
        assert not third.read_only
        assert third.study.labels.label_of(3) is None


def test_reading_only_is_granted_on_request(small_study: Path) -> None:
    with (
        open_study(small_study, read_only=True) as reader,
        open_study(small_study) as writer,
    ):
        assert reader.read_only
        assert not writer.read_only


@pytest.fixture
def ordinary_user(small_study: Path) -> Iterator[Path]:
    """A copy of the study in a folder that this process may not write."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    folder = root / "given.study"
    shutil.copytree(small_study, folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    am_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if am_root:
        os.seteuid(65534)  # root may write everywhere
    try:
        yield folder
    finally:
        if am_root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(root)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions elsewhere")
def test_a_folder_that_cannot_be_written_is_opened_for_reading(
    ordinary_user: Path, put_label
) -> None:
    import anndata  # noqa: F401 - before the account changes, its files are readable

    with open_study(ordinary_user) as opened:
        assert opened.read_only
        assert "cannot be written" in opened.study.read_only_reason
        assert opened.study.labels.label_of(1) == "blast"
        with pytest.raises(ReadOnlyStudyError, match="cannot be written"):
            put_label(opened.study, 3, "blast")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions elsewhere")
def test_a_study_cannot_be_made_where_nothing_can(ordinary_user: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be"):
        create_study(ordinary_user / "inner.study")


# -- what is refused -------------------------------------------------------------


def test_a_folder_that_is_no_study_is_refused_with_a_hint(
    small_study: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match="is not a study") as refused:
        open_study(tmp_path)
    assert str(small_study) in refused.value.remedy
    with pytest.raises(BadInputError, match="does not exist"):
        open_study(tmp_path / "nowhere.study")
    assert not (tmp_path / "nowhere.study").exists()


def test_a_new_study_never_takes_a_folder_with_something_in_it(
    tmp_path: Path, small_study: Path
) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").touch()
    for taken in (tmp_path / "holiday", small_study, tmp_path / "holiday/beach.jpg"):
        with pytest.raises(BadInputError, match="exists"):
            create_study(taken)
    assert [p.name for p in (tmp_path / "holiday").iterdir()] == ["beach.jpg"]


def test_open_or_create_does_either(tmp_path: Path, put_picture) -> None:
    folder = tmp_path / "new" / "a.study"
    with open_or_create(folder) as opened:
        put_picture(opened.study, "S", Path("/a.png"), 2)
    assert is_study(folder)
    with open_or_create(folder) as opened:
        assert len(opened.study.cells) == 2


def test_a_study_of_a_later_release_is_refused_and_left_alone(
    small_study: Path,
) -> None:
    with sqlite3.connect(small_study / "journal.sqlite") as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'format_version'")
    db.close()
    for read_only in (False, True):
        with pytest.raises(BadInputError, match="later release") as refused:
            open_study(small_study, read_only=read_only)
        assert "pip install -U" in refused.value.remedy
    # The refusal let go of the lock.
    with sqlite3.connect(small_study / "journal.sqlite") as db:
        db.execute("UPDATE meta SET value = '1' WHERE key = 'format_version'")
    db.close()
    with open_study(small_study) as opened:
        assert not opened.read_only


def test_a_change_that_cannot_be_written_is_not_made(
    small_study: Path, put_label
) -> None:
    with open_study(small_study) as opened:
        opened._journal._db.execute("PRAGMA query_only = ON")
        with pytest.raises(DinoBloomError, match="could not be written"):
            put_label(opened.study, 3, "blast")
        assert opened.study.labels.label_of(3) is None
        assert opened.study.undo_summary == "the predictions by nearest labelled cells"
        opened._journal._db.execute("PRAGMA query_only = OFF")
        put_label(opened.study, 3, "blast")
        assert opened.study.labels.label_of(3) == "blast"


# -- moved -----------------------------------------------------------------------


def test_study_and_pictures_moved_together_find_each_other(
    small_study: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").touch()
    elsewhere = tmp_path.parent / f"{tmp_path.name}-moved"
    shutil.copytree(tmp_path, elsewhere)
    with open_study(elsewhere / small_study.name) as opened:
        assert opened.study.pictures[1].path == elsewhere / "a.png"


def test_a_study_moved_alone_still_finds_its_pictures(
    small_study: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").touch()
    shutil.move(small_study, tmp_path / "deep" / "er" / "b.study")
    with open_study(tmp_path / "deep" / "er" / "b.study") as opened:
        assert opened.study.pictures[1].path == tmp_path / "a.png"


def test_failures_are_remembered_and_forgotten(small_study: Path) -> None:
    with open_study(small_study) as opened:
        opened.study.note_failures("read", {"/a.png": "gone", "/ü.png": "torn"})
    with open_study(small_study) as opened:
        opened.study.note_failures("read", {}, succeeded=["/a.png"])
    with open_study(small_study) as opened:
        assert dict(opened.study.failures) == {("read", "/ü.png"): "torn"}


def test_the_holder_is_named_in_plain_json(small_study: Path) -> None:
    with open_study(small_study):
        who = json.loads((small_study / "writer.json").read_text())
        assert who["process"] == os.getpid()
    assert not (small_study / "writer.json").exists()
