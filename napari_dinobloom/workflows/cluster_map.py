"""Clusters of a map, found in a process of their own."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from napari_dinobloom.projection import find_clusters
from napari_dinobloom.projection.clusters import MOST_FITTED
from napari_dinobloom.workflows.pool import _clean_start, _prepare_worker

AT_ONCE = 2_000
"""So few cells are clustered before a process has started."""


def cluster_map(coordinates: np.ndarray, fewest: int) -> tuple[np.ndarray, str]:
    """Labels of (n, 2) finite places, −1 between clusters, and a note for the reader.

    scikit-learn's HDBSCAN holds Python's lock for as long as it runs, and a window
    beside it would stand still: many cells go to another process.
    """
    find = partial(find_clusters, coordinates, fewest)
    if len(coordinates) <= AT_ONCE:
        labels, sampled = find()
    else:
        with ProcessPoolExecutor(
            1, get_context("spawn"), initializer=_prepare_worker
        ) as pool:
            with _clean_start():
                answer = pool.submit(find)
            labels, sampled = answer.result()
    n = int(labels.max(initial=-1)) + 1
    note = f"{n} {'cluster' if n == 1 else 'clusters'}; they lie together on this map."
    if sampled:
        note += (
            f" Found among {MOST_FITTED:,} cells drawn at random; each other cell has "
            "the cluster of the nearest of these."
        )
    return labels, note
