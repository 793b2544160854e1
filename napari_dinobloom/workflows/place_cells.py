"""New cells on the map that stands, where the cells lie that they resemble."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Self

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.projection import place_beside
from napari_dinobloom.study import Projection, Recipe, Rows, Study, scaled, set_element
from napari_dinobloom.workflows.project_cells import KINDS

PLACED, METHOD = "placed_later", "placed_by"
NEIGHBOURS = 15


@dataclass(frozen=True)
class PlaceCells:
    """Give a place to cells that have features and none on the map; none other moves.

    Parameters
    ----------
    old
        The map as it stands.
    rows
        (n,) rows of ``old`` whose cells have features.
    new_ids
        (m,) int64.
    values
        (n + m, d) float32, raw: features of ``old`` at those rows, then of the new.
    """

    old: Projection
    rows: np.ndarray
    new_ids: np.ndarray
    values: np.ndarray
    scaling: str
    inputs: dict[str, str]
    title = "Placing new cells"

    @classmethod
    def from_study(cls, study: Study, name: str = "umap") -> Self:
        """Gather the features of the map's cells and of those to be placed.

        Raises
        ------
        BadInputError
            If the map was drawn from features that are no longer there, or nothing is
            to be placed.
        """
        study.require_writable()
        old = study.projection(name)
        new_ids = unplaced(study, name)
        if not len(new_ids):
            raise BadInputError("Every described cell has its place on the map.")
        matrix = study.features(_encoder_of(study, old))
        known, present = matrix.rows.of(old.cell_ids)
        new, _ = matrix.rows.of(new_ids)
        values = np.concatenate([known[present], new])
        inputs = study.versions([f"features:{matrix.name}"])
        return cls(
            old, np.flatnonzero(present), new_ids, values, matrix.scaling, inputs
        )

    def compute(self) -> Generator[Progress, None, Projection]:
        """The old map with the new cells on it."""
        recipe = self.old.recipe
        ready = scaled(
            self.values, "standard" if self.scaling == "standard" else "none"
        )
        n = len(self.rows)
        k = int(recipe.parameters.get("n_neighbours", NEIGHBOURS))
        cosine = recipe.parameters.get("metric") == "cosine"
        places = yield from place_beside(
            ready[:n],
            self.old.coordinates[self.rows],
            ready[n:],
            n_neighbours=k,
            metric="cosine" if cosine else "euclidean",
        )
        already = int(recipe.parameters.get(PLACED, 0))
        said = {
            **recipe.parameters,
            METHOD: f"weighted mean of the {k} nearest cells on the map",
            PLACED: already + len(self.new_ids),
        }
        rows = Rows(
            np.concatenate([self.old.cell_ids, self.new_ids]),
            np.concatenate([self.old.coordinates, places]),
        )
        made = Recipe(recipe.method, said, recipe.seed, self.inputs)
        return Projection(self.old.name, rows, made)

    def commit(self, study: Study, result: Projection) -> None:
        """Let the map stand with the new cells on it."""
        study.apply(set_element(result))


def unplaced(study: Study, name: str = "umap") -> np.ndarray:
    """(m,) int64 ids of cells that belong on a map and have features but no place.

    Empty where the map was drawn from other features than those that stand: then their
    distances say nothing about it.
    """
    nothing = np.empty(0, np.int64)
    if name not in study.names_of("projection"):
        return nothing
    standing = study.projection(name)
    try:
        encoder = _encoder_of(study, standing)
    except BadInputError:
        return nothing
    kinds = standing.recipe.parameters.get(KINDS)
    cells = study.cells.of_kinds(tuple(kinds)) if kinds else study.cells
    described = _among(cells.cell_id, study.features(encoder).cell_ids)
    placed = _among(cells.cell_id, standing.cell_ids)
    missing: np.ndarray = cells.cell_id[described & ~placed]
    return missing


def _among(ids: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) bool, which ids are there; faster than `numpy.isin` where most are."""
    if not len(others):
        return np.zeros(len(ids), bool)
    ordered = np.sort(others)
    at = np.minimum(np.searchsorted(ordered, ids), len(ordered) - 1)
    found: np.ndarray = ordered[at] == ids
    return found


def _encoder_of(study: Study, standing: Projection) -> str:
    """The encoder whose features the map was drawn from, if these still stand."""
    for name, version in standing.recipe.inputs.items():
        kind, _, encoder = name.partition(":")
        if kind == "features" and encoder in study.names_of("features"):
            now = study.features(encoder).version
            if now.split("/")[0] == version.split("/")[0]:
                return encoder
    raise BadInputError(
        "The map was drawn from features that have been computed anew since.",
        "Draw the map again.",
    )
