"""What a classifier believes. Never a label."""

from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.study.features import Rows, new_revision
from napari_dinobloom.study.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Predictions:
    """Class probabilities per cell, by id.

    Parameters
    ----------
    name
        The classifier's name.
    class_names
        C names, in the order of the columns.
    rows
        (n, C) float32, each row sums to 1.
    """

    name: str
    class_names: tuple[str, ...]
    rows: Rows
    recipe: Recipe
    revision: str = field(default_factory=new_revision)

    kind = "predictions"

    def __post_init__(self) -> None:
        if self.rows.values.shape[1] != len(self.class_names):
            raise ValueError(
                f"{len(self.class_names)} classes, {self.rows.values.shape[1]} columns"
            )

    @property
    def cell_ids(self) -> np.ndarray:
        """(n,) int64."""
        return self.rows.cell_ids

    @property
    def probabilities(self) -> np.ndarray:
        """(n, C) float32."""
        return self.rows.values

    @property
    def version(self) -> str:
        """Changes when another revision stands."""
        return self.revision

    def best(self, cell_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest class of each of these cells and its probability.

        Returns
        -------
        names
            (n,) object, None where a cell has no prediction.
        probability
            (n,) float32, nan there.
        """
        values, present = self.rows.of(cell_ids)
        names = np.full(len(values), None, dtype=object)
        probability = np.full(len(values), np.nan, np.float32)
        if present.any() and self.class_names:
            best = values[present].argmax(axis=1)
            names[present] = np.array(self.class_names, dtype=object)[best]
            probability[present] = values[present].max(axis=1)
        return names, probability
