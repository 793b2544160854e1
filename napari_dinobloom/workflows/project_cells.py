"""A map of the cells from their features."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.neighbours import NeighbourGraph, exact_neighbours
from napari_dinobloom.projection import projectors
from napari_dinobloom.study import Projection, Recipe, Rows, Study, set_element
from napari_dinobloom.workflows.gather import GatheredFeatures, gather_features

KINDS = "kinds"
"""Under this name a map's recipe keeps the kinds of cells that it is of."""


@dataclass(frozen=True)
class ProjectCells:
    """Lay the cells out in two dimensions, seeded."""

    features: GatheredFeatures
    projector: str
    parameters: Mapping[str, Any]
    kinds: tuple[str, ...] | None = None
    group: str | None = None
    title = "Drawing the map"

    @classmethod
    def from_study(
        cls,
        study: Study,
        projector: str = "umap",
        *,
        features: str | None = None,
        kinds: tuple[str, ...] | None = None,
        parameters: Mapping[str, Any] | None = None,
        group: str | None = None,
    ) -> Self:
        """Gather the features of these kinds of cells.

        Parameters
        ----------
        features
            The encoder's name; the only one unless told.
        kinds
            Those of the cells that are laid out; all by default.
        group
            Maps of one group are one step of undo.

        Raises
        ------
        BadInputError
            If there are no features, or no cell has any.
        """
        study.require_writable()
        projectors.require(projector)
        gathered = gather_features(study, features, kinds)
        if not len(gathered.cells):
            raise BadInputError(
                f"No cell has {gathered.name} features.", "Run the encoder first."
            )
        return cls(gathered, projector, dict(parameters or {}), kinds, group)

    def compute(self) -> Generator[Progress, None, Projection]:
        """Neighbours first where the projector wants them, then the map."""
        built = projectors.create(self.projector, **self.parameters)
        values = self.features.for_distances()
        graph: NeighbourGraph | None = None
        if built.neighbours_needed:
            metric: Literal["euclidean", "cosine"] = getattr(
                built, "metric", "euclidean"
            )
            graph = yield from exact_neighbours(
                values, built.neighbours_needed, metric=metric
            )
        coordinates = yield from built.project(values, graph)
        recipe = Recipe(
            self.projector,
            self._said(),
            seed=getattr(built, "seed", None),
            inputs=self.features.inputs,
        )
        rows = Rows(self.features.cells.cell_id, coordinates)
        return Projection(self.projector, rows, recipe)

    def commit(self, study: Study, result: Projection) -> None:
        """Let the map stand."""
        study.apply(set_element(result), self.group)

    def _said(self) -> dict[str, Any]:
        """The parameters, and the kinds of cells: who comes later asks for both."""
        kinds = {KINDS: list(self.kinds)} if self.kinds else {}
        return {**self.parameters, **kinds}
