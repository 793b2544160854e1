"""Label images of cells and nuclei as compressed OME-TIFF."""

import io
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.codec import DAMAGE
from napari_dinobloom.storage.files import replace_file
from napari_dinobloom.storage.tiled_masks import opened_by_windows


def save_masks(folder: Path, name: str, labels: np.ndarray, nuclei: np.ndarray) -> str:
    """Write both label images; return the first one's path inside the study.

    Every call gives a new file: an earlier segmentation stays for undo.
    """
    if labels.shape != nuclei.shape or labels.ndim != 2:
        raise ValueError(f"masks of shapes {labels.shape} and {nuclei.shape}")
    (folder / "masks").mkdir(exist_ok=True)
    # File names may have 255 bytes, a letter up to four.
    safe = re.sub(r"[^\w.-]+", "_", name)[:40]
    mask_file = f"masks/{safe}-{uuid4().hex[:8]}.ome.tif"
    # The nuclei first: a mask file that is there is complete.
    replace_file(_nucleus_file(folder / mask_file), _encoded(nuclei))
    replace_file(folder / mask_file, _encoded(labels))
    return mask_file


def load_masks(folder: Path, mask_file: str) -> tuple[np.ndarray, np.ndarray]:
    """Cells and nuclei, (H, W) int32 each; of a huge picture as `LabelWindows`.

    Raises
    ------
    BadInputError
        If the file lies outside the study, is gone or is broken.
    """
    path = folder / mask_file
    files = [path.resolve(), _nucleus_file(path).resolve()]
    if not all(file.is_relative_to(folder.resolve()) for file in files):
        raise BadInputError(
            f"The study {folder} names a mask outside its folder: {mask_file}.",
            "Do not trust this study; ask where it comes from.",
        )
    labels, nuclei = (_opened(file) for file in files)
    if labels.shape != nuclei.shape or labels.ndim != 2:
        raise BadInputError(
            f"The masks of {path} have the shapes {labels.shape} and {nuclei.shape}.",
            "Find the cells of this picture again.",
        )
    return labels, nuclei


def _opened(path: Path) -> np.ndarray:
    windows: Any = opened_by_windows(path)  # sliced like an array
    return _decoded(path) if windows is None else windows


def _nucleus_file(path: Path) -> Path:
    return path.with_name(path.name.replace(".ome.tif", "_nucleus.ome.tif"))


def _encoded(labels: np.ndarray) -> bytes:
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        np.ascontiguousarray(labels, dtype=np.int32),
        ome=True,
        compression="zlib",
        metadata={"axes": "YX"},
    )
    return buffer.getvalue()


def _decoded(path: Path) -> np.ndarray:
    import tifffile

    try:
        labels = np.asarray(tifffile.imread(path), dtype=np.int32)
    except (*DAMAGE, tifffile.TiffFileError) as error:
        raise BadInputError(
            f"The mask {path} cannot be read: {error}.",
            "Find the cells of this picture again.",
        ) from error
    return labels
