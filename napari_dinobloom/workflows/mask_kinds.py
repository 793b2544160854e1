"""Which kind each foreign cell is taken for, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation import CELL_KINDS
from napari_dinobloom.study import kind_of_name
from napari_dinobloom.workflows.metadata import read_table

BY_TABLE, BY_FILE, BY_NAME = "your table", "the file says so", "its name"
BY_NUCLEUS, BY_SEARCH = "it has a nucleus", "how it looks"


@dataclass(frozen=True, slots=True)
class Taken:
    """So many cells with this name were taken for this kind, for this reason."""

    name: str
    kind: str
    reason: str
    cells: int


def read_kinds(path: Path) -> dict[str, str]:
    """A table of names and kinds, by name in lower case.

    Raises
    ------
    BadInputError
        If it lacks the columns ``name`` and ``kind``, or names a kind that is none.
    """
    table = read_table(path)
    columns = {str(column).strip().casefold(): column for column in table.columns}
    name, kind = columns.get("name", columns.get("class")), columns.get("kind")
    if name is None or kind is None:
        raise BadInputError(
            f"{path} has the columns {', '.join(map(str, table.columns))}.",
            "It needs `name` and `kind`: Tumor,wbc.",
        )
    kinds = {}
    for said, meant in zip(table[name].tolist(), table[kind].tolist(), strict=True):
        known = kind_of_name(str(meant))
        if known is None:
            raise BadInputError(
                f"{path} takes {said!r} for {meant!r}, which is no kind of cell.",
                f"Known: {', '.join(CELL_KINDS)}.",
            )
        kinds[str(said).strip().casefold()] = known
    return kinds


def decide(
    names: Sequence[str],
    said: Sequence[str],
    nucleated: Iterable[bool],
    table: Mapping[str, str],
) -> list[tuple[str, str]]:
    """Kind and reason for each cell; the kind is "" where only the picture can tell.

    Parameters
    ----------
    names
        What the file calls each cell.
    said
        The kind where the file says it in our words.
    nucleated
        Whether the file gives it a nucleus.
    table
        Kind by name in lower case, as a person wants it.
    """
    by_name = {name: _of_name(name, table) for name in set(names)}
    decided = []
    for name, kind, nucleus in zip(names, said, nucleated, strict=True):
        known, reason = by_name[name]
        if reason == BY_TABLE:
            decided.append((known, reason))
        elif kind in CELL_KINDS:
            decided.append((kind, BY_FILE))
        elif known:
            decided.append((known, reason))
        else:
            decided.append(("wbc", BY_NUCLEUS) if nucleus else ("", BY_SEARCH))
    return decided


def counted(names: Sequence[str], decided: Sequence[tuple[str, str]]) -> list[Taken]:
    """How many cells of each name were taken for what, the most frequent first."""
    counts = Counter(
        (name, kind, reason)
        for name, (kind, reason) in zip(names, decided, strict=True)
    )
    return [Taken(*what, n) for what, n in counts.most_common()]


def _of_name(name: str, table: Mapping[str, str]) -> tuple[str, str]:
    wanted = table.get(name.strip().casefold())
    if wanted is not None:
        return wanted, BY_TABLE
    return kind_of_name(name) or "", BY_NAME
