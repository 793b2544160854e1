"""What a segmenter gives back, and what it must offer to be used."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from napari_dinobloom.core import BadInputError

CELL_KINDS = ("wbc", "rbc", "platelet", "other")


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The cells of one picture.

    Parameters
    ----------
    labels
        (H, W) int32; 0 is background, 1 … n one value per cell, none missing.
    nuclei
        (H, W) int32; the nucleus of white cell i carries i, all else is 0.
    kinds
        One of `CELL_KINDS` per cell; ``kinds[i - 1]`` belongs to label i.
    scores
        (n,) float32 in 0 … 1: how sure the segmenter is that this is a cell of
        that kind.
    red_cell_diameter_px
        The scale it worked with, in pixels of the picture; nan when unknown.
    notes
        Plain sentences for the person who looks at the picture.
    at_rim
        (n,) bool, cells that reach the dark rim of an ocular field; None where the
        field is the whole picture. Cells on the picture's own border need no mention.

    Raises
    ------
    BadInputError
        If the parts do not fit each other.
    """

    labels: np.ndarray
    nuclei: np.ndarray
    kinds: tuple[str, ...]
    scores: np.ndarray
    red_cell_diameter_px: float
    notes: tuple[str, ...] = ()
    at_rim: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, mask in (("labels", self.labels), ("nuclei", self.nuclei)):
            if mask.ndim != 2 or mask.dtype != np.int32:
                raise BadInputError(
                    f"A segmentation's {name} must be (H, W) int32, "
                    f"not {mask.shape} {mask.dtype}."
                )
        if self.labels.shape != self.nuclei.shape:
            raise BadInputError(
                f"labels {self.labels.shape} and nuclei {self.nuclei.shape} differ."
            )
        count = len(self.kinds)
        if self.scores.shape != (count,) or self.scores.dtype != np.float32:
            raise BadInputError(
                f"scores must be ({count},) float32, "
                f"not {self.scores.shape} {self.scores.dtype}."
            )
        if count and not (self.scores.min() >= 0 and self.scores.max() <= 1):
            raise BadInputError("scores must lie in 0 … 1 and hold no nan.")
        if self.at_rim is not None and (
            self.at_rim.shape != (count,) or self.at_rim.dtype != np.bool_
        ):
            raise BadInputError(f"at_rim must be ({count},) bool, one per cell.")
        unknown = set(self.kinds) - set(CELL_KINDS)
        if unknown:
            raise BadInputError(
                f"Unknown kinds of cell: {sorted(unknown)}.",
                f"Known: {', '.join(CELL_KINDS)}.",
            )
        self._check_numbering(count)

    def _check_numbering(self, count: int) -> None:
        if self.labels.size == 0:
            present = np.zeros(count + 1, bool)
        elif self.labels.min() < 0 or self.labels.max() > count:
            raise BadInputError(f"labels must be 0 … {count}, one per kind.")
        else:
            present = np.bincount(self.labels.ravel(), minlength=count + 1) > 0
        if not present[1:].all():
            missing = int(np.flatnonzero(~present[1:])[0]) + 1
            raise BadInputError(f"Cell {missing} has a kind but no pixel in labels.")
        inside = self.nuclei != 0
        if not np.array_equal(self.nuclei[inside], self.labels[inside]):
            raise BadInputError("A nucleus lies outside the cell whose number it has.")

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.kinds)

    @classmethod
    def empty(cls, shape: tuple[int, int], *notes: str) -> "Segmentation":
        """A picture without cells, and the reason."""
        return cls(
            labels=np.zeros(shape, np.int32),
            nuclei=np.zeros(shape, np.int32),
            kinds=(),
            scores=np.zeros(0, np.float32),
            red_cell_diameter_px=float("nan"),
            notes=notes,
        )


@runtime_checkable
class Segmenter(Protocol):
    """Finds the cells of a picture; picklable, so that it can run in a process."""

    @property
    def name(self) -> str:
        """What it is called in the registry and in a recipe."""
        ...

    def segment(
        self, rgb: np.ndarray, pixel_size_um: float | None = None
    ) -> Segmentation:
        """Find the cells of an (H, W, 3) uint8 picture; leave the picture alone."""
        ...


def check_picture(rgb: np.ndarray, pixel_size_um: float | None) -> None:
    """Refuse what is no picture, and pixels of no size.

    Raises
    ------
    BadInputError
        If the picture is not (H, W, 3) uint8 or the pixel size not positive.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise BadInputError(
            f"The segmenter reads (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}.",
            "Drop the alpha channel and scale to 0 … 255.",
        )
    if pixel_size_um is not None and not (
        np.isfinite(pixel_size_um) and pixel_size_um > 0
    ):
        raise BadInputError(
            f"A pixel cannot be {pixel_size_um} µm wide.",
            "Correct the slide's pixel size, or clear it to have the scale measured.",
        )
