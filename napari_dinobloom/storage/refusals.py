"""What a disk refuses, in words: full, write-protected, gone, in use."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_dinobloom.core import DinoBloomError

_BY_ERRNO = {
    errno.ENOSPC: "full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "full",
    errno.EFBIG: "full",
    errno.EROFS: "protected",
    errno.EACCES: "protected",
    errno.EPERM: "protected",
    errno.ENOENT: "gone",
    errno.ENODEV: "gone",
    errno.ENXIO: "gone",
    errno.EIO: "gone",
    getattr(errno, "ESTALE", errno.EIO): "gone",
    getattr(errno, "ENOTCONN", errno.EIO): "gone",
    errno.EBUSY: "in use",
}
_BY_SQLITE_NAME = (
    ("SQLITE_FULL", "full"),
    ("SQLITE_READONLY", "protected"),
    ("SQLITE_PERM", "protected"),
    ("SQLITE_AUTH", "protected"),
    ("SQLITE_BUSY", "in use"),
    ("SQLITE_LOCKED", "in use"),
    ("SQLITE_IOERR", "gone"),
    ("SQLITE_CANTOPEN", "gone"),
)
_WORDS = {
    "full": ("the disk is full", "Free some space on this disk, then do it again."),
    "protected": (
        "it may not be written any more",
        "Take away the write protection of the disk or the folder, then do it again.",
    ),
    "gone": (
        "the disk does not answer, or the folder is no longer there",
        "Connect the disk or network again, or move the folder back; then do it again.",
    ),
    "in use": (
        "another program is writing to it",
        "Close what else uses the folder (a browser of databases, a backup) and retry.",
    ),
}


def cause_of(error: BaseException) -> str:
    """Give "full", "protected", "gone", "in use", or "" where it is none of these."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        return next((c for start, c in _BY_SQLITE_NAME if name.startswith(start)), "")
    number = error.errno if isinstance(error, OSError) else None
    return _BY_ERRNO.get(number, "") if number is not None else ""


def refusal(what: str, path: Path, error: BaseException) -> DinoBloomError:
    """What could not be done to a file, why, and what helps.

    Parameters
    ----------
    what
        "The change could not be written to".
    """
    said, remedy = _WORDS.get(
        cause_of(error),
        (str(error), "Check the disk, then do it again."),
    )
    return DinoBloomError(f"{what} {path}: {said}.", remedy)


@contextmanager
def saying(what: str, path: Path) -> Iterator[None]:
    """Turn what the disk refuses inside into `refusal`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise refusal(what, path, error) from error


class Whereabouts:
    """Notices that a file was deleted or moved although it can still be written.

    A file that is open stays writeable on most systems after it was deleted: what goes
    into it then is lost without a word.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = _identity(path)

    def check(self, what: str) -> None:
        """Raise a `DinoBloomError` if another file or none lies there now."""
        try:
            now = _identity(self._path)
        except OSError as error:
            raise refusal(what, self._path, error) from error
        if now != self._identity:
            raise DinoBloomError(
                f"{what} {self._path}: another file lies there now.",
                "Close the study and open it again.",
            )


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
