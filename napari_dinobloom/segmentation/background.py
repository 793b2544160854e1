"""Where the picture is, and how bright empty glass would be at each of its pixels."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.optical_density import log_light

_DARK = 0.22  # of the bright level: ocular rims and letter boxes, never a stained cell
_HALF_SHADOW = 0.45
_LARGEST_DRIFT = 0.08  # log units within which a pixel may still be glass
_EXTRAPOLATION = 0.2  # log units beyond the glass that was seen
_SAMPLE = 30_000  # pixels of the picture
_FOR_SURFACE = 10  # places at which glass was seen that carry a curved surface


def field_of_view(rgb: np.ndarray) -> np.ndarray:
    """(H, W) bool, False on dark rims: the ocular's edge, letter boxes.

    A rim is a dark component on the border larger than a hundredth of the picture,
    with the half shadow that adjoins it. A field is round or rectangular, so what
    remains is the convex hull of its largest part, narrowed a little because the light
    falls off before the rim begins.
    """
    from scipy import ndimage
    from skimage.morphology import convex_hull_image

    brightest = ndimage.uniform_filter(rgb.max(-1), 3)
    level = float(np.percentile(brightest, 95))
    shadow = brightest < max(_HALF_SHADOW * level, 8)
    dark = brightest < max(_DARK * level, 8)
    everything = np.ones(dark.shape, bool)
    rim = _large_on_border(dark)
    if not rim.any():
        return everything
    parts, _ = ndimage.label(shadow)
    outside = np.isin(parts, np.unique(parts[rim & shadow]))
    inside, count = ndimage.label(~outside)
    if count == 0:
        return ~everything
    largest = 1 + int(np.argmax(np.bincount(inside.ravel())[1:]))
    hull = convex_hull_image(inside == largest)
    width = max(1, round(0.012 * max(dark.shape)))
    # What the hull gained beyond the half shadow stays only if it is no black rim.
    hull &= ~rim
    valid: np.ndarray = ndimage.distance_transform_edt(hull) > width
    return valid


def _large_on_border(dark: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    parts, count = ndimage.label(dark)
    edge = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    chosen = np.zeros(count + 1, bool)
    chosen[edge] = True
    chosen &= np.bincount(parts.ravel(), minlength=count + 1) > 0.01 * dark.size
    chosen[0] = False
    rim: np.ndarray = chosen[parts]
    return rim


def _terms(rows: np.ndarray, columns: np.ndarray, degree: int) -> np.ndarray:
    """Polynomial terms of relative positions (0 … 1); shape (…, 1 | 3 | 6)."""
    y, x = np.broadcast_arrays(2 * rows - 1, 2 * columns - 1)
    terms = [np.ones_like(x), x, y, x * x, x * y, y * y]
    return np.stack(terms[: (1, 3, 6)[degree]], axis=-1)


@dataclass(frozen=True, slots=True)
class Background:
    """Light of the empty glass: one surface per channel, and its noise.

    Parameters
    ----------
    coefficients
        (terms, 3) of a polynomial in relative position, in log light.
    low, high
        (3,) limits that the surface keeps where it extrapolates.
    covariance
        (3, 3) of the glass in optical density.
    """

    coefficients: np.ndarray
    low: np.ndarray
    high: np.ndarray
    covariance: np.ndarray

    def surface(self, shape: tuple[int, int]) -> np.ndarray:
        """(H, W, 3) float32 log light of the glass for a picture of any size."""
        y, x = (2 * (np.arange(side) + 0.5) / side - 1 for side in shape)
        one, *rest = self.coefficients
        c = dict(zip(("x", "y", "xx", "xy", "yy"), rest, strict=False))
        zero = np.zeros(3)
        # a product of what is along the rows and what is along the columns
        along = [
            one + np.outer(x, c.get("x", zero)) + np.outer(x * x, c.get("xx", zero)),
            c.get("y", zero) + np.outer(x, c.get("xy", zero)),
            np.broadcast_to(c.get("yy", zero), (len(x), 3)),
        ]
        down = np.stack([np.ones_like(y), y, y * y], 1).astype(np.float32)
        light = down @ np.reshape(along, (3, -1)).astype(np.float32)
        for limit, bound in ((np.maximum, self.low), (np.minimum, self.high)):
            limit(light, np.tile(bound.astype(np.float32), len(x)), out=light)
        surface: np.ndarray = light.reshape(*shape, 3)
        return surface

    def at(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """(…, 3) float32 log light of the glass at relative positions 0 … 1."""
        degree = (1, 3, 6).index(len(self.coefficients))
        light = _terms(y, x, degree) @ self.coefficients.astype(np.float32)
        clipped: np.ndarray = np.clip(light, self.low, self.high)
        return clipped.astype(np.float32)


EMPTY_GLASS = Background(
    np.full((1, 3), np.log(255.0)),
    np.full(3, np.log(255.0)),
    np.full(3, np.log(255.0)),
    np.eye(3) * 0.004**2,
)
"""White light everywhere: what stands in where a picture shows no field at all."""


def fit_background(rgb: np.ndarray, valid: np.ndarray) -> Background:
    """Fit the glass of a picture.

    The brightest of three classes in green is glass to begin with; a quadratic surface
    in log light is fitted to it and refitted on what then lies near it. Where glass is
    not seen in all four quadrants the surface has fewer degrees of freedom.
    """
    glass = valid & _brightest_class(rgb[..., 1], valid)
    # The surface is smooth: a grid of pixels tells as much of it as all of them.
    step = max(1, int(np.sqrt(valid.size / _SAMPLE)))
    grid = (slice(step // 2, None, step), slice(step // 2, None, step))
    rows, columns = np.nonzero(valid[grid])
    light = log_light(rgb[grid])[rows, columns]
    start = glass[grid][rows, columns]
    if not start.any():  # so little glass that the grid missed it
        start = np.ones(len(rows), bool)
    y = (rows * step + step // 2 + 0.5) / valid.shape[0]
    x = (columns * step + step // 2 + 0.5) / valid.shape[1]
    return _refitted(light, y, x, start)


def _refitted(
    light: np.ndarray, y: np.ndarray, x: np.ndarray, glass: np.ndarray
) -> Background:
    """Fit samples that are glass, then those that lie near the fit, and so on.

    ``light`` (n, 3) at the relative positions ``y`` and ``x``; ``glass`` (n,) bool.
    """
    fit = _fit_surface(light[glass], y[glass], x[glass])
    for _ in range(3):
        rest = np.abs(fit.at(y, x) - light)
        noise = 1.4826 * np.median(rest[glass], axis=0)
        near = np.clip(3 * noise, 0.015, _LARGEST_DRIFT)
        found = (rest < near).all(-1)
        if found.sum() < 0.2 * glass.sum():
            break
        glass = found
        fit = _fit_surface(light[glass], y[glass], x[glass])
    return fit


def _brightest_class(green: np.ndarray, valid: np.ndarray) -> np.ndarray:
    from scipy import ndimage
    from skimage.filters import threshold_multiotsu

    smooth = ndimage.uniform_filter(green, 3)
    values = smooth[valid]
    try:
        threshold = threshold_multiotsu(values, 3, nbins=128)[-1]
    except ValueError:  # fewer than three grey values: the picture is (nearly) flat
        threshold = float(np.median(values))
    bright: np.ndarray = smooth >= threshold
    if not (bright & valid).any():
        return valid
    return bright


def _fit_surface(samples: np.ndarray, y: np.ndarray, x: np.ndarray) -> Background:
    degree = _degree(y, x)
    terms = _terms(y, x, degree)
    coefficients, *_ = np.linalg.lstsq(terms, samples, rcond=None)
    fitted = terms @ coefficients
    rest = fitted - samples
    covariance = np.cov(rest.T) if len(rest) > 3 else np.zeros((3, 3))
    return Background(
        coefficients=coefficients,
        low=fitted.min(0) - _EXTRAPOLATION,
        high=fitted.max(0) + _EXTRAPOLATION,
        covariance=covariance + np.eye(3) * 0.004**2,  # one grey level of rounding
    )


def _degree(y: np.ndarray, x: np.ndarray) -> int:
    """How curved a surface these positions can carry."""
    if len(y) < 60:
        return 0
    quadrants = np.bincount((y > 0.5) * 2 + (x > 0.5), minlength=4) / len(y)
    if quadrants.min() > 0.03:
        return 2
    return 1 if min(np.std(y), np.std(x)) > 0.1 else 0


def through_places(
    rows: np.ndarray, columns: np.ndarray, light: np.ndarray, covariance: np.ndarray
) -> Background:
    """Glass from what was seen of it at some places of a slide.

    Parameters
    ----------
    rows, columns
        (n,) relative position, 0 … 1.
    light
        (n, 3) log light there; the surface stays within its extremes.
    covariance
        (3, 3) in optical density.
    """
    quarters = np.bincount((rows > 0.5) * 2 + (columns > 0.5), minlength=4)
    if len(light) >= _FOR_SURFACE and quarters.min() >= 2:
        terms = _terms(rows, columns, 2)
        coefficients, *_ = np.linalg.lstsq(terms, light, rcond=None)
    else:
        coefficients = np.median(light, axis=0)[None]
    return Background(coefficients, light.min(0), light.max(0), covariance)


def part_of(
    glass: Background, rows: tuple[float, float], columns: tuple[float, float]
) -> Background:
    """The same surface for a window, whose relative positions these are, 0 … 1."""
    degree = (1, 3, 6).index(len(glass.coefficients))
    steps = np.linspace(0, 1, 5)
    y, x = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    down = rows[0] + y * (rows[1] - rows[0])
    across = columns[0] + x * (columns[1] - columns[0])
    light = _terms(down, across, degree) @ glass.coefficients
    here, *_ = np.linalg.lstsq(_terms(y, x, degree), light, rcond=None)
    return Background(here, glass.low, glass.high, glass.covariance)
