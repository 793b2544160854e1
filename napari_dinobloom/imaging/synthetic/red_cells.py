"""Red cells: biconcave discs and their relatives."""

from dataclasses import dataclass, replace

import numpy as np

from napari_dinobloom.imaging.synthetic.canvas import Canvas, Patch
from napari_dinobloom.imaging.synthetic.laboratories import HAEMOGLOBIN
from napari_dinobloom.imaging.synthetic.shapes import Outline, cover, outside


@dataclass(frozen=True, slots=True)
class RedForm:
    """How thick a red cell is from its centre to its rim.

    Attributes
    ----------
    size
        Radius against a normal cell's.
    stretch
        Length over width, smallest and largest.
    roughness
        Waves of the outline.
    pallor, pallor_radius
        Depth of the pallor against the smear's own, and its radius (1 = the rim).
    pigment
        Amount of haemoglobin, 1 = normal.
    bump
        Pigment in the middle of the pallor (target cell).
    slit
        Pallor's length over width (stomatocyte).
    """

    size: float = 1.0
    stretch: tuple[float, float] = (1.0, 1.14)
    roughness: float = 0.028
    pallor: float = 1.0
    pallor_radius: float = 0.50
    pigment: float = 1.0
    bump: float = 0.0
    slit: float = 1.0


_DISC = RedForm()
_FORMS = {
    "red cell": _DISC,
    "ovalocyte": replace(_DISC, stretch=(1.2, 1.42)),
    "elliptocyte": replace(_DISC, stretch=(1.7, 2.5), size=0.92, pallor=0.7),
    "target cell": replace(_DISC, bump=0.75, pallor=1.25, pallor_radius=0.60),
    "teardrop cell": replace(_DISC, size=0.88),
    "stomatocyte": replace(_DISC, slit=2.6, pallor_radius=0.46),
    "spherocyte": replace(_DISC, size=0.82, pallor=0.0, pigment=1.22),
    "hypochromic red cell": replace(
        _DISC, pallor=1.9, pallor_radius=0.72, pigment=0.92, roughness=0.03
    ),
    "burr cell": replace(_DISC, pallor=0.6, size=0.95),
}


def draw_red_cell(
    canvas: Canvas,
    name: str,
    centre_px: tuple[float, float],
    radius_um: float,
    pallor: float,
    pigment: float,
    edge_um: float,
    press: bool,
    rng: np.random.Generator,
) -> None:
    """Lay one red cell on the smear.

    Parameters
    ----------
    canvas
        Changed: that is what a canvas is for.
    name
        One of ``RED_CELLS``.
    centre_px, radius_um
        Where, and its radius.
    pallor, pigment
        The smear's own depth of pallor (0–1) and amount of haemoglobin.
    edge_um
        Softness of the outline.
    press
        Whether it gives way to red cells already there instead of lying over them.
    rng
        Random numbers.
    """
    form = _FORMS[name]
    radius = radius_um * form.size
    patch = canvas.patch(centre_px, radius * 2.0 + 0.6)
    if patch is None:
        return
    shape = _outline(name, form, radius, rng)
    depth, reach = shape.measure(patch.x, patch.y)
    depth = depth + 0.05 * canvas.grain(patch, "coarse", rng)
    gap = rng.uniform(-0.30, 0.15)
    depth = outside(depth, canvas.white_depth[patch.where] + gap, 0.25)
    if press:
        depth = outside(depth, canvas.red_depth[patch.where] + 0.10, 0.2)
    inside = depth > 0
    if inside.sum() * canvas.um**2 < 1.0:
        return
    thickness = _thickness(canvas, patch, reach, depth, form, pallor, rng)
    amount = pigment * form.pigment * thickness * cover(depth, edge_um)
    _overlay(canvas, patch, amount)
    seen = inside & (canvas.white_depth[patch.where] <= 0)
    canvas.claim(patch, seen, name, "rbc", centre_px)
    region = canvas.red_depth[patch.where]
    np.maximum(region, depth, out=region)


def _overlay(canvas: Canvas, patch: Patch, amount: np.ndarray) -> None:
    """Lay pigment on pigment: where discs overlap they squeeze each other thin."""
    there = canvas.amounts[(*patch.where, HAEMOGLOBIN)]
    squeezed = np.maximum(there, amount) + 0.42 * np.minimum(there, amount)
    canvas.add(patch, HAEMOGLOBIN, squeezed - there)


def _outline(
    name: str, form: RedForm, radius: float, rng: np.random.Generator
) -> Outline:
    stretch = rng.uniform(*form.stretch)
    tail = None
    if name == "teardrop cell":
        tail = (rng.uniform(0.5, 0.9), rng.uniform(0.22, 0.32), 0.0)
    shape = Outline.wavering(rng, radius, form.roughness, stretch, tail)
    if name == "burr cell":
        spikes = (int(rng.integers(11, 16)), 0.05, rng.uniform(0, 6.28))
        shape = replace(shape, waves=(*shape.waves, spikes))
    return shape


def _thickness(
    canvas: Canvas,
    patch: Patch,
    reach: np.ndarray,
    depth: np.ndarray,
    form: RedForm,
    pallor: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Pigment along the line of sight, 1 at the thickest."""
    depth_of_pallor = min(0.92, pallor * form.pallor * rng.lognormal(0, 0.33))
    width = form.pallor_radius * rng.lognormal(0, 0.16)
    off = rng.normal(0, 0.06, 2)
    turn = rng.uniform(0, np.pi)
    scale = np.maximum(np.hypot(patch.x, patch.y), 1e-6)
    u, v = reach * patch.x / scale - off[0], reach * patch.y / scale - off[1]
    c, s = np.cos(turn), np.sin(turn)
    slit = np.sqrt(form.slit)
    from_middle = np.hypot((c * u + s * v) / slit, (c * v - s * u) * slit)
    from_middle = from_middle * (1 + 0.08 * canvas.grain(patch, "broad", rng))
    steep = rng.uniform(2.4, 4.6)
    hollow = depth_of_pallor * np.exp(-((from_middle / width) ** steep))
    middle = form.bump * depth_of_pallor * np.exp(-((from_middle / 0.24) ** 2))
    rim = 0.10 * np.exp(-(((depth - 0.35) / 0.35) ** 2))
    mottle = 0.035 * canvas.grain(patch, "coarse", rng)
    slope = 0.06 * (patch.x * rng.normal() + patch.y * rng.normal()) / 4
    thickness: np.ndarray = np.clip(1 - hollow + middle + rim + mottle + slope, 0.02, 2)
    return thickness
