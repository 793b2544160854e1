"""White cells: cytoplasm, granules, nucleus, vacuoles."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.imaging.synthetic import nuclei
from napari_dinobloom.imaging.synthetic.canvas import Canvas, Patch
from napari_dinobloom.imaging.synthetic.granules import Granules, draw_granules
from napari_dinobloom.imaging.synthetic.laboratories import (
    AZUROPHIL,
    BASOPHILIA,
    CHROMATIN,
    EOSIN,
)
from napari_dinobloom.imaging.synthetic.shapes import (
    Array,
    Outline,
    cover,
    ellipse,
)


@dataclass(frozen=True, slots=True)
class WhiteForm:
    """How one class of white cell is built.

    Attributes
    ----------
    radius_um
        Smallest and largest radius.
    roughness
        Waves of the cell's outline.
    nucleus
        Which outline.
    chromatin
        Amount in the nucleus, 1 = a neutrophil's.
    clumping
        Contrast of coarse chromatin.
    grain
        Texture of the chromatin: "fine", "medium" or "coarse".
    blue, lilac
        Basophilia and azurophil tint of the cytoplasm.
    rim
        How much bluer the cytoplasm is at its outline.
    granules
        What is strewn over it.
    vacuoles, nucleoli
        Largest number of each.
    """

    radius_um: tuple[float, float]
    roughness: float
    nucleus: nuclei.Nucleus
    chromatin: float
    clumping: float
    grain: str
    blue: float
    lilac: float
    rim: float = 0.0
    granules: tuple[Granules, ...] = ()
    vacuoles: int = 0
    nucleoli: int = 0


_FINE = Granules(AZUROPHIL, 7.0, 0.12, 0.38)
_NEUTROPHIL_GRANULES = (_FINE, Granules(CHROMATIN, 0.4, 0.10, 0.07))

_FORMS = {
    "segmented neutrophil": WhiteForm(
        (5.8, 7.0), 0.030, nuclei.segmented, 0.98, 0.42, "medium", 0.10, 0.42,
        granules=_NEUTROPHIL_GRANULES,
    ),
    "band neutrophil": WhiteForm(
        (6.0, 7.2), 0.028, nuclei.band, 0.90, 0.40, "medium", 0.14, 0.42,
        granules=_NEUTROPHIL_GRANULES,
    ),
    "eosinophil": WhiteForm(
        (6.2, 7.4), 0.025, nuclei.bilobed, 0.92, 0.40, "medium", 0.15, 0.22,
        granules=(Granules(EOSIN, 3.0, 0.25, 0.95, packed=True),),
    ),
    "basophil": WhiteForm(
        (5.4, 6.6), 0.030, nuclei.clover, 0.55, 0.2, "coarse", 0.30, 0.8,
        granules=(
            Granules(CHROMATIN, 1.5, 0.26, 0.48, over_nucleus=0.8),
            Granules(AZUROPHIL, 1.5, 0.24, 1.3, over_nucleus=0.8),
        ),
    ),
    "lymphocyte": WhiteForm(
        (3.9, 5.4), 0.028, nuclei.rounded, 1.0, 0.36, "coarse", 0.80, 0.10, rim=0.12,
    ),
    "monocyte": WhiteForm(
        (7.0, 8.6), 0.055, nuclei.kidney, 0.72, 0.42, "medium", 0.72, 0.22,
        granules=(Granules(AZUROPHIL, 3.0, 0.12, 0.28),), vacuoles=6,
    ),
    "blast": WhiteForm(
        (6.2, 8.4), 0.035, nuclei.large, 0.72, 0.17, "fine", 1.2, 0.14, rim=0.12,
        nucleoli=3,
    ),
}  # fmt: skip


def draw_white_cell(
    canvas: Canvas,
    name: str,
    centre_px: tuple[float, float],
    edge_um: float,
    rng: np.random.Generator,
) -> float:
    """Lay one white cell on the smear and give its radius in µm.

    Parameters
    ----------
    canvas
        Changed: that is what a canvas is for.
    name
        One of ``WHITE_CELLS``.
    centre_px
        Where.
    edge_um
        Softness of outlines.
    rng
        Random numbers.
    """
    if name == "smudge cell":
        return _draw_smudge(canvas, centre_px, rng)
    form = _FORMS[name]
    radius = float(rng.uniform(*form.radius_um))
    patch = canvas.patch(centre_px, radius * 1.5 + 0.6)
    if patch is None:
        return radius
    stretch = 1 + abs(rng.normal(0, 0.09))
    shape = Outline.wavering(rng, radius, form.roughness, stretch)
    depth, _ = shape.measure(patch.x, patch.y)
    ragged = 0.14 if name == "monocyte" else 0.07
    depth = depth + ragged * canvas.grain(patch, "coarse", rng)
    inner = _nucleus(canvas, patch, form, radius, depth, rng)
    # the outline of the cell holds its nucleus, whatever the waves did
    depth = np.maximum(depth, inner + 0.12)
    _cytoplasm(canvas, patch, form, depth, inner, edge_um, rng)
    _chromatin(canvas, patch, form, inner, edge_um, rng)
    for granules in form.granules:
        draw_granules(canvas, patch, granules, depth, inner, rng)
    number = canvas.claim(patch, depth > 0, name, "wbc", centre_px)
    canvas.nuclei[patch.where][inner > 0] = number
    region = canvas.white_depth[patch.where]
    np.maximum(region, depth, out=region)
    return radius


def _nucleus(
    canvas: Canvas,
    patch: Patch,
    form: WhiteForm,
    radius: float,
    depth: Array,
    rng: np.random.Generator,
) -> Array:
    """Depth below the nucleus's outline, kept inside the cell."""
    slack = 0.10 * radius if form.nucleus is not nuclei.kidney else 0.22 * radius
    off = rng.normal(0, 0.5, 2).clip(-1, 1) * slack
    inner = form.nucleus(patch.x - off[0], patch.y - off[1], radius, rng)
    inner = inner + 0.13 * canvas.grain(patch, "coarse", rng)
    inner = inner + 0.05 * canvas.grain(patch, "medium", rng)
    kept: Array = np.minimum(inner, depth + 0.05)
    return kept


def _cytoplasm(
    canvas: Canvas,
    patch: Patch,
    form: WhiteForm,
    depth: Array,
    inner: Array,
    edge_um: float,
    rng: np.random.Generator,
) -> None:
    body = cover(depth, edge_um * 1.3)
    texture = 1 + 0.10 * canvas.grain(patch, "medium", rng)
    texture = texture + 0.12 * canvas.grain(patch, "coarse", rng)
    texture = texture + 0.16 * canvas.grain(patch, "broad", rng)
    # thinner under and round the nucleus, bluer towards the outline
    halo = 0.78 + 0.22 * cover(-inner - 0.5, 0.4)
    rim = 1 + form.rim * np.exp(-((depth / 0.7) ** 2))
    air = _vacuoles(patch, form, depth, inner, rng)
    strength = rng.lognormal(0, 0.14)
    blue = np.clip(body * texture * halo * rim * air, 0, None)
    canvas.add(patch, BASOPHILIA, form.blue * strength * blue)
    lilac = np.clip(body * texture * air * (0.5 + 0.5 * halo), 0, None)
    canvas.add(patch, AZUROPHIL, form.lilac * strength * lilac)


def _vacuoles(
    patch: Patch, form: WhiteForm, depth: Array, inner: Array, rng: np.random.Generator
) -> Array:
    """1 in full cytoplasm, near 0 in a vacuole."""
    air = np.ones_like(depth)
    free = np.argwhere((depth > 0.7) & (inner < -0.3))
    if not form.vacuoles or not len(free):
        return air
    for _ in range(rng.integers(0, form.vacuoles + 1)):
        row, column = free[rng.integers(len(free))]
        size = rng.uniform(0.25, 0.65)
        at = (float(patch.x[row, column]), float(patch.y[row, column]))
        air *= 1 - 0.8 * cover(ellipse(patch.x, patch.y, at, (size, size), 0.0), 0.08)
    return air


def _chromatin(
    canvas: Canvas,
    patch: Patch,
    form: WhiteForm,
    inner: Array,
    edge_um: float,
    rng: np.random.Generator,
) -> None:
    body = cover(inner, edge_um)
    clumps = np.tanh(1.4 * canvas.grain(patch, form.grain, rng))
    broad = canvas.grain(patch, "coarse", rng)
    fine = canvas.grain(patch, "fine", rng)
    texture = 1 + form.clumping * (0.8 * clumps + 0.5 * broad) + 0.05 * fine
    texture = np.clip(texture, 0.55, 1.6)
    membrane = 0.22 * np.exp(-(((inner - 0.2) / 0.25) ** 2))
    dome = 0.84 + 0.20 * np.clip(inner / 1.8, 0, 1)
    pale, ring = _nucleoli(patch, form, inner, rng)
    strength = form.chromatin * rng.lognormal(0, 0.06)
    amount = body * np.clip((texture + membrane) * dome * pale + ring, 0.2, None)
    canvas.add(patch, CHROMATIN, strength * amount)
    canvas.add(patch, BASOPHILIA, 0.35 * body * (1 - pale))


def _nucleoli(
    patch: Patch, form: WhiteForm, inner: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Chromatin left inside nucleoli (1 elsewhere), and the dark ring round each."""
    pale, ring = np.ones_like(inner), np.zeros_like(inner)
    room = np.argwhere(inner > 1.4)
    if not form.nucleoli or not len(room):
        return pale, ring
    for _ in range(rng.integers(1, form.nucleoli + 1)):
        row, column = room[rng.integers(len(room))]
        size = rng.uniform(0.55, 1.05)
        at = (float(patch.x[row, column]), float(patch.y[row, column]))
        axes = (size, size * rng.uniform(0.75, 1.0))
        spot = ellipse(patch.x, patch.y, at, axes, rng.uniform(0, 3.14))
        pale *= 1 - rng.uniform(0.4, 0.58) * cover(spot, 0.12)
        ring += 0.10 * np.exp(-(((spot + 0.12) / 0.2) ** 2))
    return pale, ring


def _draw_smudge(
    canvas: Canvas, centre_px: tuple[float, float], rng: np.random.Generator
) -> float:
    """A nucleus crushed by the spreader (Gumprecht shadow), without cytoplasm."""
    radius = float(rng.uniform(4.5, 6.5))
    patch = canvas.patch(centre_px, radius * 2.2)
    if patch is None:
        return radius
    shape = Outline.wavering(rng, radius, 0.14, rng.uniform(1.1, 1.7))
    depth, _ = shape.measure(patch.x, patch.y)
    depth = depth + 0.7 * canvas.grain(patch, "broad", rng)
    depth = depth + 0.35 * canvas.grain(patch, "coarse", rng)
    texture = 1 + 0.22 * canvas.grain(patch, "coarse", rng)
    texture = texture + 0.25 * canvas.grain(patch, "broad", rng)
    amount = rng.uniform(0.38, 0.55) * np.clip(texture, 0.2, None) * cover(depth, 0.35)
    canvas.add(patch, CHROMATIN, amount)
    number = canvas.claim(patch, depth > 0, "smudge cell", "wbc", centre_px)
    canvas.nuclei[patch.where][depth > 0] = number
    region = canvas.white_depth[patch.where]
    np.maximum(region, depth, out=region)
    return radius
