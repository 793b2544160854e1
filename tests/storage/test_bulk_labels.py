"""Very many labels in one edit, on disk."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.workflows import accept_predictions, label_cells

N = 1_000


@pytest.fixture
def folder(tmp_path: Path, put_picture) -> Path:
    """A study of a thousand cells: labelled at once, then accepted, then one alone."""
    with create_study(tmp_path / "a.study", "Ada") as opened:
        study = opened.study
        ids = put_picture(study, "smear", Path("/a.png"), N)
        label_cells(study, ids, "赤芽球")
        half, chance = ids[::2], np.linspace(0, 1, len(ids[::2]))
        codes = np.arange(len(half)) % 2
        accept_predictions(study, half, codes, ("blast", "monocyte"), chance, "1f0c")
        label_cells(study, [int(ids[1])], None)
    return opened.folder


def test_they_are_the_same_after_reopening(folder: Path) -> None:
    with open_study(folder) as opened:
        said, labels = list(opened.study.labels), opened.study.labels.labels()
        version = opened.study.labels.version
        assert len(said) == N + N // 2 + 1
        assert labels[1] == "blast"
        assert labels[3] == "monocyte"
        assert 2 not in labels
        assert labels[4] == "赤芽球"
        accepted = opened.study.labels.standing(N - 1)
        assert accepted is not None
        assert (accepted.author, accepted.prediction) == ("Ada", "1f0c 1.00")
    with open_study(folder) as opened:
        assert list(opened.study.labels) == said
        assert opened.study.labels.version == version


def test_each_is_one_step_that_is_taken_back_after_a_restart(folder: Path) -> None:
    with open_study(folder) as opened:
        opened.study.undo()
        assert opened.study.undo() == "accept 500 predictions"
        assert set(opened.study.labels.labels().values()) == {"赤芽球"}
    with open_study(folder) as opened:
        assert opened.study.undo() == "label 1,000 cells 赤芽球"
        assert opened.study.labels.labels() == {}
    with open_study(folder) as opened:
        assert opened.study.redo() == "label 1,000 cells 赤芽球"
        assert opened.study.redo() == "accept 500 predictions"
        assert opened.study.labels.label_of(1) == "blast"


def test_they_take_a_few_bytes_each(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM labels").fetchone() == (1,)
        stored = "SELECT length(content) + length(payload) FROM edits WHERE kind = ?"
        sizes = [size for (size,) in db.execute(stored, ("bulk labels",))]
    assert len(sizes) == 2
    assert sizes[0] < 2 * N
    assert sizes[1] < 50 * N // 2, "what is said stands in it once"


def test_a_damaged_row_is_told(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as db, db:
        payload = '[["blast", "Ada", "t", "person", "", ""]]'
        change = "UPDATE edits SET payload = ? WHERE kind = 'bulk labels'"
        db.execute(change, (payload,))
    with pytest.raises(BadInputError, match=r"journal\.sqlite"):
        open_study(folder)
