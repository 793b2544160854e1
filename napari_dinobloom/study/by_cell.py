"""A whole number for each cell id, wherever the ids lie."""

from collections.abc import Iterator

import numpy as np

_BITS = 12
_PAGE = 1 << _BITS


class ByCell:
    """Numbers by cell id, in pages of neighbouring ids that are made when written to.

    Four bytes for each cell near one that has a number, read and written without a
    loop over cells; a dictionary takes a hundred and is filled one by one.

    Parameters
    ----------
    nothing
        The number of a cell that was given none.
    """

    def __init__(self, nothing: int) -> None:
        self.nothing = nothing
        self._pages: dict[int, np.ndarray] = {}

    def of(self, cell_id: int) -> int:
        """The number of one cell."""
        page = self._pages.get(cell_id >> _BITS)
        return self.nothing if page is None else int(page[cell_id & (_PAGE - 1)])

    def get(self, cell_ids: np.ndarray) -> np.ndarray:
        """(n,) int32: the number of each of these cells."""
        out: np.ndarray = np.full(len(cell_ids), self.nothing, np.int32)
        for number, places, slots in _parts(cell_ids):
            page = self._pages.get(number)
            if page is not None:
                out[places] = page[slots]
        return out

    def put(self, cell_ids: np.ndarray, numbers: np.ndarray) -> list[int]:
        """Give each of these cells a number; of equal ids the last one counts.

        Returns
        -------
        The pages that were written to.
        """
        written = []
        for number, places, slots in _parts(cell_ids):
            self.page(number)[slots] = numbers[places]
            written.append(number)
        return written

    def page(self, number: int) -> np.ndarray:
        """(4096,) int32, made if need be; cell ``(number << 12) + i`` is its i-th."""
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = np.full(_PAGE, self.nothing, np.int32)
        return page

    def given(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) int64 ascending ids of cells that have a number, (n,) int32 numbers."""
        ids, numbers = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        for number in sorted(self._pages):
            page = self._pages[number]
            slots = np.flatnonzero(page != self.nothing)
            ids.append(slots + ids_of(number))
            numbers.append(page[slots])
        return np.concatenate(ids), np.concatenate(numbers)


def ids_of(page: int) -> int:
    """The first cell id of a page."""
    return page << _BITS


def _parts(
    cell_ids: np.ndarray,
) -> Iterator[tuple[int, slice | np.ndarray, np.ndarray]]:
    """Page, places among the ids, slots in the page: once for each page."""
    order = None
    if (cell_ids[1:] < cell_ids[:-1]).any():
        order = np.argsort(cell_ids, kind="stable")
        cell_ids = cell_ids[order]
    start = 0
    while start < len(cell_ids):
        page = int(cell_ids[start]) >> _BITS
        stop = start + int(np.searchsorted(cell_ids[start:], ids_of(page + 1)))
        part = slice(start, stop)
        places = part if order is None else order[part]
        yield page, places, cell_ids[part] & (_PAGE - 1)
        start = stop
