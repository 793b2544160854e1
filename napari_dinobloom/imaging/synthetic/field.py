"""Synthetic fields and single-cell pictures, with the truth about every cell."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.imaging.synthetic.camera import from_jpeg, photograph, to_jpeg
from napari_dinobloom.imaging.synthetic.canvas import Canvas
from napari_dinobloom.imaging.synthetic.diagnoses import (
    DIAGNOSES,
    RED_CELLS,
    WHITE_CELLS,
    Diagnosis,
)
from napari_dinobloom.imaging.synthetic.laboratories import LABORATORIES, Laboratory
from napari_dinobloom.imaging.synthetic.spreading import Smear, spread

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class SyntheticField:
    """A picture that no patient ever gave, and what it shows.

    Attributes
    ----------
    rgb
        (H, W, 3) uint8, as read back from its JPEG file.
    labels
        (H, W) int32: 1 … n for the cell that lies on top, 0 for background.
    nuclei
        (H, W) int32: a white cell's number inside its nucleus, else 0.
    classes, kinds
        Of cell 1 … n: fine class ("segmented neutrophil"), and "wbc", "rbc",
        "platelet" or "other".
    centres
        (n, 2) float32, x and y in pixels; may lie outside for a cell on the border.
    pixel_size_um
        Width of a pixel on the smear.
    """

    rgb: Array
    labels: Array
    nuclei: Array
    classes: tuple[str, ...]
    kinds: tuple[str, ...]
    centres: Array
    pixel_size_um: float


def make_field(
    laboratory: Laboratory | str,
    mixture: Diagnosis | Mapping[str, float] | str,
    seed: int,
    smear_seed: int = 0,
    size_px: tuple[int, int] | None = None,
) -> SyntheticField:
    """One field of a synthetic smear; the same arguments give the same bytes.

    Parameters
    ----------
    laboratory
        Whose stain and camera, or its name in ``LABORATORIES``.
    mixture
        A diagnosis, its name in ``DIAGNOSES``, or shares of white-cell classes.
    seed
        Which field.
    smear_seed
        Which slide: its fields share stain strength, white balance and red cells.
    size_px
        (width, height); without it the laboratory's own.

    Raises
    ------
    UnknownNameError
        No such laboratory, diagnosis or class.
    """
    return make_field_with_jpeg(laboratory, mixture, seed, smear_seed, size_px)[0]


def make_field_with_jpeg(
    laboratory: Laboratory | str,
    mixture: Diagnosis | Mapping[str, float] | str,
    seed: int,
    smear_seed: int = 0,
    size_px: tuple[int, int] | None = None,
) -> tuple[SyntheticField, bytes]:
    """The same field, and the JPEG file whose pixels it holds."""
    laboratory = _laboratory(laboratory)
    diagnosis = _diagnosis(mixture)
    rgb, canvas = _field(laboratory, diagnosis, seed, smear_seed, size_px)
    return _finished(rgb, canvas, laboratory)


def make_cell_picture(
    laboratory: Laboratory | str, cell_class: str, seed: int, size_px: int = 360
) -> SyntheticField:
    """One white cell in the middle of a square picture, red cells round it.

    Parameters
    ----------
    laboratory
        Whose stain and camera.
    cell_class
        One of ``WHITE_CELLS``.
    seed
        Which cell; the same seed gives the same bytes.
    size_px
        Side of the picture; 360 at the pixel size of the laboratory.

    Raises
    ------
    UnknownNameError
        No such laboratory or class.
    """
    laboratory = _laboratory(laboratory)
    alone = replace(_diagnosis({cell_class: 1.0}), whites_per_field=0.0)
    size = (size_px, size_px)
    rgb, canvas = _field(laboratory, alone, seed, seed, size, cell_class)
    return _finished(rgb, canvas, laboratory)[0]


def _field(
    laboratory: Laboratory,
    diagnosis: Diagnosis,
    seed: int,
    smear_seed: int,
    size_px: tuple[int, int] | None,
    middle: str | None = None,
) -> tuple[Array, Canvas]:
    """Pixels before JPEG, and the canvas with the truth."""
    width, height = size_px or laboratory.field_px
    if width < 8 or height < 8:
        raise BadInputError(f"A field of {width}×{height} pixels is too small.")
    place = zlib.crc32(f"{laboratory.name}/{diagnosis.name}".encode())
    smear = Smear.of(laboratory, diagnosis, [place, smear_seed])
    rng = np.random.default_rng([place, smear_seed, seed])
    canvas = Canvas(width, height, laboratory.pixel_size_um, rng)
    spread(canvas, laboratory, diagnosis, smear, rng, middle)
    rgb = photograph(canvas.amounts, smear.laboratory, np.array(smear.strengths), rng)
    return rgb, canvas


def _finished(
    rgb: Array, canvas: Canvas, laboratory: Laboratory
) -> tuple[SyntheticField, bytes]:
    """Cells that show fewer than 12 pixels struck off, numbers made consecutive."""
    um = laboratory.pixel_size_um
    shown = np.bincount(canvas.labels.ravel(), minlength=len(canvas.classes) + 1)
    kept = np.flatnonzero(shown[1:] >= 12)
    renumber = np.zeros(len(canvas.classes) + 1, np.int32)
    renumber[kept + 1] = np.arange(1, len(kept) + 1)
    labels = renumber[canvas.labels]
    nuclei = np.where(canvas.nuclei == canvas.labels, labels, 0).astype(np.int32)
    jpeg = to_jpeg(rgb, laboratory.camera.jpeg_quality, um)
    field = SyntheticField(
        from_jpeg(jpeg),
        labels,
        nuclei,
        tuple(canvas.classes[i] for i in kept),
        tuple(canvas.kinds[i] for i in kept),
        np.array([canvas.centres[i] for i in kept], np.float32).reshape(-1, 2),
        um,
    )
    return field, jpeg


def _laboratory(given: Laboratory | str) -> Laboratory:
    if isinstance(given, Laboratory):
        return given
    if given not in LABORATORIES:
        raise UnknownNameError(
            f"There is no synthetic laboratory called {given!r}.",
            f"Known: {', '.join(LABORATORIES)}.",
        )
    return LABORATORIES[given]


def _diagnosis(given: Diagnosis | Mapping[str, float] | str) -> Diagnosis:
    if isinstance(given, str):
        if given not in DIAGNOSES:
            raise UnknownNameError(
                f"There is no synthetic diagnosis called {given!r}.",
                f"Known: {', '.join(DIAGNOSES)}.",
            )
        return DIAGNOSES[given]
    if not isinstance(given, Diagnosis):
        given = replace(DIAGNOSES["healthy"], name="mixture", whites=dict(given))
    strangers = [c for c in given.whites if c not in WHITE_CELLS]
    strangers += [c for c in given.reds if c not in RED_CELLS]
    if strangers:
        raise UnknownNameError(
            f"No cell of class {strangers[0]!r} can be drawn.",
            f"Known: {', '.join((*WHITE_CELLS, *RED_CELLS))}.",
        )
    if min(given.whites.values(), default=0) < 0 or not sum(given.whites.values()):
        raise BadInputError(
            "The shares of white cells must not be negative and not all 0.",
            'For example {"lymphocyte": 0.3, "segmented neutrophil": 0.7}.',
        )
    return given
