"""Files that are either whole or not there."""

import errno
import os
from pathlib import Path

import pytest

from napari_dinobloom.storage.files import remove_unfinished, replace_file

OLD, NEW = b"old" * 1000, b"new" * 2000


def test_a_file_is_never_written_over_but_gives_way_to_a_whole_one(
    tmp_path: Path,
) -> None:
    path, same = tmp_path / "a.bin", tmp_path / "same.bin"
    path.write_bytes(OLD)
    os.link(path, same)  # another name for the very bytes on the disk
    replace_file(path, NEW)
    assert path.read_bytes() == NEW
    assert same.read_bytes() == OLD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.bin", "same.bin"]


def test_on_a_full_disk_the_file_before_stays_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(OLD)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, NEW)
    assert path.read_bytes() == OLD
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_bytes_are_on_the_disk_before_the_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flushed = tmp_path / "a.bin", []

    def flush(handle: int) -> None:
        flushed.append((os.fstat(handle).st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", flush)
    replace_file(path, NEW)
    assert flushed[0] == (len(NEW), False)


def test_what_a_dead_process_left_unfinished_is_removed(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    for name in ("masks/.a.tif.part", "masks/a.tif", ".b.part"):
        (tmp_path / name).write_bytes(OLD)
    remove_unfinished(tmp_path)
    left = [p.name for p in tmp_path.rglob("*") if p.is_file()]
    assert left == ["a.tif"]
