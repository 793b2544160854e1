"""Journals that are old, torn, or not journals."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage import migrations, open_study


def test_a_random_byte_soup_is_refused_by_name(small_study: Path) -> None:
    journal = small_study / "journal.sqlite"
    journal.write_bytes(random.Random(1).randbytes(40_000))
    for read_only in (False, True):
        with pytest.raises(BadInputError, match=r"journal\.sqlite") as refused:
            open_study(small_study, read_only=read_only)
        assert "backup" in refused.value.remedy


@pytest.mark.parametrize("left", [0, 1, 100, 4096, 9000, 20_000])
def test_a_truncated_journal_is_refused_and_nothing_is_deleted(
    small_study: Path, left: int
) -> None:
    journal = small_study / "journal.sqlite"
    torn = journal.read_bytes()[:left]
    journal.write_bytes(torn)
    with pytest.raises(BadInputError, match=r"journal\.sqlite"):
        open_study(small_study)
    assert journal.read_bytes() == torn
    assert (small_study / "cells.zarr/obsm/morph").is_dir()


def test_an_empty_journal_alone_is_a_study_that_was_just_begun(tmp_path: Path) -> None:
    (tmp_path / "a.study").mkdir()
    (tmp_path / "a.study/journal.sqlite").touch()
    with open_study(tmp_path / "a.study") as opened:
        assert len(opened.study.slides) == 0


def test_flipped_bytes_never_raise_anything_but_a_message(
    small_study: Path, tmp_path: Path
) -> None:
    whole = (small_study / "journal.sqlite").read_bytes()
    copy = tmp_path / "copy.study"
    copy.mkdir()
    chance = random.Random(5)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 20, 400])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (copy / "journal.sqlite").write_bytes(bytes(damaged))
        try:
            open_study(copy, read_only=True).close()
        except BadInputError:
            refused += 1
    assert 5 < refused < 60


def test_steps_lead_from_one_format_to_the_next(
    small_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_colour(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE labels ADD COLUMN colour TEXT DEFAULT ''")

    monkeypatch.setattr(migrations, "FORMAT_VERSION", 2)
    monkeypatch.setitem(migrations._STEPS, 1, add_colour)
    with pytest.raises(BadInputError, match="older format"):
        open_study(small_study, read_only=True)
    with open_study(small_study) as opened:
        assert opened.study.labels.label_of(1) == "blast"
    with sqlite3.connect(small_study / "journal.sqlite") as db:
        (version,) = db.execute("SELECT value FROM meta WHERE key='format_version'")
        assert version == ("2",)
        assert db.execute("SELECT colour FROM labels").fetchone() == ("",)
    db.close()


def test_a_step_that_fails_changes_nothing(
    small_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM labels")
        raise sqlite3.OperationalError("disk full")

    with monkeypatch.context() as later:
        later.setattr(migrations, "FORMAT_VERSION", 2)
        later.setitem(migrations._STEPS, 1, fail)
        with pytest.raises(BadInputError, match="disk full"):
            open_study(small_study)
    with open_study(small_study) as opened:
        assert opened.study.labels.label_of(1) == "blast"


def test_a_journal_whose_log_was_not_copied_is_not_taken_for_an_empty_study(
    small_study: Path,
) -> None:
    (small_study / "journal.sqlite").unlink()
    (small_study / "journal.sqlite").touch()
    shutil.rmtree(small_study / "arrays")
    with pytest.raises(BadInputError, match="empty"):
        open_study(small_study)
