"""Class by cell as columns: a million labels are three arrays and no object more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from napari_dinobloom.study import LabelJournal

NONE = -1
"""Code of a cell without class."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelColumns:
    """What some cells are.

    Parameters
    ----------
    cell_ids
        (n,) int64; of equal ones the last counts.
    codes
        (n,) int index into ``names``, `NONE` for nothing, or nothing any more.
    names
        Classes.
    """

    cell_ids: np.ndarray
    codes: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.cell_ids)

    @classmethod
    def of(cls, labels: Mapping[int, str | None]) -> Self:
        """The same as a mapping of class by cell id, None for nothing."""
        names = tuple(dict.fromkeys(n for n in labels.values() if n is not None))
        code: dict[str | None, int] = {name: i for i, name in enumerate(names)}
        codes = [code.get(name, NONE) for name in labels.values()]
        ids = np.fromiter(labels, np.int64, len(labels))
        return cls(ids, np.array(codes, np.int32), names)

    @classmethod
    def sure(cls, labels: LabelJournal, cell_ids: np.ndarray) -> Self:
        """What stands for these cells, where its author was sure."""
        codes, unsure = labels.classes_of(cell_ids)
        codes[unsure] = NONE
        return cls(cell_ids, codes, labels.class_names)
