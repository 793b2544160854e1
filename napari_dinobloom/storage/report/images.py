"""Pictures inside the page: thumbnails, overviews, as data URIs."""

import base64
import io

import numpy as np
from PIL import Image

OUTLINE_PX = 2
OVERVIEW_PX = 960


def data_uri(image: Image.Image, kind: str = "JPEG", quality: int = 82) -> str:
    """The picture as a ``data:`` address, JPEG or PNG."""
    stream = io.BytesIO()
    options = {"quality": quality} if kind == "JPEG" else {}
    image.save(stream, kind, optimize=True, **options)
    text = base64.b64encode(stream.getvalue()).decode("ascii")
    return f"data:image/{kind.lower()};base64,{text}"


def outlined(
    rgb: np.ndarray, labels: np.ndarray, colours: np.ndarray, width_px: int
) -> Image.Image:
    """The picture, not wider than ``width_px``, with each cell's outline in colour.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    labels
        (H, W) label image, 0 … n.
    colours
        (n + 1, 3) uint8, one per label; the first is not used.
    """
    scale = min(1.0, width_px / max(rgb.shape[1], 1))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    small = np.array(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))
    rows = ((np.arange(size[1]) + 0.5) / scale).astype(int).clip(0, labels.shape[0] - 1)
    columns = ((np.arange(size[0]) + 0.5) / scale).astype(int)
    near = labels[np.ix_(rows, columns.clip(0, labels.shape[1] - 1))]
    edge = outline_of(near, OUTLINE_PX)
    small[edge] = colours[near[edge]]
    return Image.fromarray(small)


def outline_of(labels: np.ndarray, thickness: int) -> np.ndarray:
    """(H, W) bool: pixels of cells that lie within ``thickness`` of another value."""
    from scipy import ndimage

    window = 2 * thickness + 1
    highest = ndimage.maximum_filter(labels, window, mode="nearest")
    lowest = ndimage.minimum_filter(labels, window, mode="nearest")
    edge: np.ndarray = (labels > 0) & (highest != lowest)
    return edge


def strip(thumbnails: np.ndarray, columns: int, gap: int = 4) -> Image.Image:
    """(n, s, s, 3) uint8 thumbnails side by side on white, in rows of ``columns``."""
    n, side = thumbnails.shape[:2]
    down = -(-n // columns)
    across = min(n, columns)
    sheet = np.full(
        (down * (side + gap) - gap, across * (side + gap) - gap, 3), 255, np.uint8
    )
    for i, thumbnail in enumerate(thumbnails):
        row, column = divmod(i, columns)
        top, left = row * (side + gap), column * (side + gap)
        sheet[top : top + side, left : left + side] = thumbnail
    return Image.fromarray(sheet)


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of "#RRGGBB"."""
    red, green, blue = bytes.fromhex(colour.lstrip("#"))
    return red, green, blue
