"""Where each cell lies on a map."""

from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.study.features import Rows, new_revision
from napari_dinobloom.study.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Projection:
    """Two coordinates per cell, by id.

    Parameters
    ----------
    name
        "umap", "pca".
    rows
        (n, 2) float32 coordinates without unit.
    """

    name: str
    rows: Rows
    recipe: Recipe
    revision: str = field(default_factory=new_revision)

    kind = "projection"

    def __post_init__(self) -> None:
        if self.rows.values.shape[1] != 2:
            raise ValueError(
                f"a map has 2 coordinates, not {self.rows.values.shape[1]}"
            )

    @property
    def cell_ids(self) -> np.ndarray:
        """(n,) int64."""
        return self.rows.cell_ids

    @property
    def coordinates(self) -> np.ndarray:
        """(n, 2) float32."""
        return self.rows.values

    @property
    def version(self) -> str:
        """Changes when another revision stands."""
        return self.revision
