"""What each object is: white cell, red cell, platelet, or something else."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from napari_dinobloom.segmentation.morphology import (
    depth_in_parts,
    with_neighbours,
)
from napari_dinobloom.segmentation.nuclei import Nuclei
from napari_dinobloom.segmentation.platelets import (
    SMALLEST_PLATELET,
    looks_like_platelet,
)
from napari_dinobloom.segmentation.shapes import (
    ellipses,
    greatest,
    means,
)
from napari_dinobloom.segmentation.smear_parameters import SMALLEST_WHITE

# Areas in red-cell areas, lengths in red-cell diameters.
_SMALLEST_RED = 0.15  # a fragment
_LARGEST_RED = 4.0  # anything larger is a clump that would not part
_GIANT = 20.0  # 34 µm: only a megakaryocyte is larger, and that is compact
_RAGGED = 0.72  # fullness below which no cell is so shaped; a smudge has 0.8
_COMPACT = 0.92
_WIDEST_LOBE = 0.42  # 3 µm: lobes of neutrophils are that wide, granules are not
_SLENDER_LOBE = 0.22  # in a round cell, or where the border cuts the nucleus
_LEAST_ROUND = 1.1
_SMOOTH_LOBE = 0.85  # fullness; beans and horseshoes have less
_LARGE_LOBE = 0.25
_MOSTLY = 0.85
_SPECK = 0.02
_LARGEST_GRAIN = 0.3
_SEVERAL = 3
_LITTLE = 0.6  # 5 µm, all lobes together: a lymphocyte's is larger and in one piece
_FAINT = 0.4  # score of a bluish red cell, or of stain that lies on one
_RED_IN_DOUBT = 0.75  # of the way from red cells to nuclei: stain lies on it


@dataclass(frozen=True, slots=True)
class Judged:
    """Kinds and scores of objects 1 … n.

    Parameters
    ----------
    kinds
        n of "wbc", "rbc", "platelet", "other".
    scores
        (n,) float in 0 … 1.
    """

    kinds: list[str]
    scores: np.ndarray


def touching(labels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Which of the objects 0 … n reach the border of the field of view; bool."""
    # Two pixels: a rim is found at the size of the survey, coarser than the picture.
    touches = np.zeros(int(labels.max()) + 1, bool)
    for edge in (labels[:2], labels[-2:], labels[:, :2], labels[:, -2:]):
        touches[edge] = True
    if not valid.all():
        outside = with_neighbours(with_neighbours(~valid))
        touches[labels[outside]] = True
    touches[0] = False
    return touches


def judge_white_cells(
    white: np.ndarray,
    nuclei: np.ndarray,
    found: Nuclei,
    valid: np.ndarray,
    diameter: float,
    smallest: float = SMALLEST_WHITE,
) -> Judged:
    """Tell white cells from what else takes up nuclear stain.

    A platelet is smaller; a deposit of stain is ragged, or a thread; a clump of
    platelets has grains where a nucleus has lobes. The score of how far the nucleus
    stands out is lowered where the outline of the cell is uneven.

    Parameters
    ----------
    white
        (H, W) int32, numbers up to that of ``found``; some may be missing.
    nuclei
        (H, W) int32, their nuclei.
    found
        The nuclei as they were found, with their scores.
    valid
        (H, W) bool, field of view.
    diameter
        Of a red cell, in pixels.
    smallest
        White cell, in red-cell areas: what is smaller is a large platelet.
    """
    count = len(found.scores)
    area, fullness, widest = (np.zeros(count) for _ in range(3))
    if white.any():
        sizes, _, full = ellipses(white)
        area[: len(sizes)] = sizes / _red_area(diameter)
        fullness[: len(full)] = np.minimum(full, 1)
        padded = np.pad(nuclei > 0, 1, mode="edge")
        inside = depth_in_parts(padded)[1:-1, 1:-1]
        lobes = greatest(inside, nuclei)
        widest[: len(lobes)] = 2 * np.maximum(lobes, 0) / diameter
    cut = np.zeros(count + 1, bool)
    reached = touching(white, valid)
    cut[: len(reached)] = reached
    cut = cut[1:]
    # Slender lobes lie in a round cell, grains in a heap of their own size.
    rounded = (fullness > _COMPACT) & (area > _LEAST_ROUND)
    grains = widest < np.where(cut | rounded, _SLENDER_LOBE, _WIDEST_LOBE)
    small = (area < smallest) & ~cut
    lobes_of = _lobes(nuclei, count, diameter)
    grains |= lobes_of.grains & ~cut
    ragged = (fullness < _RAGGED) & ~lobes_of.smooth
    ragged |= (area > _GIANT) & (fullness < _COMPACT)
    even = np.clip((fullness - 0.5) / (_COMPACT - 0.5), 0, 1)
    faint = found.scores * even < _FAINT
    unlike = grains | ragged | faint
    kinds = np.where(small, "platelet", np.where(unlike, "other", "wbc"))
    scores = found.scores * np.where(kinds == "wbc", even, 0.5)
    return Judged([str(k) for k in kinds], scores)


class _Lobes(NamedTuple):
    """What the nuclei 1 … count consist of; (count,) bool each."""

    smooth: np.ndarray
    grains: np.ndarray


def _lobes(nuclei: np.ndarray, count: int, diameter: float) -> _Lobes:
    """Tell nuclei of large oval lobes, and heaps of several small grains.

    Lobes that lie far apart make an uneven cell, and so does a neighbour that was
    taken in; a deposit of stain is uneven itself. A few platelets together have less
    than a nucleus, in more pieces.
    """
    from skimage.measure import label

    parts = label(nuclei, connectivity=2)
    if not parts.any():
        return _Lobes(np.zeros(count, bool), np.zeros(count, bool))
    area, _, fullness = ellipses(parts)
    relative = area / _red_area(diameter)
    owner = np.zeros(len(area) + 1, int)
    owner[parts[parts > 0]] = nuclei[parts > 0]
    owner = owner[1:]

    def total(of_part: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(owner, of_part, count + 1)[1:])

    large = relative > _LARGE_LOBE
    whole = total(relative)
    smooth = total(relative * ((fullness > _SMOOTH_LOBE) & large)) > _MOSTLY * whole
    several = total((relative > _SPECK).astype(float)) >= _SEVERAL
    no_lobe = total((relative > _LARGEST_GRAIN).astype(float)) == 0
    return _Lobes(smooth, several & no_lobe & (whole < _LITTLE) & (whole > 0))


def judge_pieces(
    pieces: np.ndarray, stain: np.ndarray, found: Nuclei, diameter: float
) -> tuple[np.ndarray, Judged]:
    """Tell red cells, platelets and other things; specks are no object at all.

    Parameters
    ----------
    pieces
        (H, W) int32, numbered 1 … n.
    stain
        (H, W) nuclear stain.
    found
        Gives the stain of red cells and of nuclei.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    number
        (n + 1,) int32, the object that each piece is, from 1 on; 0 for none.
    judged
        Kinds and scores of those objects.
    """
    count = int(pieces.max())
    number = np.zeros(count + 1, np.int32)
    if count == 0:
        return number, Judged([], np.zeros(0))
    relative = np.bincount(pieces.ravel(), minlength=count + 1)[1:] / _red_area(
        diameter
    )
    stains = means(stain, pieces)
    platelet = looks_like_platelet(relative, stains, found.red_stain)
    doubt = found.red_stain + _RED_IN_DOUBT * (found.threshold - found.red_stain)
    red = ~platelet & (relative >= _SMALLEST_RED) & (relative <= _LARGEST_RED)
    red &= stains <= doubt
    other = ~platelet & ~red & (relative >= _SMALLEST_RED)
    kept = platelet | red | other
    kept &= relative >= SMALLEST_PLATELET
    number[1:][kept] = np.arange(1, int(kept.sum()) + 1)
    kinds = np.where(platelet, "platelet", np.where(red, "rbc", "other"))[kept]
    off_size = np.abs(np.log2(np.maximum(relative, 1e-3)))
    scores = np.where(platelet | other, 0.5, np.exp(-0.5 * off_size**2))[kept]
    return number, Judged([str(k) for k in kinds], scores)


def _red_area(diameter: float) -> float:
    return float(np.pi / 4 * diameter**2)
