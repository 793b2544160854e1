"""The UMAP map of cells, fed from the shared neighbour graph."""

import queue
import threading
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.neighbours import (
    NeighbourGraph,
    check_features,
    exact_neighbours,
)
from napari_dinobloom.projection.pca import PCA

# Below this a graph says nothing that the plane of greatest variance does not.
_FEWEST = 5
# Below this the spectral start is not defined or not stable.
_FEWEST_SPECTRAL = 30


@dataclass(frozen=True, slots=True)
class UMAP:
    """Uniform manifold approximation and projection (arXiv 1802.03426), by umap-learn.

    The same seed gives the same map on the same machine. Distances between far groups
    and the sizes of groups mean nothing. Fewer than 5 cells are laid out by PCA.

    Parameters
    ----------
    n_neighbours
        Size of a neighbourhood, the cell itself included, as umap-learn counts. With
        fewer cells, all of them.
    min_distance
        How close neighbours may come on the map.
    metric
        Of the graph; used when none is given.
    seed
        Of the start and of the sampling.

    Raises
    ------
    BadInputError
        If n_neighbours < 2 or min_distance is outside 0…1.
    """

    n_neighbours: int = 15
    min_distance: float = 0.1
    metric: Literal["euclidean", "cosine"] = "euclidean"
    seed: int = 0

    name = "umap"

    def __post_init__(self) -> None:
        if self.n_neighbours < 2:
            raise BadInputError(
                f"UMAP needs at least 2 neighbours; got {self.n_neighbours}."
            )
        if not 0 <= self.min_distance <= 1:
            raise BadInputError(
                f"The minimum distance is from 0 to 1; got {self.min_distance}."
            )

    @property
    def neighbours_needed(self) -> int:
        """How many other cells per cell the graph must hold."""
        return self.n_neighbours - 1

    def project(
        self, features: np.ndarray, graph: NeighbourGraph | None = None
    ) -> Generator[Progress, None, np.ndarray]:
        """Return (n, 2) float32 coordinates.

        Parameters
        ----------
        features
            (n, d) float32, finite.
        graph
            Of these cells with at least ``neighbours_needed`` neighbours (n - 1 if that
            is less); computed here if None.

        Raises
        ------
        BadInputError
            If a feature is not finite, or the graph is of other cells or too small.
        """
        check_features(features)
        n = len(features)
        if n < _FEWEST:
            return (yield from PCA().project(features))
        needed = min(self.neighbours_needed, n - 1)
        if graph is None:
            graph = yield from exact_neighbours(features, needed, self.metric)
        if graph.n_cells != n:
            raise BadInputError(
                f"The graph is of {graph.n_cells} cells, the features are of {n}.",
                "Compute the graph again.",
            )
        start: str | np.ndarray = "spectral"
        if n < _FEWEST_SPECTRAL:
            start = yield from self._plane(features)
        yield Progress(
            0, 1, "Preparing UMAP (compiles for about half a minute the first time)"
        )
        return (
            yield from _in_thread(_Layout(self, features, graph.first(needed), start))
        )

    def _plane(self, features: np.ndarray) -> Generator[Progress, None, np.ndarray]:
        """PCA coordinates, scaled to 10 and shaken a little: twins must part."""
        plane = yield from PCA().project(features)
        widest = max(float(np.abs(plane).max()), 1e-12)
        noise = np.random.default_rng(self.seed).normal(scale=1e-2, size=plane.shape)
        return (10 * plane / widest + noise).astype(np.float32)


class _Cancelled(BaseException):
    """Raised inside umap-learn's loop to end it; never leaves this module."""


@dataclass(frozen=True, slots=True)
class _CancelPoint:
    """Where the loop can be stopped: tqdm asks for its truth before it takes its lock.

    Raising anywhere later, while tqdm prints, would leave its process-wide lock taken
    and the next map waiting for it for ever.
    """

    layout: "_Layout"

    def __bool__(self) -> bool:
        if self.layout.cancelled:
            raise _Cancelled
        return False


@dataclass(slots=True)
class _Layout:
    """One run of umap-learn, reporting epochs through the file tqdm writes to."""

    parameters: UMAP
    features: np.ndarray
    graph: NeighbourGraph
    start: "str | np.ndarray"
    cancelled: bool = False
    reports: "queue.SimpleQueue[int | np.ndarray | BaseException] | None" = None

    def write(self, text: str) -> None:
        """Take what tqdm prints: the epoch."""
        if self.reports is not None and text.strip().isdigit():
            self.reports.put(int(text))

    def flush(self) -> None:
        """Nothing is kept back."""

    def run(self) -> None:
        """Put epochs, then the coordinates or the error, into the queue."""
        assert self.reports is not None  # noqa: S101  # set by _in_thread
        try:
            self.reports.put(self._coordinates())
        except BaseException as error:  # noqa: BLE001  # raised again by the reader
            self.reports.put(error)

    @property
    def epochs(self) -> int:
        """How many epochs umap-learn takes by default for so many cells."""
        return 500 if len(self.features) <= 10_000 else 200

    def _coordinates(self) -> np.ndarray:
        with warnings.catch_warnings():
            # Start-up and disconnected graphs: nothing that a reader could act on.
            warnings.filterwarnings("ignore", module=r"umap|sklearn\.manifold")
            from umap.umap_ import (
                find_ab_params,
                fuzzy_simplicial_set,
                simplicial_set_embedding,
            )

            # umap-learn takes no Generator
            random = np.random.RandomState(self.parameters.seed)
            n = len(self.features)
            itself = np.arange(n, dtype=np.int32)[:, None]
            memberships, _, _ = fuzzy_simplicial_set(
                self.features,
                self.graph.k + 1,
                random,
                self.graph.metric,
                knn_indices=np.hstack([itself, self.graph.indices]),
                knn_dists=np.hstack([np.zeros((n, 1), "f4"), self.graph.distances]),
            )
            if self.cancelled:
                raise _Cancelled
            a, b = find_ab_params(1.0, self.parameters.min_distance)
            coordinates, _ = simplicial_set_embedding(
                self.features,
                memberships,
                n_components=2,
                initial_alpha=1.0,
                a=a,
                b=b,
                gamma=1.0,
                negative_sample_rate=5,
                n_epochs=self.epochs,
                init=self.start,
                random_state=random,
                metric=self.graph.metric,
                metric_kwds={},
                densmap=False,
                densmap_kwds={},
                output_dens=False,
                tqdm_kwds={
                    "disable": False,
                    "file": self,
                    "bar_format": "{n_fmt}",
                    "lock_args": _CancelPoint(self),
                    "mininterval": 0.05,
                    "miniters": 1,
                },
            )
        return np.ascontiguousarray(coordinates, np.float32)


def _in_thread(layout: _Layout) -> Generator[Progress, None, np.ndarray]:
    """Run the layout beside the generator, so that it can tell how far it is."""
    reports: queue.SimpleQueue[int | np.ndarray | BaseException] = queue.SimpleQueue()
    layout.reports = reports
    thread = threading.Thread(target=layout.run, name="umap", daemon=True)
    thread.start()
    try:
        while True:
            report = reports.get()
            if isinstance(report, BaseException):
                raise report
            if isinstance(report, np.ndarray):
                return report
            yield Progress(report, layout.epochs, "Laying out the map")
    finally:
        layout.cancelled = True
        thread.join()
