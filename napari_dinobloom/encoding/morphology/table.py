"""Feature columns beside their meanings, so that the two cannot drift apart."""

from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.encoding.protocol import FeatureMeaning


@dataclass(slots=True)
class FeatureTable:
    """Columns that are added one after another, each with its unit and meaning.

    Every measuring function is given the table and adds to it; the names and their
    order are those of the measuring itself.
    """

    columns: list[np.ndarray] = field(default_factory=list)
    meanings: list[FeatureMeaning] = field(default_factory=list)

    def add(self, name: str, unit: str, meaning: str, values: np.ndarray) -> None:
        """Add one feature: (n,) numbers; what is not finite becomes nan."""
        column = np.asarray(values, dtype=np.float32)
        self.columns.append(np.where(np.isfinite(column), column, np.float32(np.nan)))
        self.meanings.append(FeatureMeaning(name, unit, meaning))

    def matrix(self) -> np.ndarray:
        """All columns side by side, (n, d) float32."""
        return np.stack(self.columns, axis=1)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient of two arrays; nan where the lower one is zero or less."""
    below = np.asarray(below, dtype=np.float64)
    quotient: np.ndarray = np.divide(
        above,
        below,
        out=np.full(np.broadcast_shapes(np.shape(above), below.shape), np.nan),
        where=below > 0,
    )
    return quotient
