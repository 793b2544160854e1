"""What several workflows take from a study: rows ready for distances."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.study import CellTable, Study, scaled


@dataclass(frozen=True, slots=True)
class GatheredFeatures:
    """Features of the cells that are there now, by ascending id.

    Parameters
    ----------
    name
        The encoder.
    cells
        n rows.
    values
        (n, d) float32 raw, nan where a feature could not be measured; the study's own
        array where every cell has features, so do not write into it.
    scaling
        What `study.scaled` is to do with them.
    inputs
        Versions for the recipe of what is computed from them.
    missing
        Cells of the same kinds that have no features yet.
    """

    name: str
    cells: CellTable
    values: np.ndarray
    scaling: str
    inputs: dict[str, str]
    missing: int

    def for_distances(self) -> np.ndarray:
        """(n, d) float32 scaled and without nan; ``values`` itself where it is fit."""
        return scaled(self.values, "standard" if self.scaling == "standard" else "none")


def gather_features(
    study: Study, name: str | None = None, kinds: tuple[str, ...] | None = None
) -> GatheredFeatures:
    """The named features, or the only ones; of cells of these kinds, or all.

    Raises
    ------
    BadInputError
        If there are no features, or several and none was named.
    """
    matrix = study.features(chosen_features(study, name))
    cells = study.cells.of_kinds(kinds) if kinds else study.cells
    values, present = matrix.rows.of(cells.cell_id)
    if not present.all():
        cells, values = cells.take(present), values[present]
    return GatheredFeatures(
        matrix.name,
        cells,
        values,
        matrix.scaling,
        study.versions([f"features:{matrix.name}"]),
        int((~present).sum()),
    )


def chosen_features(study: Study, name: str | None) -> str:
    """The name itself, or that of the study's only features.

    Raises
    ------
    BadInputError
        If there are none, or several and none was named.
    """
    names = study.names_of("features")
    if name is not None:
        return name
    if not names:
        raise BadInputError(
            "No features have been computed in this study.",
            "Run an encoder first: napari-dinobloom run … --encoder morphology",
        )
    if len(names) > 1:
        raise BadInputError(
            f"The study has features of {len(names)} encoders: {', '.join(names)}.",
            "Say which ones to use.",
        )
    return names[0]
