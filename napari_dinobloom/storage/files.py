"""Files that are either whole or not there."""

import os
import shutil
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write under a temporary name, flush to the disk, then take the final name."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()  # on a full disk its space is wanted
        raise
    flush_folder(path.parent)


def remove_unfinished(folder: Path) -> None:
    """Delete what `replace_file` left below a folder when its process died."""
    for temporary in folder.glob("**/.*.part"):
        temporary.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Make a new name durable; Windows can neither and need not."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems cannot; the file itself is flushed
    finally:
        os.close(handle)


def replace_folder(new: Path, path: Path) -> None:
    """Let ``new`` take the name ``path``; `mend_folder` mends a crash in between."""
    old = path.with_name(f"{path.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    new.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def mend_folder(path: Path) -> None:
    """Finish or take back a `replace_folder` that a crash cut in two."""
    old = path.with_name(f"{path.name}.old")
    if not path.exists() and old.exists():
        old.rename(path)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(path.with_name(f"{path.name}.new"), ignore_errors=True)


def link_tree(source: Path, target: Path) -> None:
    """Copy a folder whose files never change in place, by hard links if possible."""
    shutil.copytree(source, target, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        # Another file system, or one without hard links (exFAT sticks).
        shutil.copy2(source, target)
    return target
