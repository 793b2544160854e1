"""The journal in SQLite: every edit, every label, every undo, in order."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage import codec
from napari_dinobloom.storage.migrations import FORMAT_VERSION, migrate, transaction
from napari_dinobloom.storage.refusals import Whereabouts, cause_of, refusal, saying
from napari_dinobloom.study import (
    ChangeSlides,
    CorrectCells,
    Edit,
    Element,
    FeatureMatrix,
    LabelRecord,
    Predictions,
    Recipe,
    ReplaceCells,
    SetElement,
    SetLabels,
    SetTaxonomy,
    Stored,
    now,
)

_NOT_MADE = "The change was not made, as it could not be written to"
_NOT_READ = "The study could not be read from"

_MANY = 256
"""More labels than that in one edit are kept in its own row: a row for each of a
million would take seconds, and they are only ever read together."""
_BULK = "bulk labels"
"""What such an edit is called on disk; a release that cannot read it says so."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, author TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('do', 'undo', 'redo')),
    step_id TEXT NOT NULL, edit_id INTEGER REFERENCES edits);
CREATE TABLE edits (
    edit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, summary TEXT NOT NULL,
    payload TEXT NOT NULL DEFAULT '', content BLOB);
CREATE TABLE labels (
    record_id INTEGER PRIMARY KEY AUTOINCREMENT,
    edit_id INTEGER NOT NULL REFERENCES edits,
    cell_id INTEGER NOT NULL, class_name TEXT,
    author TEXT NOT NULL, at TEXT NOT NULL, source TEXT NOT NULL,
    prediction TEXT NOT NULL, note TEXT NOT NULL);
CREATE INDEX labels_of_edit ON labels (edit_id);
CREATE TABLE elements (
    revision TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
    columns TEXT NOT NULL, scaling TEXT NOT NULL, recipe TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE TABLE failures (
    step TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (step, subject));
"""


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """One step of undo as it stands on disk."""

    step_id: str
    edit_ids: tuple[int, ...]
    undone: bool


class JournalFile:
    """`journal.sqlite` of one study, append-only but for the list of failures."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._folder = folder
        self._path = folder / "journal.sqlite"
        if read_only and not self._path.exists():
            raise BadInputError(
                f"{folder} holds no journal.sqlite.", "Is it a study folder?"
            )
        with self._naming_damage():
            self._db = self._connect(read_only)
        try:
            with self._naming_damage():
                self.whereabouts = Whereabouts(self._path)
                self._prepare(read_only)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._db.close()

    # -- writing -----------------------------------------------------------------

    def append(self, step_id: str, edit: Edit, author: str, at: str) -> None:
        """One edit and its line in the log, in one transaction."""
        with self._transaction():
            kind, payload, content = edit.kind, "", None
            if isinstance(edit, ChangeSlides):
                payload = codec.slides_to_json(edit, self._folder)
                self._raise_next("next_picture_id", max(edit.pictures, default=0) + 1)
            elif isinstance(edit, ReplaceCells):
                payload, content = codec.cells_to_json(edit)
                self._raise_next("next_cell_id", edit.highest_cell_id + 1)
            elif isinstance(edit, SetTaxonomy):
                payload = codec.taxonomy_to_json(edit)
            elif isinstance(edit, SetElement):
                revision = None if edit.element is None else edit.element.revision
                payload = json.dumps([*edit.key, revision])
                if edit.element is not None and not isinstance(edit.element, Stored):
                    self._describe(edit.element, at)
            elif isinstance(edit, SetLabels):
                if len(edit.records) > _MANY:
                    kind = _BULK
                    payload, content = codec.labels_to_json(edit)
            else:
                raise TypeError(f"edits of kind {edit.kind!r} are never stored")
            edit_id = self._db.execute(
                "INSERT INTO edits (kind, summary, payload, content) VALUES (?,?,?,?)",
                (kind, edit.summary, payload, content),
            ).lastrowid
            if isinstance(edit, SetLabels) and kind != _BULK:
                self._db.executemany(
                    "INSERT INTO labels (edit_id, cell_id, class_name, author, at, "
                    "source, prediction, note) VALUES (?,?,?,?,?,?,?,?)",
                    [
                        (
                            *(edit_id, int(r.cell_id), r.class_name, r.author),
                            *(r.at, r.source, r.prediction, r.note),
                        )
                        for r in edit.records
                    ],
                )
            self._log("do", step_id, author, at, edit_id)

    def append_action(self, action: str, step_id: str, author: str, at: str) -> None:
        """An undo or redo."""
        with self._transaction():
            self._log(action, step_id, author, at, None)

    def set_failures(self, failures: Mapping[tuple[str, str], str]) -> None:
        """Replace the list of what failed."""
        with self._transaction():
            self._db.execute("DELETE FROM failures")
            self._db.executemany(
                "INSERT INTO failures VALUES (?,?,?)",
                [(*key, reason) for key, reason in failures.items()],
            )

    # -- reading -----------------------------------------------------------------

    def history(self) -> Iterator[tuple[LoggedStep, list[Edit]]]:
        """Every step of `steps` with its edits.

        Raises
        ------
        BadInputError
            If the journal is damaged; the message names the file.
        """
        with self._naming_damage():
            steps, labels = self.steps(), self._labels()
        for step in steps:
            with self._naming_damage():
                edits = [
                    SetLabels(labels.pop(i)) if i in labels else self.read_edit(i)
                    for i in step.edit_ids
                ]
            yield step, edits

    def steps(self) -> list[LoggedStep]:
        """All steps that stand or can be redone; those in the order of the stack."""
        done: list[str] = []
        undone: list[str] = []
        edits: dict[str, list[int]] = {}
        rows = self._db.execute("SELECT action, step_id, edit_id FROM log ORDER BY seq")
        for action, step_id, edit_id in rows:
            if action == "undo":
                undone.append(done.pop())
            elif action == "redo":
                done.append(undone.pop())
            else:
                undone.clear()
                edits.setdefault(step_id, []).append(edit_id)
                if not done or done[-1] != step_id:
                    done.append(step_id)
        return [
            LoggedStep(step_id, tuple(edits[step_id]), is_undone)
            for group, is_undone in ((done, False), (undone, True))
            for step_id in group
        ]

    def read_edit(self, edit_id: int) -> Edit:
        """One edit; computed results come as `Stored`."""
        kind, summary, payload, content = self._db.execute(
            "SELECT kind, summary, payload, content FROM edits WHERE edit_id = ?",
            (edit_id,),
        ).fetchone()
        if kind == "slides":
            return codec.slides_from_json(payload, self._folder)
        if kind == "cells":
            return codec.cells_from_json(payload, content)
        if kind == "correction":
            found = codec.cells_from_json(payload, content)
            return CorrectCells(found.findings, summary)
        if kind == "taxonomy":
            return codec.taxonomy_from_json(payload)
        if kind == "labels":
            return SetLabels(self._labels(edit_id).get(edit_id, ()))
        if kind == _BULK:
            return codec.labels_from_json(payload, content)
        if kind == "element":
            element_kind, name, revision = json.loads(payload)
            stored = Stored(element_kind, name, revision) if revision else None
            return SetElement((element_kind, name), stored)
        raise BadInputError(
            f"The journal in {self._folder} holds an edit of kind {kind!r}, which this "
            "version does not know.",
            "Update: pip install -U napari-dinobloom",
        )

    def _labels(self, edit_id: int | None = None) -> dict[int, tuple[LabelRecord, ...]]:
        """The records of each label edit, or of one; in one go, as there are many."""
        columns = "edit_id, cell_id, class_name, author, at, source, prediction, note"
        query = f"SELECT {columns} FROM labels"  # noqa: S608 - fixed names
        if edit_id is not None:
            query += f" WHERE edit_id = {int(edit_id)}"
        rows = self._db.execute(f"{query} ORDER BY record_id")
        # The same few names a hundred thousand times: kept once.
        once: dict[Any, Any] = {}
        found: dict[int, list[LabelRecord]] = {}
        for edit, cell_id, *said in rows:
            words = [once.setdefault(word, word) for word in said]
            found.setdefault(edit, []).append(LabelRecord(cell_id, *words))
        return {edit: tuple(records) for edit, records in found.items()}

    def head_of(self, stored: Stored) -> tuple[list[str], str, Recipe]:
        """Column names, scaling and recipe of a computed result."""
        with self._naming_damage():
            columns, scaling, recipe = self._db.execute(
                "SELECT columns, scaling, recipe FROM elements WHERE revision = ?",
                (stored.revision,),
            ).fetchone()
            return json.loads(columns), scaling, Recipe.from_json(recipe)

    def reachable_revisions(self) -> set[str]:
        """Versions of computed results that stand or that undo and redo may bring."""
        with self._naming_damage():
            reachable = {i for step in self.steps() for i in step.edit_ids}
            rows = self._db.execute(
                "SELECT edit_id, payload FROM edits WHERE kind = 'element'"
            )
            revisions = {json.loads(p)[2] for i, p in rows if i in reachable}
        return revisions - {None}

    def failures(self) -> dict[tuple[str, str], str]:
        """Reason by step and subject."""
        rows = self._db.execute("SELECT step, subject, reason FROM failures")
        return {(step, subject): reason for step, subject, reason in rows}

    def next_ids(self) -> tuple[int, int]:
        """The lowest cell id and picture id that were never used."""
        return self._next("next_cell_id"), self._next("next_picture_id")

    @property
    def last_seq(self) -> int:
        """Number of the log's last line."""
        with self._naming_damage():
            row = self._db.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
        return int(row[0])

    # -- inside ------------------------------------------------------------------

    def _connect(self, read_only: bool) -> sqlite3.Connection:
        if not read_only:
            return self._opened("rwc")
        try:
            return self._opened("ro")
        except sqlite3.OperationalError:
            # SQLite makes files beside the journal even to read it, and cannot where
            # the folder may not be written. Without a write-ahead log they are not
            # needed; with one, its newest labels would be overlooked.
            log = self._path.with_name(f"{self._path.name}-wal")
            if log.exists() and log.stat().st_size:
                raise BadInputError(
                    f"{self._path} was not closed properly, and its newest changes can "
                    "only be read where the folder may be written.",
                    "Open it once with the right to write, or work on a copy.",
                ) from None
            return self._opened("ro&immutable=1")

    def _opened(self, mode: str) -> sqlite3.Connection:
        address = f"{self._path.resolve().as_uri()}?mode={mode}"
        # Nobody else should write to it; who does so long is told, not waited for.
        db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=0.5)
        try:
            db.execute("SELECT count(*) FROM sqlite_master")
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, read_only: bool) -> None:
        verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict.splitlines()[-1])
        is_new = not self._has_schema()
        others = (self._folder / n for n in ("arrays", "cells.zarr", "masks"))
        if is_new and (read_only or any(other.exists() for other in others)):
            raise sqlite3.DatabaseError("it is empty")
        if not read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
        if is_new:
            self._create()
        migrate(self._db, self._folder, read_only=read_only)

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, *codec.DAMAGE) as error:
            if cause_of(error):
                raise refusal(_NOT_READ, self._path, error) from error
            raise BadInputError(
                f"{self._path} cannot be read as a study's journal: {error}.",
                "Restore the folder from a backup; nothing in it was changed.",
            ) from error

    def _has_schema(self) -> bool:
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'meta'"
        return bool(self._db.execute(query).fetchone()[0])

    def _create(self) -> None:
        # executescript would commit first: the schema is created whole or not at all.
        with self._transaction():
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._db.execute(statement)
            self._db.executemany(
                "INSERT INTO meta VALUES (?,?)",
                [("format_version", str(FORMAT_VERSION)), ("created", now())],
            )

    def _describe(self, element: Element, at: str) -> None:
        columns: tuple[str, ...] = ("x", "y")
        scaling = "none"
        if isinstance(element, FeatureMatrix):
            columns, scaling = element.feature_names, element.scaling
        elif isinstance(element, Predictions):
            columns = element.class_names
        self._db.execute(
            "INSERT OR IGNORE INTO elements VALUES (?,?,?,?,?,?,?)",
            (
                *(element.revision, element.kind, element.name),
                *(json.dumps(columns), scaling, element.recipe.to_json(), at),
            ),
        )

    def _log(
        self, action: str, step_id: str, author: str, at: str, edit_id: int | None
    ) -> None:
        self._db.execute(
            "INSERT INTO log (at, author, action, step_id, edit_id) VALUES (?,?,?,?,?)",
            (at, author, action, step_id, edit_id),
        )

    def _next(self, key: str) -> int:
        row = self._db.execute(
            "SELECT value FROM meta WHERE key = ?", (key,)
        ).fetchone()
        return int(row[0]) if row else 1

    def _raise_next(self, key: str, value: int) -> None:
        if value > self._next(key):
            self._db.execute(
                "INSERT INTO meta VALUES (?,?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, str(value)),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.whereabouts.check(_NOT_MADE)
        with saying(_NOT_MADE, self._path), transaction(self._db):
            yield
