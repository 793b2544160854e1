"""What people said about cells: appended, never overwritten."""

import getpass
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

import numpy as np

from napari_dinobloom.study.ascending import is_ascending, numbered
from napari_dinobloom.study.by_cell import ByCell, ids_of
from napari_dinobloom.study.column import Column
from napari_dinobloom.study.sayings import Sayings
from napari_dinobloom.study.statements import (
    UNSURE,
    LabelRecord,
    Saying,
    Statements,
)

_NEVER = -1
_AT_ONCE = 1 << 16
"""Cells looked up at once: what is noted in between stays in the processor's cache."""


def account_name() -> str:
    """Who is logged in; "unknown" where the account has no name (a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def now() -> str:
    """The time in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class LabelJournal:
    """Every statement in the order in which it was made, and what stands now.

    Undone statements are not part of it; the study's history knows them. Kept as
    columns, sixteen bytes a statement and eight a cell, beside what was said, once (see
    `Sayings`)::

        number of a statement ─► cell, saying, number of the one before on that cell
        cell ─► number of the statement that stands
    """

    def __init__(self) -> None:
        self._cells, self._which = Column(np.int64), Column(np.int32)
        self._before = Column(np.int32)
        self._sayings = Sayings(self._word_of)
        self._standing = ByCell(_NEVER)
        self._class_names: list[str] = []
        self._code_of: dict[str, int] = {}
        self._summed = ByCell(_NOTHING_SAID)
        self._unsummed: set[int] = set()
        self._sum = 0

    def append(self, records: Iterable[LabelRecord]) -> None:
        """Add statements; the last one about a cell stands."""
        new = Statements.of(records)
        if not len(new):
            return
        cells, first = new.cell_ids, len(self)
        numbers = np.arange(first, first + len(cells), dtype=np.int32)
        self._before.extend(self._numbers_before(cells, numbers))
        self._cells.extend(cells)
        self._which.extend(new.which + np.int32(len(self._sayings)))
        self._sayings.extend(new.sayings)
        self._unsummed.update(self._standing.put(cells, numbers))

    def withdraw(self, records: Sequence[LabelRecord]) -> None:
        """Take back the last statements made, newest first (undo).

        Raises
        ------
        ValueError
            If others were made since; then nothing is taken back.
        """
        first = len(self) - len(records)
        if first < 0 or self._since(first) != Statements.of(records):
            raise ValueError("newer statements were made since")
        if not len(records):
            return
        # Of several about one cell the oldest is the last to be put back.
        gone, back = self._cells.values[first:][::-1], self._before.values[first:][::-1]
        self._unsummed.update(self._standing.put(gone, back))
        for column in (self._cells, self._which, self._before):
            column.cut(first)
        kept = int(self._which.values.max(initial=-1)) + 1
        self._sayings.cut(kept)

    # -- what stands ---------------------------------------------------------------

    def standing(self, cell_id: int) -> LabelRecord | None:
        """The statement that holds for a cell; None where nobody said anything."""
        number = self._standing.of(cell_id)
        return None if number == _NEVER else self._record(number)

    def standing_on(self, cell_ids: np.ndarray) -> Statements:
        """The statements that hold for those of these cells that have one."""
        ids = np.asarray(cell_ids, np.int64)
        numbers = self._standing.get(ids)
        said = numbers != _NEVER
        which = self._which.values[numbers[said]]
        used, which = numbered(which)
        return Statements(ids[said], [self._sayings[i] for i in used], which)

    def label_of(self, cell_id: int) -> str | None:
        """The class that stands for a cell, or None."""
        record = self.standing(cell_id)
        return record.class_name if record else None

    def is_unsure(self, cell_id: int) -> bool:
        """Whether the statement that holds for a cell is marked as not sure."""
        record = self.standing(cell_id)
        return record is not None and record.note == UNSURE

    def labels(self, *, unsure: bool = True) -> dict[int, str]:
        """Every standing label by cell id, ascending.

        Parameters
        ----------
        unsure
            False leaves out those marked unsure: nothing is to be learnt from them,
            and nothing to be scored by them.
        """
        ids = self.cell_ids
        codes, doubted = self.classes_of(ids)
        wanted = (codes >= 0) & (~doubted | unsure)
        names = np.array([*self._class_names, ""], object)[codes[wanted]]
        return dict(zip(ids[wanted].tolist(), names.tolist(), strict=True))

    @property
    def cell_ids(self) -> np.ndarray:
        """(m,) int64, ascending: cells about which anything was said."""
        return self._standing.given()[0]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Every class that was ever named, in the order in which they came up."""
        return tuple(self._class_names)

    def classes_of(self, cell_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What stands for some cells.

        Returns
        -------
        codes
            (n,) int32 index into `class_names`, -1 for no class.
        unsure
            (n,) bool.
        """
        ids = np.asarray(cell_ids, np.int64)
        codes, unsure = np.empty(len(ids), np.int32), np.empty(len(ids), bool)
        for lo in range(0, len(ids), _AT_ONCE):
            part = slice(lo, lo + _AT_ONCE)
            numbers = self._standing.get(ids[part])
            codes[part], unsure[part] = self._classes_of(numbers)
        return codes, unsure

    def classes_in_use(self) -> set[str]:
        """Names of the classes that some cell has."""
        codes, _ = self._classes_of(self._standing.given()[1])
        used = np.bincount(codes + 1, minlength=1)[1:]
        return {self._class_names[code] for code in np.flatnonzero(used).tolist()}

    # -- all that was said ---------------------------------------------------------

    def of_cell(self, cell_id: int) -> tuple[LabelRecord, ...]:
        """All that was said about a cell, oldest first."""
        said, number = [], self._standing.of(cell_id)
        while number != _NEVER:
            said.append(self._record(number))
            number = int(self._before.values[number])
        return tuple(reversed(said))

    def __iter__(self) -> Iterator[LabelRecord]:
        return iter(self._since(0))

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def version(self) -> str:
        """Differs whenever other labels stand; the same after undo and reopen."""
        for page in self._unsummed:
            self._sum_up(page)
        self._unsummed.clear()
        return f"{self._sum:x}"

    # -- inside --------------------------------------------------------------------

    def _record(self, number: int) -> LabelRecord:
        saying = self._sayings[self._which.values[number]]
        return LabelRecord(int(self._cells.values[number]), *saying)

    def last(self, n: int) -> Statements:
        """The last n statements, which stay as they are when they are taken back."""
        last = self._since(len(self) - n)
        return Statements(last.cell_ids.copy(), last.sayings, last.which)

    def _since(self, first: int) -> Statements:
        which = self._which.values[first:]
        lowest = int(which.min()) if len(which) else 0
        # only what these say: it may be the last of very many
        said = self._sayings.part(lowest, int(which.max(initial=lowest - 1)) + 1)
        return Statements(self._cells.values[first:], said, which - np.int32(lowest))

    def _numbers_before(self, cells: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """(n,) int32: the statement on the same cell before each of these."""
        before = self._standing.get(cells)
        if is_ascending(cells):
            return before
        order = np.argsort(cells, kind="stable")
        again = np.flatnonzero(cells[order[1:]] == cells[order[:-1]])
        before[order[again + 1]] = numbers[order[again]]
        return before

    def _word_of(self, saying: Saying) -> int:
        """Class and doubt in one number: twice the code, and one if unsure."""
        name, code = saying.class_name, -1
        if name is not None:
            code = self._code_of.setdefault(name, len(self._class_names))
            if code == len(self._class_names):
                self._class_names.append(name)
        return 2 * code + (saying.note == UNSURE)

    def _words_of(self, numbers: np.ndarray) -> np.ndarray:
        """(n,) int32: the word of each statement; where there is none, nothing said."""
        words = np.full(len(numbers), _NOTHING_SAID, np.int32)
        there = numbers != _NEVER
        words[there] = self._sayings.words(self._which.values[numbers[there]])
        return words

    def _classes_of(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = len(self._sayings)
        if len(numbers) <= n or (numbers == _NEVER).any():
            words = self._words_of(numbers)
            return words >> 1, (words & 1).astype(bool)
        # Of a million cells with a few sayings each saying is looked up once.
        words, which = self._sayings.words(np.arange(n)), self._which.values[numbers]
        return (words >> 1)[which], (words & 1).astype(bool)[which]

    def _sum_up(self, page: int) -> None:
        """Bring the sum over what stands up to date; its order does not matter."""
        summed, now = self._summed.page(page), self._words_of(self._standing.page(page))
        for slot in np.flatnonzero(summed != now).tolist():
            cell_id = ids_of(page) + slot
            change = self._digest(cell_id, now[slot])
            change -= self._digest(cell_id, summed[slot])
            self._sum = (self._sum + change) % 2**64
        summed[:] = now

    def _digest(self, cell_id: int, word: int) -> int:
        name = self._class_names[word >> 1] if word >= 0 else None
        if word & 1:
            # A zero byte stands in no other digest: ids are digits, then a space.
            said = f"{cell_id}\0{'' if name is None else f' {name}'}"
        elif name is None:
            return 0
        else:
            said = f"{cell_id} {name}"
        content = said.encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(content, digest_size=8).digest())


_NOTHING_SAID = -2
"""The word of a cell without class about which nobody is in doubt."""
