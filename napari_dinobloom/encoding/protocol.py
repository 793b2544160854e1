"""What an encoder is given, what it gives back, and how it introduces itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from napari_dinobloom.core import BadInputError

WINDOW_UM = 25.0
"""Side of the window round a cell: what DinoBloom's training sets show, in µm."""


@dataclass(frozen=True, slots=True)
class CellImages:
    """Pictures of single cells, one window each, as an encoder gets them.

    Parameters
    ----------
    windows
        (n, s, s, 3) uint8 RGB: the window round each cell, about
        `EncoderInfo.window_um` wide where the pixel size is known.
    masks
        (n, s, s) bool, the whole cell in the same window; None if unknown. A row
        without a single True means that this one cell's outline is unknown.
    nuclei
        (n, s, s) bool, its nucleus; None if unknown.
    pixel_size_um
        (n,) float32, µm per pixel of the window; nan or None if unknown.

    Raises
    ------
    BadInputError
        If a shape or dtype is another one.
    """

    windows: np.ndarray
    masks: np.ndarray | None = None
    nuclei: np.ndarray | None = None
    pixel_size_um: np.ndarray | None = None

    def __post_init__(self) -> None:
        shape, dtype = self.windows.shape, self.windows.dtype
        if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3:
            raise BadInputError(
                f"Cell windows must have the shape (n, s, s, 3); these have {shape}.",
                "Cut square RGB windows; drop an alpha channel first.",
            )
        if dtype != np.uint8:
            raise BadInputError(
                f"Cell windows must be 8-bit RGB (uint8); these are {dtype}.",
                "Convert them: 0 is black, 255 is white.",
            )
        _check_masks("masks", self.masks, shape[:3])
        _check_masks("nuclei", self.nuclei, shape[:3])
        size = self.pixel_size_um
        if size is not None and size.shape != shape[:1]:
            raise BadInputError(
                f"pixel_size_um must hold one number for each of the {shape[0]} "
                f"cells; it has the shape {size.shape}.",
                "Give nan for a cell whose pixel size is unknown.",
            )

    def __len__(self) -> int:
        return len(self.windows)

    def subset(self, rows: slice | np.ndarray) -> "CellImages":
        """The cells of some rows, in that order."""
        return CellImages(
            self.windows[rows],
            None if self.masks is None else self.masks[rows],
            None if self.nuclei is None else self.nuclei[rows],
            None if self.pixel_size_um is None else self.pixel_size_um[rows],
        )

    def batches(self, size: int) -> Iterator["CellImages"]:
        """Consecutive pieces of at most `size` cells."""
        for start in range(0, len(self), size):
            yield self.subset(slice(start, start + size))


def _check_masks(
    name: str, masks: np.ndarray | None, expected: tuple[int, ...]
) -> None:
    if masks is None:
        return
    if masks.shape != expected or masks.dtype != np.bool_:
        raise BadInputError(
            f"{name} must be bool with the shape {expected} of the windows; "
            f"they are {masks.dtype} with {masks.shape}.",
            "Cut the masks with the same boxes as the windows.",
        )


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """An encoder described by light values, so that listing them loads nothing heavy.

    Parameters
    ----------
    name
        What `encoders.create` takes.
    dimension
        Features per cell; None if the weights decide.
    input_px
        Side to which a window is resized before it is looked at.
    window_um
        Side of the window to cut round each cell, in µm.
    family, licence, citation
        Whose work it is, and how to credit it.
    needs_weights
        Whether a file has to be fetched first.
    scaling
        "standard" if the columns have unlike units and must be brought to mean 0
        and deviation 1 before distances mean anything; "none" if they are
        comparable as they come.
    description
        One sentence for a person who chooses.
    """

    name: str
    dimension: int | None
    input_px: int
    window_um: float
    family: str
    licence: str
    citation: str
    needs_weights: bool
    scaling: Literal["none", "standard"]
    description: str


@dataclass(frozen=True, slots=True)
class FeatureMeaning:
    """A feature's name, its unit, and one line on what it says about the cell.

    `unit` is "" for a number without one (a ratio, a count, an index), "OD" for
    optical density, "µm", "µm²", "°".
    """

    name: str
    unit: str
    meaning: str


class Encoder(Protocol):
    """Turns pictures of single cells into one row of numbers each."""

    info: EncoderInfo

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name of each of the d columns, all different."""
        ...

    def encode(self, cells: CellImages) -> np.ndarray:
        """Features of each cell, (n, d) float32; nan where one cannot be measured.

        A row depends on its own cell only, never on the others in the batch.
        """
        ...

    def fingerprint(self) -> str:
        """Text that differs when weights or preprocessing do; goes into the Recipe."""
        ...
