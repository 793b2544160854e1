"""Groups of cells that lie densely together on the map, found once per map."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

FindClusters = Callable[[np.ndarray, int], tuple[np.ndarray, str]]
"""(n, 2) finite places and the fewest cells of a cluster → (n,) labels, −1 between."""


class Clusters:
    """Clusters of the map that is shown.

    ::

        unknown ──begin──► looked for ──answer──► known
           ▲                                        │ another map, another size
           └────────────────────────────────────────┘

    Parameters
    ----------
    worker
        Where they are looked for.
    find
        How.
    came
        Called when they are known, or with what went wrong.
    """

    def __init__(
        self, worker: Any, find: FindClusters, came: Callable[[Exception | None], None]
    ) -> None:
        self._worker, self._find, self._came = worker, find, came
        self._known: dict[tuple[str, int], tuple[np.ndarray, str]] = {}
        self._sought: tuple[str, int] | None = None
        self._revision = ""
        self._xy = np.empty((0, 2), np.float32)
        self._chosen = 0

    @property
    def fewest(self) -> int:
        """How many cells a cluster has at least."""
        return self._chosen or usual_fewest(len(self._xy))

    @property
    def labels(self) -> np.ndarray | None:
        """(n,) int32 by row, −1 between clusters or without place; None: not known."""
        known = self._known.get((self._revision, self.fewest))
        return known[0] if known else None

    @property
    def note(self) -> str:
        """What is to be said about how they were found."""
        known = self._known.get((self._revision, self.fewest))
        return known[1] if known else "Looking for clusters …"

    def of(self, revision: str, xy: np.ndarray) -> None:
        """The map is this one now; rows may be other cells."""
        if len(xy) != len(self._xy) or revision != self._revision:
            self._known.clear()
        self._revision, self._xy = revision, xy

    def set_fewest(self, fewest: int) -> None:
        """Take groups of at least so many cells."""
        self._chosen = fewest

    def begin(self) -> None:
        """Look for them, unless that is under way."""
        wish = (self._revision, self.fewest)
        if self._sought == wish:
            return
        self._sought = wish
        job = partial(_clusters_of, self._find, self._xy, self.fewest)
        self._worker.submit(job, partial(self._take, wish), partial(self._fail, wish))

    def _take(self, wish: tuple[str, int], answer: tuple[np.ndarray, str]) -> None:
        self._forget(wish)
        if wish[0] == self._revision and len(answer[0]) == len(self._xy):
            self._known[wish] = answer
            self._came(None)

    def _fail(self, wish: tuple[str, int], error: Exception) -> None:
        self._forget(wish)
        self._came(error)

    def _forget(self, wish: tuple[str, int]) -> None:
        if self._sought == wish:
            self._sought = None


def usual_fewest(n: int) -> int:
    """A size below which a group of n cells is hardly worth a name."""
    return int(np.clip(n // 100, 10, 1000))


def _clusters_of(
    find: FindClusters, xy: np.ndarray, fewest: int
) -> tuple[np.ndarray, str]:
    placed = np.isfinite(xy).all(axis=1)
    labels = np.full(len(xy), -1, np.int32)
    found, note = find(xy[placed], fewest)
    labels[placed] = found
    return labels, note
