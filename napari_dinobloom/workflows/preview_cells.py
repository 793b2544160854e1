"""What a segmenter would find in a part of a picture; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_dinobloom.segmentation import Segmentation, ready_segmenter, segmenters
from napari_dinobloom.study import KIND_NAMES, Study

MOST_PIXELS = 1_000_000
"""Of the part that is searched: about half a second."""
_MARGIN = 1.5
"""In red-cell diameters: so much more is searched, that cells at the rim are whole."""
_SCALE = "red_cell_diameter_px"

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels of the picture."""


@dataclass(frozen=True, slots=True)
class PreviewedCells:
    """Cells in a part of a picture.

    Parameters
    ----------
    labels
        (h, w) int32, from ``top``, ``left`` of the picture on.
    kinds
        Of the labels 1 … n.
    notes
        Sentences for the person.
    """

    labels: np.ndarray
    kinds: tuple[str, ...]
    top: int
    left: int
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How many of each kind: 12 white cells, 140 red cells, 6 platelets in view."""
        counts = [
            (kind, self.kinds.count(kind))
            for kind in ("wbc", "rbc", "platelet", "other")
        ]
        parts = [
            f"{n:,} {KIND_NAMES[kind]}{'s' if n != 1 and kind != 'other' else ''}"
            for kind, n in counts
            if n or kind in ("wbc", "rbc")
        ]
        return f"{', '.join(parts)} in view"


@dataclass(frozen=True)
class PreviewCells:
    """Searches a part of a picture as a run would search the whole.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8, the whole picture.
    part
        What is in view.
    diameter_px
        Of a red cell in the whole picture, where it was measured; a part with few
        cells tells it badly.
    """

    rgb: np.ndarray
    part: Box
    segmenter: str
    parameters: Mapping[str, Any]
    pixel_size_um: float | None = None
    diameter_px: float | None = None

    def find(self) -> PreviewedCells:
        """Search; may run on any thread.

        Raises
        ------
        DinoBloomError
            If a parameter is out of its range, or the segmenter cannot be used.
        """
        built = ready_segmenter(self.segmenter, self._parameters())
        margin = round(_MARGIN * (self.diameter_px or 0))
        top, left, bottom, right = self.part
        height, width = self.rgb.shape[:2]
        wider = (
            max(0, top - margin),
            max(0, left - margin),
            min(height, bottom + margin),
            min(width, right + margin),
        )
        crop = np.ascontiguousarray(self.rgb[wider[0] : wider[2], wider[1] : wider[3]])
        found = built.segment(crop, self.pixel_size_um)
        inner = (top - wider[0], left - wider[1], bottom - wider[0], right - wider[1])
        labels, kinds = _inside(found, inner)
        return PreviewedCells(labels, kinds, wider[0], wider[1], found.notes)

    def _parameters(self) -> dict[str, Any]:
        parameters = dict(self.parameters)
        px = self.diameter_px
        if self.pixel_size_um is not None or px is None or not np.isfinite(px):
            return parameters
        if hasattr(segmenters.create(self.segmenter), _SCALE):
            parameters.setdefault(_SCALE, float(px))
        return parameters


def red_cell_diameter_of(rgb: np.ndarray) -> float:
    """Of a whole picture, in pixels; nan where nothing looks like cells."""
    from napari_dinobloom.segmentation.survey import survey

    return survey(rgb, None).diameter_px if min(rgb.shape[:2]) >= 8 else float("nan")


def part_to_search(
    seen: tuple[float, float, float, float], size: tuple[int, int]
) -> Box | None:
    """The part of a picture that is in view, or its middle where that is too much.

    Parameters
    ----------
    seen
        Top, left, bottom, right in pixels; may reach beyond the picture.
    size
        (height, width) of the picture.
    """
    edges = np.clip(np.array(seen, np.float64), 0, [size[0], size[1]] * 2)
    top, left, bottom, right = np.rint(edges).astype(int).tolist()
    if bottom - top < 8 or right - left < 8:
        return None
    share = float(np.sqrt(MOST_PIXELS / ((bottom - top) * (right - left))))
    if share < 1:
        rows, columns = (int(n * share) for n in (bottom - top, right - left))
        top, left = (top + bottom - rows) // 2, (left + right - columns) // 2
        bottom, right = top + rows, left + columns
    return top, left, bottom, right


def last_parameters(study: Study, segmenter: str) -> dict[str, Any]:
    """With what this segmenter was used last in a study; {} where it never was."""
    used = [
        (int(finding.cells.cell_id.max(initial=0)), finding.recipe)
        for finding in study.findings.values()
        if finding.recipe.method == segmenter
    ]
    if not used:
        return {}
    return dict(max(used, key=lambda pair: pair[0])[1].parameters)


def _inside(found: Segmentation, part: Box) -> tuple[np.ndarray, tuple[str, ...]]:
    """The cells whose middle lies in a part, numbered anew, and their kinds."""
    count = len(found)
    rows, columns = np.nonzero(found.labels)
    owner = found.labels[rows, columns]
    area = np.maximum(np.bincount(owner, minlength=count + 1), 1)
    y = np.bincount(owner, weights=rows, minlength=count + 1) / area
    x = np.bincount(owner, weights=columns, minlength=count + 1) / area
    top, left, bottom, right = part
    kept = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    kept[0] = False
    number = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    kinds = tuple(k for k, keep in zip(found.kinds, kept[1:], strict=True) if keep)
    return number[found.labels], kinds
