"""Granules strewn over a cell's cytoplasm."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.imaging.synthetic.canvas import Canvas, Patch, scatter
from napari_dinobloom.imaging.synthetic.shapes import Array, cover


@dataclass(frozen=True, slots=True)
class Granules:
    """One sort of granule.

    Attributes
    ----------
    channel
        What they are stained with.
    per_um2
        How many on a square micrometre.
    sigma_um
        Size of a granule (standard deviation of its soft dot).
    amount
        Stain in the middle of a granule.
    over_nucleus
        Share of those lying over the nucleus that are kept.
    packed
        Side by side like an eosinophil's, instead of strewn at random.
    """

    channel: int
    per_um2: float
    sigma_um: float
    amount: float
    over_nucleus: float = 0.0
    packed: bool = False


def draw_granules(
    canvas: Canvas,
    patch: Patch,
    granules: Granules,
    depth: Array,
    inner: Array,
    rng: np.random.Generator,
) -> None:
    """Lay one sort of granule on the canvas, in the cell and seldom over its nucleus.

    ``depth`` and ``inner`` are µm below the outlines of cell and nucleus.
    """
    points = _packed if granules.packed else _strewn
    at = points(patch, canvas.um, granules.per_um2, rng)
    at = at[_kept(at, granules, depth, inner, rng)]
    if not len(at):
        return
    strengths = rng.lognormal(-0.1, 0.4, len(at)).astype(np.float32)
    sigma_px = max(0.6, granules.sigma_um / canvas.um)
    dots = scatter(depth.shape, at, sigma_px, strengths)
    if granules.packed:
        dots = 1.15 * (1 - np.exp(-dots))
    canvas.add(patch, granules.channel, granules.amount * dots * cover(depth, 0.12))


def _kept(
    at: Array,
    granules: Granules,
    depth: Array,
    inner: Array,
    rng: np.random.Generator,
) -> Array:
    index = np.rint(at).astype(int)
    rows = index[:, 0].clip(0, depth.shape[0] - 1)
    columns = index[:, 1].clip(0, depth.shape[1] - 1)
    in_cell = depth[rows, columns] > 0.8 * granules.sigma_um
    over = inner[rows, columns] > -0.5 * granules.sigma_um
    kept: Array = in_cell & (~over | (rng.random(len(at)) < granules.over_nucleus))
    return kept


def _strewn(patch: Patch, um: float, per_um2: float, rng: np.random.Generator) -> Array:
    height, width = patch.x.shape
    n = rng.poisson(height * width * um**2 * per_um2)
    return rng.uniform((0, 0), (height, width), (n, 2))


def _packed(patch: Patch, um: float, per_um2: float, rng: np.random.Generator) -> Array:
    """A jittered grid with holes."""
    height, width = patch.x.shape
    step = 1 / (um * np.sqrt(per_um2))
    rows, columns = np.meshgrid(
        np.arange(0, height, step), np.arange(0, width, step), indexing="ij"
    )
    grid = np.stack([rows.ravel(), columns.ravel()], axis=1)
    grid += rng.normal(0, 0.28 * step, grid.shape)
    return grid[rng.random(len(grid)) < 0.9]
