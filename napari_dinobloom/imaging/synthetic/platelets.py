"""Platelets, alone and in clumps, and what the stain leaves behind."""

import numpy as np

from napari_dinobloom.imaging.synthetic.canvas import Canvas, scatter
from napari_dinobloom.imaging.synthetic.laboratories import (
    AZUROPHIL,
    BASOPHILIA,
    CHROMATIN,
)
from napari_dinobloom.imaging.synthetic.shapes import Outline, cover


def draw_platelet(
    canvas: Canvas, centre_px: tuple[float, float], rng: np.random.Generator
) -> None:
    """One platelet: a pale blue rag with purple grains in its middle."""
    radius = float(rng.lognormal(np.log(1.15), 0.22))
    patch = canvas.patch(centre_px, radius * 2.2 + 0.4)
    if patch is None:
        return
    shape = Outline.wavering(rng, radius, 0.07, rng.uniform(1.0, 1.4))
    depth, reach = shape.measure(patch.x, patch.y)
    depth = depth + 0.08 * canvas.grain(patch, "medium", rng)
    body = cover(depth, 0.13)
    seen = (depth > 0) & (canvas.labels[patch.where] == 0)
    if seen.sum() * canvas.um**2 < 0.5:
        return
    canvas.add(patch, BASOPHILIA, rng.uniform(0.25, 0.5) * body)
    canvas.add(patch, AZUROPHIL, rng.uniform(0.5, 0.9) * body)
    near = np.argwhere((reach < 0.8) & (depth > 0))
    if len(near):
        n = int(rng.integers(8, 22))
        at = near[rng.integers(0, len(near), n)]
        sizes = rng.lognormal(-0.2, 0.4, n).astype(np.float32)
        grains = scatter(depth.shape, at, max(0.6, 0.15 / canvas.um), sizes)
        canvas.add(patch, CHROMATIN, 0.14 * grains * body)
        canvas.add(patch, AZUROPHIL, 0.45 * grains * body)
    canvas.claim(patch, seen, "platelet", "platelet", centre_px)


def draw_clump(
    canvas: Canvas, centre_px: tuple[float, float], rng: np.random.Generator
) -> None:
    """Three to seven platelets holding together."""
    for _ in range(int(rng.integers(3, 8))):
        off = rng.normal(0, 1.6 / canvas.um, 2)
        draw_platelet(canvas, (centre_px[0] + off[0], centre_px[1] + off[1]), rng)


def draw_precipitate(
    canvas: Canvas, centre_px: tuple[float, float], rng: np.random.Generator
) -> None:
    """A cluster of dark grains that the stain dropped."""
    spread = rng.uniform(0.6, 2.0)
    patch = canvas.patch(centre_px, 4 * spread + 0.5)
    if patch is None:
        return
    n = int(rng.integers(3, 16))
    height, width = patch.x.shape
    middle = (
        centre_px[1] - patch.rows.start,
        centre_px[0] - patch.columns.start,
    )
    at = np.array(middle) + rng.normal(0, spread / canvas.um, (n, 2))
    sizes = rng.lognormal(-0.3, 0.6, n).astype(np.float32)
    grains = scatter((height, width), at, max(0.6, 0.2 / canvas.um), sizes)
    canvas.add(patch, CHROMATIN, 0.9 * grains)
    canvas.add(patch, AZUROPHIL, 0.4 * grains)
    seen = (grains > 0.35) & (canvas.labels[patch.where] == 0)
    if seen.any():
        canvas.claim(patch, seen, "stain precipitate", "other", centre_px)
