"""All that is known about one cell: picture, outlines, size, and where it lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_NAMES,
    CellTable,
    Finding,
    Picture,
    Slide,
    Study,
)
from napari_dinobloom.workflows.cell_pictures import CellPictures, CellView
from napari_dinobloom.workflows.cell_windows import pixel_size_of

Scale = Literal["known", "estimated", "unknown"]
SIDE_PX = 512
_SMOOTH = SIDE_PX / 160
"""Sigma in pixels: takes the steps out of a mask that was enlarged."""
_NUCLEATED = ("wbc",)


@dataclass(frozen=True, slots=True)
class CellDescription:
    """One cell as it was found.

    Parameters
    ----------
    rgb
        (s, s, 3) uint8, the window round it; None where the picture cannot be read.
    problem
        Why it cannot.
    outline, nucleus
        Closed lines, each (m, 2) float32 x and y in 0 … 1 of the window.
    inside
        Left, top, right and bottom of the picture in the window, in 0 … 1; what lies
        beyond was never seen.
    window_um
        Side of the window; nan where the size of a pixel is not known.
    scale
        How the size of a pixel is known.
    picture
        Name of the file; ``x`` and ``y`` are pixels in it.
    diameter_um, area_um2
        Of the cell; nan where not known.
    area_px
        Of the cell; nan where it has no outline.
    nucleus_share
        Nucleus area / cell area; nan where there is no nucleus.
    flags
        What to mind, in words.
    """

    cell_id: int
    kind: str
    rgb: np.ndarray | None
    problem: str
    outline: tuple[np.ndarray, ...]
    nucleus: tuple[np.ndarray, ...]
    inside: tuple[float, float, float, float]
    window_um: float
    scale: Scale
    picture: str
    x: float
    y: float
    slide: Slide
    diameter_um: float
    area_um2: float
    area_px: float
    nucleus_share: float
    flags: tuple[str, ...]


class CellGround:
    """What descriptions start from: a study's cells as they stood when this was made.

    Made on the thread that owns the study; `describe` may be called on any other.
    """

    def __init__(
        self,
        cells: CellTable,
        pictures: Mapping[int, Picture],
        slides: Mapping[str, Slide],
        findings: Mapping[int, Finding],
        source: CellPictures,
    ) -> None:
        self._cells, self._pictures, self._slides = cells, pictures, slides
        self._findings, self._source = findings, source

    @classmethod
    def from_study(cls, study: Study) -> "CellGround":
        """Gather references; nothing is read yet."""
        return cls(
            study.cells,
            dict(study.pictures),
            dict(study.slides),
            dict(study.findings),
            CellPictures.from_study(study),
        )

    def describe(self, cell_id: int) -> CellDescription:
        """Read a cell's window and say what is known about it.

        Raises
        ------
        KeyError
            If the cell is not there.
        """
        row = int(self._cells.rows_of(np.array([cell_id]))[0])
        cell = self._cells.take(np.array([row]))
        picture = self._pictures[int(cell.picture_id[0])]
        slide = self._slides[picture.slide]
        size_um, scale = self._size_um(picture)
        view, problem = self._view(cell_id)
        kind = CELL_KINDS[int(cell.kind[0])]
        area_px = float(cell.area_px[0])
        area_um2 = area_px * size_um**2
        share = _nucleus_share(cell)
        return CellDescription(
            cell_id=cell_id,
            kind=KIND_NAMES[kind],
            rgb=None if view is None else view.rgb,
            problem=problem,
            outline=() if view is None else outlines(view.cell),
            nucleus=() if view is None else outlines(view.nucleus),
            inside=_inside(cell, picture, view, size_um),
            window_um=np.nan if view is None else view.um_per_px * len(view.rgb),
            scale=scale,
            picture=picture.path.name,
            x=float(cell.x[0]),
            y=float(cell.y[0]),
            slide=slide,
            diameter_um=2 * float(np.sqrt(area_um2 / np.pi)),
            area_um2=area_um2,
            area_px=area_px,
            nucleus_share=share,
            flags=_flags(cell, kind, share, slide.synthetic or picture.synthetic),
        )

    def _size_um(self, picture: Picture) -> tuple[float, Scale]:
        if picture.pixel_size_um:
            return picture.pixel_size_um, "known"
        finding = self._findings.get(picture.picture_id)
        diameter = finding.red_cell_diameter_px if finding else np.nan
        size = pixel_size_of(None, diameter)
        return size, "estimated" if np.isfinite(size) else "unknown"

    def _view(self, cell_id: int) -> tuple[CellView | None, str]:
        try:
            return self._source.view(cell_id, SIDE_PX), ""
        except (BadInputError, OSError) as error:
            return None, str(error)


def outlines(mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Smooth closed lines round the parts of a mask, the longest first.

    Parameters
    ----------
    mask
        (s, s) bool.

    Returns
    -------
    tuple
        Lines of (m, 2) float32, x and y in 0 … 1.
    """
    if not mask.any():
        return ()
    from scipy import ndimage
    from skimage.measure import approximate_polygon, find_contours

    side = len(mask)
    # a frame, so that a cell which the window cuts is closed along its rim
    framed = np.pad(mask.astype(np.float32), 1)
    smooth = ndimage.gaussian_filter(framed, _SMOOTH * side / SIDE_PX, mode="nearest")
    smooth[[0, -1]] = smooth[:, [0, -1]] = 0
    lines = [approximate_polygon(c, 0.3) for c in find_contours(smooth, 0.5)]
    lines.sort(key=len, reverse=True)
    return tuple(
        ((line[:, ::-1] - 0.5) / side).astype(np.float32)
        for line in lines
        if len(line) > 3
    )


# -- parts -----------------------------------------------------------------------


def _nucleus_share(cell: CellTable) -> float:
    area, nucleus = float(cell.area_px[0]), float(cell.nucleus_area_px[0])
    return nucleus / area if area > 0 and nucleus > 0 else float("nan")


def _flags(cell: CellTable, kind: str, share: float, synthetic: bool) -> tuple:
    flags = []
    if bool(cell.cut_by_border[0]):
        flags.append("cut by the border of the picture")
    if kind in _NUCLEATED and not np.isfinite(share):
        flags.append("no nucleus found")
    if synthetic:
        flags.append("synthetic")
    return tuple(flags)


def _inside(
    cell: CellTable, picture: Picture, view: CellView | None, size_um: float
) -> tuple[float, float, float, float]:
    """Where in the window the picture lies, in 0 … 1."""
    if view is None or not view.cell.any():
        return 0.0, 0.0, 1.0, 1.0
    if np.isfinite(size_um):
        side = view.um_per_px * len(view.rgb) / size_um
    else:  # the mask's extent in the window tells how many pixels that is
        columns = np.flatnonzero(view.cell.any(axis=0))
        share = (columns[-1] - columns[0] + 1) / len(view.rgb)
        side = float(cell.width[0]) / share
    left = float(cell.left[0]) + float(cell.width[0]) / 2 - side / 2
    top = float(cell.top[0]) + float(cell.height[0]) / 2 - side / 2
    edges = (-left, -top, picture.width - left, picture.height - top)
    held = np.clip(np.array(edges) / side, 0.0, 1.0)
    return float(held[0]), float(held[1]), float(held[2]), float(held[3])
