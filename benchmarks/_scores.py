"""How well found cells fit boxes, points and the middle of a crop."""

from dataclasses import dataclass, field, fields

import numpy as np
from _smears import Field

from napari_dinobloom.segmentation import Segmentation, measure

IOU = 0.5
_COVERED = 0.9  # share of the nucleus in the middle that the one cell must hold


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of a with every box of b."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(-1)
    areas = [(x[:, 2:] - x[:, :2]).prod(-1) for x in (a, b)]
    union = areas[0][:, None] + areas[1][None] - common
    return common / np.maximum(union, 1e-9)


def matches(found: np.ndarray, truth: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (found, truth) at IoU 0.5 or more, best first, each box used once."""
    pairs: list[tuple[int, int]] = []
    if not len(found) or not len(truth):
        return pairs
    iou = overlap(found, truth)
    while iou.max() >= IOU:
        i, j = np.unravel_index(iou.argmax(), iou.shape)
        iou[i, :] = 0
        iou[:, j] = 0
        pairs.append((int(i), int(j)))
    return pairs


def inside(centres: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(centres, boxes) bool: which centre lies in which box."""
    x, y = centres[:, 0, None], centres[:, 1, None]
    return (
        (x >= truth[None, :, 0])
        & (x <= truth[None, :, 2])
        & (y >= truth[None, :, 1])
        & (y <= truth[None, :, 3])
    )


def boxes_of(rows: dict[str, np.ndarray]) -> np.ndarray:
    """(n, 4) left, top, right, bottom of measured cells."""
    corner = np.stack([rows["left"], rows["top"]], 1)
    size = np.stack([rows["width"], rows["height"]], 1)
    return np.hstack([corner, corner + size]).astype(float)


def points_hit(labels: np.ndarray, red: np.ndarray, points: np.ndarray) -> int:
    """How many red cells hold one of the points."""
    columns = np.clip(points[:, 0].round().astype(int), 0, labels.shape[1] - 1)
    rows = np.clip(points[:, 1].round().astype(int), 0, labels.shape[0] - 1)
    is_red = np.concatenate([[False], red])
    at = labels[rows, columns]
    return len(np.unique(at[is_red[at]]))


def middle_is_one(result: Segmentation) -> bool:
    """One white cell holds most of the white-cell pixels in the middle third."""
    owners = _white(result)[_middle_third(result.labels.shape)]
    owners = owners[owners > 0]
    height, width = result.labels.shape
    if owners.size < 0.1 * (height // 3) * (width // 3):
        return False
    return bool(np.bincount(owners).max() > 0.95 * owners.size)


def middle_is_covered(result: Segmentation, rgb: np.ndarray) -> bool:
    """One white cell holds the nucleus in the middle, and no other has a share.

    The nucleus is what is darker than Otsu's threshold in red, where red cells let
    light pass, and has a part in the middle third of the picture.
    """
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    red = ndimage.gaussian_filter(rgb[..., 0].astype(np.float32), 1.5)
    parts, _ = ndimage.label(red < threshold_otsu(red))
    middle = _middle_third(parts.shape)
    sizes = np.bincount(parts[middle].ravel())
    sizes[0] = 0
    if sizes.max(initial=0) == 0:
        return False
    nucleus = np.isin(parts, np.flatnonzero(sizes >= 0.2 * sizes.max()))
    nucleus &= _within(parts.shape, middle)
    owners = np.bincount(_white(result)[nucleus], minlength=1)
    owners[0] = 0
    best = owners.max(initial=0)
    return bool(
        best >= _COVERED * nucleus.sum() and best >= 0.95 * max(owners.sum(), 1)
    )


def _white(result: Segmentation) -> np.ndarray:
    white = np.array([False, *(k == "wbc" for k in result.kinds)])
    return np.where(white[result.labels], result.labels, 0)


def _middle_third(shape: tuple[int, int]) -> tuple[slice, slice]:
    rows, columns = (slice(side // 3, side - side // 3) for side in shape)
    return rows, columns


def _within(shape: tuple[int, int], window: tuple[slice, slice]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[window] = True
    return mask


@dataclass
class Tally:
    """Counts over the fields of one set."""

    white_truth: int = 0
    white_found: int = 0
    white_matched: int = 0
    white_hit: int = 0
    white_right: int = 0
    red_truth: int = 0
    red_found: int = 0
    red_matched: int = 0
    points: int = 0
    points_hit: int = 0
    single: int = 0
    one: int = 0
    covered: int = 0
    fields: int = 0
    megapixels: float = 0.0
    seconds: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)

    def add(self, truth: Field, rgb: np.ndarray, result: Segmentation) -> None:
        """Count one field."""
        rows = measure(result)
        found = boxes_of(rows)
        centres = np.stack([rows["x"], rows["y"]], 1)
        white, red = rows["class"] == "wbc", rows["class"] == "rbc"
        within = inside(centres[white], truth.white)
        self.fields += 1
        self.megapixels += rgb.shape[0] * rgb.shape[1] / 1e6
        self.white_truth += len(truth.white)
        self.white_found += int(white.sum())
        self.white_matched += len(matches(found[white], truth.white))
        self.white_hit += int(within.any(0).sum())
        self.white_right += int(within.any(1).sum())
        self.red_truth += len(truth.red)
        self.red_found += int(red.sum())
        self.red_matched += len(matches(found[red], truth.red))
        self.points += len(truth.points)
        self.points_hit += points_hit(result.labels, red, truth.points)
        if truth.single:
            self.single += 1
            self.one += middle_is_one(result)
            self.covered += middle_is_covered(result, rgb)

    def __iadd__(self, other: "Tally") -> "Tally":
        for name in (f.name for f in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def row(self) -> dict[str, float | None]:
        """Shares over all fields; None where the set has no truth for them."""

        def share(part: float, whole: float) -> float | None:
            return round(part / whole, 3) if whole else None

        boxed, reds = self.white_truth > 0, self.red_truth > 0
        recall = share(self.red_matched, self.red_truth)
        return {
            "fields": self.fields,
            "white F1": share(
                2 * self.white_matched, boxed * (self.white_truth + self.white_found)
            ),
            "found": share(self.white_hit, self.white_truth),
            "right": share(self.white_right, boxed * self.white_found),
            "calls/cell": share(self.white_found, self.white_truth),
            "calls/field": share(self.white_found, self.fields),
            "red recall": recall if reds else share(self.points_hit, self.points),
            "red right": share(self.red_matched, reds * self.red_found),
            "red F1": share(
                2 * self.red_matched, reds * (self.red_truth + self.red_found)
            ),
            "one": share(self.one, self.single),
            "covered": share(self.covered, self.single),
            "CPU s": round(float(np.median(self.seconds)), 3),
            "s/Mpx": round(sum(self.seconds) / self.megapixels, 2),
            "peak MB": round(max(self.peak_mb)),
        }
