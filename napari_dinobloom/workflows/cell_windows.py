"""Cut every cell of a picture as an encoder wants it: window, masks, scale."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dinobloom.encoding import CellImages, EncoderInfo
from napari_dinobloom.imaging import cut_windows, read_picture, resize_picture
from napari_dinobloom.study import CellTable
from napari_dinobloom.workflows.blocks import MaskLoader, blocks_of, centres_of

RED_CELL_UM = 7.5
"""Diameter of a normal red cell; the ruler where no pixel size is known."""

_CONTEXT = 2.0
"""Window side over the median cell's side, where there is no ruler at all."""


@dataclass(frozen=True, slots=True)
class PictureCells:
    """The cells of one picture that are to be encoded.

    Parameters
    ----------
    pixel_size_um
        µm per pixel as file or table say, or estimated from the red cells; nan if
        neither is known.
    load_masks
        Gives (H, W) int32 label images of cells and nuclei; None for a picture that
        shows one cell.
    all_cells
        Every cell of the picture: where there is no ruler they give the scale, also to
        the few that are encoded later. Those of ``cells`` unless told.
    """

    path: Path
    cells: CellTable
    pixel_size_um: float
    load_masks: MaskLoader | None
    all_cells: CellTable | None = None


def pixel_size_of(known_um: float | None, red_cell_diameter_px: float) -> float:
    """µm per pixel: as known, else from the red cells, else nan."""
    if known_um:
        return known_um
    return RED_CELL_UM / red_cell_diameter_px if red_cell_diameter_px > 0 else np.nan


def cut_cells(
    picture: PictureCells, info: EncoderInfo, at_once: int = 512
) -> Iterator[tuple[np.ndarray, CellImages]]:
    """Outline ids and windows of one picture, at most ``at_once`` at a time.

    Raises
    ------
    BadInputError
        If picture or masks cannot be read.
    """
    cells, size_um = picture.cells, picture.pixel_size_um
    if picture.load_masks is None:
        rgb = read_picture(picture.path).rgb
        windows = resize_picture(rgb, info.input_px)[np.newaxis]
        size = np.array([size_um * max(rgb.shape[:2]) / info.input_px], np.float32)
        for outline_id in cells.outline_id:
            yield np.array([outline_id]), CellImages(windows, pixel_size_um=size)
        return
    side_px = window_side_px(picture.all_cells or cells, size_um, info.window_um)
    for block in blocks_of(picture.path, picture.load_masks, cells, side_px):
        for start in range(0, len(block.cells), at_once):
            last = min(start + at_once, len(block.cells))
            some = block.cells.take(np.arange(start, last))
            centres = centres_of(some) - block.corner
            window = (some.mask_label, centres, side_px, info.input_px)
            images = CellImages(
                cut_windows(block.rgb, centres, side_px, info.input_px),
                cut_masks(block.labels, *window),
                cut_masks(block.nuclei, *window),
                np.full(len(some), size_um * side_px / info.input_px, np.float32),
            )
            yield some.outline_id, images


def window_side_px(cells: CellTable, pixel_size_um: float, window_um: float) -> float:
    """Side of the square window in pixels, at least 8."""
    if np.isfinite(pixel_size_um):
        side = window_um / pixel_size_um
    else:
        side = _CONTEXT * float(np.median(np.maximum(cells.width, cells.height)))
    return max(8.0, side)


def cut_masks(
    labels: np.ndarray,
    values: np.ndarray,
    centres: np.ndarray,
    side_px: float,
    out_px: int,
) -> np.ndarray:
    """(n, out_px, out_px) bool: where the picture holds each cell's own value."""
    steps = (np.arange(out_px) + 0.5) * (side_px / out_px) - side_px / 2
    masks = np.zeros((len(values), out_px, out_px), bool)
    for i, (value, centre) in enumerate(zip(values, centres, strict=True)):
        x = np.floor(centre[0] + steps).astype(int)
        y = np.floor(centre[1] + steps).astype(int)
        inside_x = (x >= 0) & (x < labels.shape[1])
        inside_y = (y >= 0) & (y < labels.shape[0])
        # Beyond the border there is no mask: the mirrored cell is not the cell.
        cut = labels[np.ix_(y[inside_y], x[inside_x])] == value
        masks[i][np.ix_(inside_y, inside_x)] = cut
    return masks
