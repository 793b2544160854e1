"""A disk that is full, write-protected or gone: said in words, nothing half done."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.storage import StudyFolder, create_study, open_study
from napari_dinobloom.study import (
    FeatureMatrix,
    Recipe,
    ReplaceCells,
    Rows,
    Study,
    set_element,
)

CLASS = "Promyelozyt"


def state(study: Study) -> tuple:
    """What a person would see of it."""
    return (
        tuple((r.cell_id, r.class_name) for r in study.labels),
        tuple(study.taxonomy.names()),
        len(study.cells),
        {name: len(study.features(name)) for name in study.names_of("features")},
        study.undo_summary,
        study.redo_summary,
    )


def changes(opened: StudyFolder, label: Callable) -> dict[str, Callable[[], object]]:
    """One of every kind of change, and something to undo and to redo."""
    label(opened.study, 4, CLASS)
    opened.study.undo()
    study, one_row = opened.study, np.ones((1, 2))
    deep = FeatureMatrix("deep", ("a",), Recipe("d"), blocks=(Rows([1], [[1]]),))
    noise = np.random.default_rng(0).integers(0, 9999, (300, 300))
    return {
        "label": lambda: label(study, 3, CLASS),
        "undo": study.undo,
        "redo": study.redo,
        "cells": lambda: study.apply(ReplaceCells({1: None})),
        "rows": lambda: study.add_feature_rows("morph", Rows([5], one_row)),
        "result": lambda: study.apply(set_element(deep)),
        "masks": lambda: study.save_masks(1, noise, noise),
        "failures": lambda: study.note_failures("read", {"/a.png": "gone"}),
    }


def refused(change: Callable[[], object], what: str) -> DinoBloomError:
    """The words with which a change is refused; they name file and remedy."""
    with pytest.raises(DinoBloomError, match=what) as error:
        change()
    assert ".study" in error.value.what
    assert error.value.remedy
    return error.value


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    _mount("-t", "tmpfs", "-o", "size=3m", "none", place)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def _mount(*arguments: object) -> None:
    if not shutil.which("mount") or not hasattr(os, "geteuid") or os.geteuid():
        pytest.skip("only root may mount a disk")
    command = ["mount", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode()}")


def fill_up(path: Path) -> None:
    """Write until nothing goes in any more."""
    size = 2**16
    with path.open("wb", buffering=0) as stream:
        while size:
            try:
                stream.write(b"x" * size)
            except OSError:
                size //= 2


# -- full ------------------------------------------------------------------------


def test_a_full_disk_takes_nothing_and_loses_nothing(
    disk: Path, small_study: Path, put_label
) -> None:
    folder = disk / "a.study"
    shutil.copytree(small_study, folder)
    opened = open_study(folder, "Ada")
    every = changes(opened, put_label)
    before = state(opened.study)
    fill_up(disk / "photographs")
    for change in every.values():
        refused(change, "the disk is full")
        assert state(opened.study) == before
    error = refused(opened.close, "Nothing is lost, but the table")
    assert "Free some space" in error.remedy
    # What was begun does not take the last space.
    assert not [*folder.rglob("*.part"), *folder.glob("*.new")]
    with open_study(folder, read_only=True) as reader:
        assert state(reader.study) == before
    (disk / "photographs").unlink()
    with open_study(folder) as opened:
        assert state(opened.study) == before
        assert opened.study.redo() == f"label 1 cell {CLASS}"


def test_work_goes_on_when_there_is_space_again(
    disk: Path, small_study: Path, put_label
) -> None:
    folder = disk / "a.study"
    shutil.copytree(small_study, folder)
    with open_study(folder, "Ada") as opened:
        every = changes(opened, put_label)
        fill_up(disk / "photographs")
        for change in every.values():
            refused(change, "the disk is full")
        (disk / "photographs").unlink()
        for change in every.values():
            change()
        after = state(opened.study)
    with open_study(folder) as opened:
        assert state(opened.study) == after


def test_a_journal_that_may_not_grow_is_as_good_as_full(
    small_study: Path, put_label
) -> None:
    """The same where no disk can be mounted."""
    with open_study(small_study) as opened:
        db = opened._journal._db
        before = state(opened.study)
        db.execute(f"PRAGMA max_page_count = {_pages(db)}")
        with suppress(DinoBloomError):
            for _ in range(1000):
                before = state(opened.study)
                put_label(opened.study, 3, CLASS)
        refused(lambda: put_label(opened.study, 3, CLASS), "the disk is full")
        assert state(opened.study) == before
        db.execute(f"PRAGMA max_page_count = {2**30}")
        put_label(opened.study, 3, "blast")
        after = state(opened.study)
    with open_study(small_study) as opened:
        assert state(opened.study) == after


def _pages(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA page_count").fetchone()[0])


# -- write-protected -------------------------------------------------------------


@pytest.fixture
def protect(small_study: Path) -> Iterator[Callable[[str], None]]:
    """Make files and folders unchangeable ("+i"), or changeable again ("-i")."""

    def change(flag: str) -> None:
        # SQLite maps its "-shm" into memory; a system that forbids writing to that
        # kills the process, which a write-protected disk does not.
        inside = [p for p in small_study.rglob("*") if not p.name.endswith("-shm")]
        paths = [small_study, *inside]
        command = ["chattr", flag, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode and flag == "+i":
            pytest.skip(f"nothing can be protected here: {done.stderr.decode()}")

    if not shutil.which("chattr"):
        pytest.skip("there is no chattr")
    yield change
    change("-i")


def test_a_folder_that_becomes_write_protected_says_so(
    small_study: Path, put_label, protect
) -> None:
    opened = open_study(small_study, "Ada")
    every = changes(opened, put_label)
    before = state(opened.study)
    protect("+i")
    for change in every.values():
        refused(change, "may not be written|does not answer")
        assert state(opened.study) == before
    protect("-i")
    put_label(opened.study, 3, CLASS)
    after = state(opened.study)
    opened.close()
    with open_study(small_study) as opened:
        assert state(opened.study) == after


def test_a_study_is_closed_although_its_folder_became_write_protected(
    small_study: Path, put_label, protect
) -> None:
    opened = open_study(small_study)
    put_label(opened.study, 4, CLASS)
    before = state(opened.study)
    protect("+i")
    refused(opened.close, "Nothing is lost")
    with open_study(small_study) as reader:
        assert reader.read_only
        assert "cannot be written" in reader.study.read_only_reason
    protect("-i")
    with open_study(small_study) as opened:
        assert state(opened.study) == before


# -- gone ------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps what is open")
def test_a_folder_that_was_deleted_takes_no_label_into_nothing(
    small_study: Path, put_label
) -> None:
    opened = open_study(small_study)
    every = changes(opened, put_label)
    before = state(opened.study)
    shutil.rmtree(small_study)
    for change in every.values():
        refused(change, "no longer there")
        assert state(opened.study) == before
    refused(opened.close, "no longer there")
    assert not small_study.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps what is open")
def test_a_folder_that_was_moved_goes_on_when_it_is_back(
    small_study: Path, tmp_path: Path, put_label
) -> None:
    with open_study(small_study) as opened:
        every = changes(opened, put_label)
        small_study.rename(tmp_path / "moved.study")
        for change in every.values():
            refused(change, "no longer there")
        assert not small_study.exists()
        (tmp_path / "moved.study").rename(small_study)
        for change in every.values():
            change()
        after = state(opened.study)
    with open_study(small_study) as opened:
        assert state(opened.study) == after


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps what is open")
def test_another_folder_in_the_same_place_is_not_taken_for_the_study(
    small_study: Path, tmp_path: Path, put_label
) -> None:
    opened = open_study(small_study)
    small_study.rename(tmp_path / "moved.study")
    shutil.copytree(tmp_path / "moved.study", small_study)
    error = refused(lambda: put_label(opened.study, 3, CLASS), "another file")
    assert "open it again" in error.remedy
    refused(opened.close, "another file")


def test_a_disk_that_was_unplugged_goes_on_when_it_is_back(
    disk: Path, tmp_path: Path, small_study: Path, put_label
) -> None:
    shutil.copytree(small_study, disk / "a.study")
    stick = tmp_path / "stick"
    stick.mkdir()
    _mount("--bind", disk, stick)
    opened = open_study(stick / "a.study")
    every = changes(opened, put_label)
    before = state(opened.study)
    subprocess.run(["umount", "-l", stick], check=True)
    for change in every.values():
        refused(change, "does not answer, or the folder is no longer there")
        assert state(opened.study) == before
    assert not list(stick.iterdir())
    _mount("--bind", disk, stick)
    put_label(opened.study, 3, CLASS)
    opened.close()
    subprocess.run(["umount", "-l", stick], check=True)
    with open_study(disk / "a.study") as opened:
        assert opened.study.labels.label_of(3) == CLASS


# -- in use ----------------------------------------------------------------------


def test_another_program_at_the_journal_is_named_and_not_waited_for_long(
    small_study: Path, put_label
) -> None:
    with open_study(small_study) as opened:
        before = state(opened.study)
        browser = sqlite3.connect(small_study / "journal.sqlite", isolation_level=None)
        browser.execute("BEGIN IMMEDIATE")
        error = refused(lambda: put_label(opened.study, 3, CLASS), "another program")
        assert "Close what else uses" in error.remedy
        assert state(opened.study) == before
        browser.execute("ROLLBACK")
        browser.close()
        put_label(opened.study, 3, CLASS)


def test_a_study_cannot_be_made_on_a_full_disk(disk: Path) -> None:
    fill_up(disk / "photographs")
    refused(lambda: create_study(disk / "a.study"), "cannot become a study")
    (disk / "photographs").unlink()
    create_study(disk / "b.study").close()
