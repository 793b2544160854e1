"""From older formats to today's; one pure step per version."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_dinobloom.core import BadInputError

FORMAT_VERSION = 1

_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""From version n to n + 1."""


def migrate(db: sqlite3.Connection, folder: Path, *, read_only: bool) -> None:
    """Bring an open journal to `FORMAT_VERSION`.

    Raises
    ------
    BadInputError
        If a later release wrote it, or it is old and may only be read.
    ValueError
        If it does not say its version.
    """
    row = db.execute("SELECT value FROM meta WHERE key = 'format_version'").fetchone()
    version = int(row[0]) if row else 0
    if version < 1:
        raise ValueError("its format version is missing")
    if version > FORMAT_VERSION:
        raise BadInputError(
            f"{folder} was written by a later release (format {version}; this one "
            f"knows {FORMAT_VERSION}).",
            "Update: pip install -U napari-dinobloom",
        )
    if version < FORMAT_VERSION and read_only:
        raise BadInputError(
            f"{folder} has the older format {version} and may only be read here.",
            "Open it once where it can be written.",
        )
    for step in range(version, FORMAT_VERSION):
        with transaction(db):
            _STEPS[step](db)
            db.execute(
                "UPDATE meta SET value = ? WHERE key = 'format_version'",
                (str(step + 1),),
            )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Everything inside, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself takes back what met a full disk
            db.execute("ROLLBACK")
        raise
