"""The morphology encoder: named measurements a hematologist can read, no download."""

from functools import cache
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.encoding.morphology.colour import measure_colours
from napari_dinobloom.encoding.morphology.profile import measure_profiles
from napari_dinobloom.encoding.morphology.raster import SIDE
from napari_dinobloom.encoding.morphology.regions import Regions, find_regions
from napari_dinobloom.encoding.morphology.shape import measure_shapes
from napari_dinobloom.encoding.morphology.table import FeatureTable
from napari_dinobloom.encoding.morphology.texture import measure_textures
from napari_dinobloom.encoding.protocol import (
    WINDOW_UM,
    CellImages,
    EncoderInfo,
    FeatureMeaning,
)

VERSION = "1"
"""Raised whenever the same cell would get other numbers."""

BATCH = 32
"""Cells measured together: many enough for numpy, few enough for the cache."""


class MorphologyEncoder:
    """Size, shape, lobes, stain, texture, granules and radial profile of each cell.

    Masks are used where they are given; where they are not, the cell in the middle of
    the window is found by its stain. Lengths in µm are nan where the pixel size is
    unknown; their counterparts relative to the window are always measured, so no
    column mixes units.

    Parameters
    ----------
    batch_size
        Cells measured together; it changes the memory, not the result.
    """

    def __init__(self, batch_size: int | None = None) -> None:
        self._batch_size = batch_size or BATCH
        self.meanings = morphology_meanings()
        self.info = morphology_info()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name of each column."""
        return tuple(feature.name for feature in self.meanings)

    def encode(self, cells: CellImages) -> np.ndarray:
        """Measurements, (n, d) float32; nan where there is nothing to measure on.

        A cell without a visible nucleus (a red cell, a platelet) has nan in what would
        be measured on the nucleus.
        """
        rows = [_measure(batch) for batch in cells.batches(self._batch_size)]
        if not rows:
            return np.empty((0, len(self.meanings)), dtype=np.float32)
        return np.concatenate([table.matrix() for table in rows])

    def fingerprint(self) -> str:
        """Version of the measurements and the size at which they are taken."""
        return f"morphology-{VERSION}-{SIDE}px"


def morphology_info() -> EncoderInfo:
    """How the morphology encoder introduces itself."""
    return EncoderInfo(
        name="morphology",
        dimension=len(morphology_meanings()),
        input_px=SIDE,
        window_um=WINDOW_UM,
        family="morphology",
        licence="Apache-2.0",
        citation="",
        needs_weights=False,
        scaling="standard",
        description="Named measurements of size, shape, lobes, stain and texture; "
        "works at once, without a download or a graphics card.",
    )


def create_morphology(
    weights: Path | None = None, device: str = "auto", batch_size: int | None = None
) -> MorphologyEncoder:
    """The morphology encoder; it runs on the processor whatever the device.

    Raises
    ------
    BadInputError
        If weights are given: it has none.
    """
    if weights is not None:
        raise BadInputError(
            f"The morphology encoder measures and has no weights to load ({weights}).",
            "Name the encoder that the weights belong to, for example dinobloom-s.",
        )
    return MorphologyEncoder(batch_size)


def _measure(cells: CellImages) -> FeatureTable:
    return measure_regions(find_regions(cells))


def measure_regions(regions: Regions) -> FeatureTable:
    """All features of cells whose nucleus and cytoplasm are known."""
    table = FeatureTable()
    measure_shapes(table, regions)
    measure_colours(table, regions)
    measure_textures(table, regions)
    measure_profiles(table, regions)
    return table


@cache
def morphology_meanings() -> tuple[FeatureMeaning, ...]:
    """The columns' names, units and meanings, from measuring nothing at all."""
    nothing = Regions(
        np.zeros((0, SIDE, SIDE, 3), dtype=np.float32),
        np.zeros((0, SIDE, SIDE), dtype=bool),
        np.zeros((0, SIDE, SIDE), dtype=bool),
        np.zeros(0),
    )
    return tuple(measure_regions(nothing).meanings)
