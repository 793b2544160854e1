"""Named measurements of size, shape, stain and texture, computed over whole batches."""

from napari_dinobloom.encoding.morphology.encoder import (
    MorphologyEncoder,
    create_morphology,
    morphology_info,
    morphology_meanings,
)

__all__ = [
    "MorphologyEncoder",
    "create_morphology",
    "morphology_info",
    "morphology_meanings",
]
