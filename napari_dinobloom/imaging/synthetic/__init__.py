"""Synthetic smears: procedural, seeded, with exact truth, and marked as synthetic."""

from napari_dinobloom.imaging.synthetic.camera import MARK
from napari_dinobloom.imaging.synthetic.diagnoses import (
    DIAGNOSES,
    RED_CELLS,
    WHITE_CELLS,
    Diagnosis,
)
from napari_dinobloom.imaging.synthetic.field import (
    SyntheticField,
    make_cell_picture,
    make_field,
)
from napari_dinobloom.imaging.synthetic.laboratories import (
    LABORATORIES,
    Camera,
    Laboratory,
    Stain,
)
from napari_dinobloom.imaging.synthetic.writing import write_samples

__all__ = [
    "DIAGNOSES",
    "LABORATORIES",
    "MARK",
    "RED_CELLS",
    "WHITE_CELLS",
    "Camera",
    "Diagnosis",
    "Laboratory",
    "Stain",
    "SyntheticField",
    "make_cell_picture",
    "make_field",
    "write_samples",
]
