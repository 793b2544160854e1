"""How label images are written, so that they are known again."""

from pathlib import Path
from typing import Any

from napari_dinobloom.core.new_files import replacing

SOFTWARE = "napari-dinobloom"
"""What our label images name as the program that made them."""


def write_label_image(path: Path, labels: Any, pixel_size_um: float | None) -> None:
    """One (H, W) int32 label image as deflated TIFF, with its pixel size if known.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    import tifffile

    scale: dict[str, Any] = {}
    if pixel_size_um:
        per_cm = 1e4 / pixel_size_um
        scale = {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER"}
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            labels.astype("int32", copy=False),
            compression="zlib",
            software=SOFTWARE,
            metadata=None,
            **scale,
        )
