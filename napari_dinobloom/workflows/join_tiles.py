"""Tiles of a slide put together while others are still being searched."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.monolayer import THICK, Monolayer
from napari_dinobloom.segmentation.seams import Part, Seams
from napari_dinobloom.segmentation.tiles import Tile, TileCells
from napari_dinobloom.workflows.tile_files import load_tile

_AT_ONCE = 4
"""Tiles painted after each one that was searched: those a killed run had left."""


class MaskWriter(Protocol):
    """Takes label images part by part."""

    def add(self, top: int, left: int, labels: np.ndarray, nuclei: np.ndarray) -> None:
        """A part of both that lies there; what is never added is empty."""
        ...

    def finish(self) -> str:
        """Keep them; return their name."""
        ...

    def abandon(self) -> None:
        """Forget them."""
        ...


class Joining:
    """Paints tiles in their order as they become ready.

    The order is that of the tiles and not that in which processes finish: the result
    must be the same on every computer.

    Parameters
    ----------
    name
        Of the picture, for messages.
    scratch
        Where finished tiles lie.
    tiles
        Those that are searched, row by row.
    parts
        Cells in the middle of its heaps are left out; their outlines mean nothing.
    writer
        Makes what takes the label images of a picture of that height and width.
    """

    def __init__(
        self,
        name: str,
        scratch: Path,
        shape: tuple[int, int],
        tiles: Sequence[Tile],
        parts: Monolayer | None,
        writer: Callable[[tuple[int, int]], MaskWriter],
    ) -> None:
        self._name, self._scratch, self._parts = name, scratch, parts
        self._tiles, self._seams = tiles, Seams(shape, tiles)
        self._ready: dict[int, bool] = {}
        self._masks = writer(shape)
        self.n_painted = 0

    def ready(self, tile: Tile, *, is_searched: bool = True) -> None:
        """A tile was searched, or could not be read and will be left out."""
        self._ready[tile.number] = is_searched

    def go_on(self, at_most: int = _AT_ONCE) -> None:
        """Paint what is next, as far as it is ready.

        Raises
        ------
        BadInputError
            If a finished tile is damaged, or the label images cannot be written.
        """
        for _ in range(at_most):
            if not self._paint_next():
                return

    def rest(self) -> Iterator[int]:
        """Paint all; yield how many are painted after each."""
        while self._paint_next():
            yield self.n_painted

    def finish(self) -> tuple[dict[str, np.ndarray], str]:
        """The cells as `measure` gives them, and the name of the label images.

        Raises
        ------
        BadInputError
            If the label images cannot be written.
        """
        try:
            return self._seams.columns(), self._masks.finish()
        except OSError as error:
            raise self._not_written(error) from error

    def abandon(self) -> None:
        """Forget label images that are not finished."""
        self._masks.abandon()

    def _paint_next(self) -> bool:
        if self.n_painted == len(self._tiles):
            return False
        tile = self._tiles[self.n_painted]
        is_searched = self._ready.get(tile.number)
        if is_searched is None:
            return False
        finished: Iterator[Part] = self._seams.leave_out(tile)
        if is_searched:
            finished = self._seams.paint(self._readable(tile))
        try:
            for part in finished:
                self._masks.add(part.top, part.left, part.labels, part.nuclei)
        except OSError as error:
            raise self._not_written(error) from error
        self.n_painted += 1
        return True

    def _readable(self, tile: Tile) -> TileCells:
        found = load_tile(self._scratch, tile)
        if self._parts is None or not len(found):
            return found
        where = self._parts.at(found.columns["y"], found.columns["x"])
        return found.without(where == THICK)

    def _not_written(self, error: OSError) -> BadInputError:
        return BadInputError(
            f"The label images of {self._name} cannot be written: {error.strerror}.",
            "Free some space, and run the same again: it goes on where it was.",
        )
