"""An outline for the cell under a click, out of the picture itself."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.background import field_of_view, fit_background
from napari_dinobloom.segmentation.foreground import fill_pallor, foreground_threshold
from napari_dinobloom.segmentation.morphology import opened
from napari_dinobloom.segmentation.optical_density import (
    median_and_spread,
    nuclear_stain,
    optical_density,
    strength,
)
from napari_dinobloom.segmentation.survey import resize_rgb

_LOOK_PX = 224
"""The longer side at which the light of the glass is measured: it changes slowly."""
_REACH = 1.7
"""Half the window round a click, in red-cell diameters: a monocyte fits."""
_SMOOTH = 0.03
_ONE_CELL = 1.6
"""A patch of more red-cell areas than that is looked at for necks."""
_SEED = 0.35
_PALE = 0.6
_PALLOR, _RIM = 0.65, 0.06
_FAINTEST = 0.03
_STANDS_OUT, _SPREADS = 0.15, 4.0
"""A nucleus takes up that much more nuclear stain than most cells of the picture do."""
_LEAST_NUCLEUS = 0.08
_SMALLEST_WHITE, _LARGEST_PLATELET = 0.45, 0.3


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a picture's glass, and how dark cells and nuclei are at least.

    Parameters
    ----------
    glass
        (h, w, 3) float32, log light of the glass; small, as it changes slowly.
    threshold
        Density strength above which a pixel is cell.
    nuclear
        Nuclear stain above which it may be nucleus.
    """

    glass: np.ndarray
    threshold: float
    nuclear: float

    @classmethod
    def of(cls, rgb: np.ndarray) -> "Light":
        """Measure it; (H, W, 3) uint8."""
        from scipy import ndimage

        small = resize_rgb(rgb, min(1.0, _LOOK_PX / max(rgb.shape[:2])))
        valid = field_of_view(small)
        background = fit_background(small, valid)
        glass = background.surface(valid.shape)
        density = optical_density(small, glass)
        density = ndimage.gaussian_filter(density, (0.7, 0.7, 0))
        threshold = foreground_threshold(density, valid, background.covariance)
        stains = nuclear_stain(density)[valid & (strength(density) > threshold)]
        middle, spread = median_and_spread(stains) if len(stains) else (0.0, 0.0)
        return cls(glass, threshold, middle + max(_STANDS_OUT, _SPREADS * spread))

    def density(
        self, rgb: np.ndarray, box: tuple[slice, slice], sigma: float
    ) -> np.ndarray:
        """(h, w, 3) optical density of a part of the picture."""
        from scipy import ndimage

        rows, columns = (
            np.arange(part.start, part.stop) * known // size
            for part, known, size in zip(
                box, self.glass.shape[:2], rgb.shape[:2], strict=True
            )
        )
        glass = self.glass[np.ix_(rows, columns)]
        density: np.ndarray = ndimage.gaussian_filter(
            optical_density(rgb[box], glass), (sigma, sigma, 0)
        )
        return density


def propose_cell(
    rgb: np.ndarray,
    light: Light,
    taken: np.ndarray,
    point: tuple[float, float],
    diameter: float,
) -> np.ndarray:
    """The cell that lies under a point, as far as no other cell has it.

    What is darker than glass and hangs together with the point; a patch too large for
    one cell is parted at its necks.

    Parameters
    ----------
    taken
        (H, W) bool, pixels of other cells.
    point
        (y, x) in pixels.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (H, W) bool.

    Raises
    ------
    BadInputError
        If nothing stands out there.
    """
    from scipy import ndimage

    box = _window(point, round(_REACH * diameter), rgb.shape[:2])
    y, x = round(point[0]) - box[0].start, round(point[1]) - box[1].start
    dark = strength(light.density(rgb, box, _SMOOTH * diameter))
    free = ~taken[box]

    def darker_than(level: float) -> np.ndarray:
        """Cell, without the thin rims that known cells leave."""
        whole = fill_pallor((dark > level) & free, _PALLOR * diameter) & free
        return opened(whole, _RIM * diameter)

    body = darker_than(light.threshold)
    if not body[y, x]:  # perhaps a pale one: half as dark as others will do
        seed = float(np.median(dark[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]))
        _require(free[y, x], seed > max(_PALE * light.threshold, _FAINTEST))
        body = darker_than(_PALE * seed)
        _require(is_free=True, stands_out=bool(body[y, x]))
    body = _part_at(body, (y, x))
    if body.sum() > _ONE_CELL * np.pi / 4 * diameter**2:
        body = _part_at(_without_neck(body, (y, x), diameter), (y, x))
    found: np.ndarray = np.zeros(rgb.shape[:2], bool)
    found[box] = ndimage.binary_fill_holes(body) & free
    return found


def find_nucleus(rgb: np.ndarray, light: Light, cell: np.ndarray) -> np.ndarray:
    """(H, W) bool: what of a cell stains as nuclei do; nothing where nothing does."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    nucleus: np.ndarray = np.zeros(cell.shape, bool)
    rows, columns = np.nonzero(cell)
    if not len(rows):
        return nucleus
    box = (
        slice(int(rows.min()), int(rows.max()) + 1),
        slice(int(columns.min()), int(columns.max()) + 1),
    )
    width = np.sqrt(len(rows))
    stain = nuclear_stain(light.density(rgb, box, _SMOOTH * width))
    values = stain[cell[box]]
    if (values > light.nuclear).mean() < _LEAST_NUCLEUS:
        return nucleus
    # parts nucleus and cytoplasm of this very cell, where it has both
    level = threshold_otsu(values) if np.ptp(values) else light.nuclear
    dark = cell[box] & (stain > min(float(level), light.nuclear))
    dark = ndimage.binary_opening(dark, iterations=max(1, round(0.03 * width)))
    nucleus[box] = ndimage.binary_fill_holes(dark) & cell[box]
    return nucleus


def guess_kind(area_px: int, nucleus_px: int, diameter: float) -> str:
    """White cell, red cell or platelet, by size and nucleus."""
    relative = area_px / (np.pi / 4 * diameter**2)
    if nucleus_px > 0.1 * area_px and relative > _SMALLEST_WHITE:
        return "wbc"
    return "platelet" if relative < _LARGEST_PLATELET else "rbc"


# -- parts -----------------------------------------------------------------------


def _require(is_free: bool, stands_out: bool) -> None:
    if not (is_free and stands_out):
        raise BadInputError(
            "Nothing stands out from the glass here."
            if is_free
            else "There is a cell here already.",
            "Click into a cell without an outline, or draw round it.",
        )


def _window(
    point: tuple[float, float], reach: int, shape: tuple[int, ...]
) -> tuple[slice, slice]:
    rows, columns = (
        slice(max(round(at) - reach, 0), min(round(at) + reach + 1, size))
        for at, size in zip(point, shape, strict=True)
    )
    return rows, columns


def _part_at(mask: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    """The connected part of a mask that holds a place."""
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    here: np.ndarray = (parts == parts[place]) & mask
    return here


def _without_neck(
    body: np.ndarray, place: tuple[int, int], diameter: float
) -> np.ndarray:
    """The part of a clump round a place, cut at the narrowest places between cells."""
    from scipy import ndimage
    from skimage.feature import peak_local_max
    from skimage.segmentation import watershed

    inside = ndimage.distance_transform_edt(body)
    inside = ndimage.gaussian_filter(inside, 0.06 * diameter)
    peaks = peak_local_max(
        inside, min_distance=max(1, round(_SEED * diameter)), labels=body.astype(int)
    )
    if len(peaks) < 2:
        return body
    markers = np.zeros(body.shape, np.int32)
    markers[peaks[:, 0], peaks[:, 1]] = 1 + np.arange(len(peaks))
    parts = watershed(-inside, markers, mask=body)
    part: np.ndarray = parts == parts[place]
    return part
