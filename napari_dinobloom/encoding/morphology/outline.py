"""Geometry of many masks at once: extents, perimeters, distances, rays."""

import numpy as np
from scipy import ndimage


def distance_inside(masks: np.ndarray) -> np.ndarray:
    """Distance of each pixel inside to the nearest one outside, (n, s, s) float32, px.

    A mask without a single pixel outside gets the window's side throughout.
    """
    distance = np.empty(masks.shape, dtype=np.float32)
    for row, mask in enumerate(masks):
        if mask.all():
            distance[row] = mask.shape[0]
        else:
            distance[row] = ndimage.distance_transform_edt(mask)
    return distance


def crofton_perimeter(masks: np.ndarray) -> np.ndarray:
    """Length of each mask's contour in px, (n,), by Crofton's formula in 4 directions.

    Counting crossings of lines is right on average over all directions, where counting
    edge pixels is wrong by up to 27 % for slanting ones.
    """
    padded = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    horizontal = (padded[:, :, 1:] != padded[:, :, :-1]).sum(axis=(1, 2))
    vertical = (padded[:, 1:] != padded[:, :-1]).sum(axis=(1, 2))
    falling = (padded[:, 1:, 1:] != padded[:, :-1, :-1]).sum(axis=(1, 2))
    rising = (padded[:, 1:, :-1] != padded[:, :-1, 1:]).sum(axis=(1, 2))
    crossings = horizontal + vertical + (falling + rising) / np.sqrt(2)
    length: np.ndarray = np.pi / 8 * crossings
    return length


def support_widths(masks: np.ndarray, directions: int = 36) -> np.ndarray:
    """How far each mask reaches in each of `directions` over the full circle, px.

    The support function h of the convex hull about the window's middle, (n,
    directions): width is h(θ) + h(θ + π); empty masks give nan. Only the two ends of
    each row of pixels can touch the hull, so only they are looked at.
    """
    n, side = masks.shape[:2]
    filled = np.asarray(masks.any(axis=2))
    middle = (side - 1) / 2
    left = masks.argmax(axis=2) - middle
    right = middle - masks[:, :, ::-1].argmax(axis=2)
    rows = np.arange(side)[None, :] - middle
    theta = np.arange(directions) * 2 * np.pi / directions
    reach = np.empty((n, directions))
    for index, (x, y) in enumerate(zip(np.cos(theta), np.sin(theta), strict=True)):
        along = np.where(x > 0, right, left) * x + rows * y
        # A pixel reaches half a pixel beyond its centre
        reach[:, index] = np.where(filled, along, -np.inf).max(axis=1) + 0.5
    reach[~filled.any(axis=1)] = np.nan
    return reach


def hull_area(reach: np.ndarray) -> np.ndarray:
    """Area of the polygon round the convex hull that touches it in each direction.

    Parameters
    ----------
    reach
        (n, m) support function, m even directions over the circle, px.
    """
    step = 2 * np.pi / reach.shape[1]
    before, after = np.roll(reach, 1, axis=1), np.roll(reach, -1, axis=1)
    edge = (before + after - 2 * reach * np.cos(step)) / np.sin(step)
    area: np.ndarray = 0.5 * (reach * np.maximum(edge, 0)).sum(axis=1)
    return area


def centroids(masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each mask's centroid, (n,) each, px; nan for empty masks."""
    side = masks.shape[1]
    per_row, per_column = masks.sum(axis=2), masks.sum(axis=1)
    total = per_row.sum(axis=1).astype(float)
    total[total == 0] = np.nan
    at = np.arange(side)
    return (per_row * at).sum(axis=1) / total, (per_column * at).sum(axis=1) / total


def ray_samples(
    images: np.ndarray,
    centre: tuple[np.ndarray, np.ndarray],
    radii: np.ndarray,
    rays: int,
) -> np.ndarray:
    """Values along rays from a centre, (n, rays, m) or (n, rays, m, channels).

    Parameters
    ----------
    images
        (n, s, s) or (n, s, s, channels).
    centre
        Row and column, (n,) each; nan stands for the window's middle.
    radii
        (m,) or (n, m) distances from the centre in px; samples beyond the window
        take the value at its edge.
    rays
        Number of directions over the full circle.
    """
    n, side = images.shape[:2]
    middle = (side - 1) / 2
    row = np.nan_to_num(centre[0], nan=middle)[:, None, None]
    column = np.nan_to_num(centre[1], nan=middle)[:, None, None]
    theta = (np.arange(rays) * 2 * np.pi / rays)[None, :, None]
    radius = np.broadcast_to(radii, (n, np.shape(radii)[-1]))[:, None, :]
    at_row = np.clip(np.rint(row + radius * np.sin(theta)), 0, side - 1).astype(int)
    at_column = np.clip(np.rint(column + radius * np.cos(theta)), 0, side - 1)
    samples: np.ndarray = images[
        np.arange(n)[:, None, None], at_row, at_column.astype(int)
    ]
    return samples


def contour_radii(masks: np.ndarray, rays: int = 64) -> np.ndarray:
    """Distance from the centroid to the outermost mask pixel along each ray, px.

    (n, rays); 0 along a ray that meets no mask.
    """
    radii = np.arange(0, masks.shape[1] * 0.7, 0.75)
    inside = ray_samples(masks, centroids(masks), radii, rays)
    last = inside.shape[2] - 1 - inside[:, :, ::-1].argmax(axis=2)
    reach: np.ndarray = np.where(inside.any(axis=2), radii[last], 0.0)
    return reach
