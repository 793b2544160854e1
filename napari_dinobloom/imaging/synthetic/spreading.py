"""Where cells come to lie on the slide, and what a whole slide has in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from napari_dinobloom.imaging.synthetic.canvas import Canvas
from napari_dinobloom.imaging.synthetic.diagnoses import Diagnosis
from napari_dinobloom.imaging.synthetic.laboratories import Laboratory
from napari_dinobloom.imaging.synthetic.platelets import (
    draw_clump,
    draw_platelet,
    draw_precipitate,
)
from napari_dinobloom.imaging.synthetic.red_cells import draw_red_cell
from napari_dinobloom.imaging.synthetic.white_cells import draw_white_cell

FIELD_UM2 = 60.0 * 45.0
"""The area for which a diagnosis counts its cells."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Smear:
    """What the fields of one slide share.

    Attributes
    ----------
    laboratory
        With this slide's own white balance.
    strengths
        Factor on each of the five stains.
    red_radius_um, pallor, pigment
        Of its typical red cell.
    """

    laboratory: Laboratory
    strengths: tuple[float, ...]
    red_radius_um: float
    pallor: float
    pigment: float

    @classmethod
    def of(
        cls, laboratory: Laboratory, diagnosis: Diagnosis, seed: Sequence[int]
    ) -> "Smear":
        """Draw one slide from a laboratory's habits and a patient's disease."""
        rng = np.random.default_rng(list(seed))
        # a slide left longer in the stain is darker in everything, and a little in one
        common = rng.lognormal(0, laboratory.wander)
        own = rng.lognormal(0, 0.5 * laboratory.wander, 5)
        balance = 1 + 0.12 * laboratory.wander * rng.standard_normal(3)
        red, green, blue = np.clip(np.array(laboratory.background) * balance, 0, 255)
        return cls(
            replace(laboratory, background=(float(red), float(green), float(blue))),
            tuple(float(s) for s in common * own),
            diagnosis.red_diameter_um / 2 * float(rng.lognormal(0, 0.025)),
            laboratory.pallor * float(rng.lognormal(0, 0.12)),
            diagnosis.haemoglobin * float(rng.lognormal(0, 0.04)),
        )


def spread(
    canvas: Canvas,
    laboratory: Laboratory,
    diagnosis: Diagnosis,
    smear: Smear,
    rng: np.random.Generator,
    middle: str | None = None,
) -> None:
    """Fill a canvas: white cells first, red cells giving way to them, then the small.

    ``middle`` names a white cell to be laid in the middle.
    """
    share = canvas.width * canvas.height * canvas.um**2 / FIELD_UM2
    _white_cells(canvas, laboratory, diagnosis, share, rng, middle)
    _red_cells(canvas, laboratory, diagnosis, smear, rng)
    for _ in range(rng.poisson(diagnosis.platelets * share)):
        draw = draw_clump if rng.random() < 0.05 else draw_platelet
        at = _free_place(canvas, rng)
        if at is not None:
            draw(canvas, at, rng)
    if rng.random() < 0.06:
        for _ in range(int(rng.integers(1, 4))):
            at = _free_place(canvas, rng)
            if at is not None:
                draw_precipitate(canvas, at, rng)


def _white_cells(
    canvas: Canvas,
    laboratory: Laboratory,
    diagnosis: Diagnosis,
    share: float,
    rng: np.random.Generator,
    middle: str | None,
) -> None:
    placed: list[tuple[float, float, float]] = []
    if middle is not None:
        off = rng.normal(0, 0.4 / canvas.um, 2)
        at = (canvas.width / 2 + off[0], canvas.height / 2 + off[1])
        placed.append((*at, draw_white_cell(canvas, middle, at, 0.1, rng)))
        return
    wanted = max(1, rng.poisson(diagnosis.whites_per_field * share))
    for name in _drawn(diagnosis.whites, wanted, rng):
        for _ in range(30):
            x, y = _anywhere(canvas, rng)
            apart = [np.hypot(x - a, y - b) * canvas.um - r for a, b, r in placed]
            border = min(x, y, canvas.width - x, canvas.height - y) * canvas.um
            if min(apart, default=99) > 8.2 and (border > 8 or rng.random() < 0.08):
                radius = draw_white_cell(canvas, name, (x, y), laboratory.edge_um, rng)
                placed.append((x, y, radius))
                break


def _red_cells(
    canvas: Canvas,
    laboratory: Laboratory,
    diagnosis: Diagnosis,
    smear: Smear,
    rng: np.random.Generator,
) -> None:
    density = laboratory.density * diagnosis.red_density * rng.uniform(0.8, 1.15)
    area = (canvas.width * canvas.um + 8) * (canvas.height * canvas.um + 8)
    wanted = int(area * density / (np.pi * smear.red_radius_um**2))
    names = _drawn(diagnosis.reds, wanted, rng, rest="red cell")
    radii = smear.red_radius_um * rng.lognormal(0, diagnosis.anisocytosis, wanted)
    places: list[Point] = []
    sizes: list[float] = []
    for name, radius in zip(names, radii, strict=True):
        at, leaning = _red_place(canvas, places, sizes, radius, diagnosis.rouleaux, rng)
        if at is None:
            continue
        places.append(at)
        sizes.append(radius)
        pigment = smear.pigment * rng.lognormal(0, 0.05)
        press = not leaning and rng.random() < 0.6
        draw_red_cell(
            canvas, name, at, radius, smear.pallor, pigment, laboratory.edge_um,
            press, rng,
        )  # fmt: skip


def _red_place(
    canvas: Canvas,
    places: list[Point],
    sizes: list[float],
    radius: float,
    rouleaux: float,
    rng: np.random.Generator,
) -> tuple[Point | None, bool]:
    """A place for a red cell, and whether it leans on its neighbour like a coin."""
    taken = np.array(places).reshape(-1, 2)
    reach = np.array(sizes)
    for attempt in range(40):
        leaning = bool(places) and attempt < 4 and rng.random() < rouleaux
        if leaning:
            a, b = places[int(rng.integers(len(places)))]
            turn, step = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.0, 1.6)
            x = a + step * np.cos(turn) / canvas.um
            y = b + step * np.sin(turn) / canvas.um
        else:
            margin = 4 / canvas.um
            x = rng.uniform(-margin, canvas.width + margin)
            y = rng.uniform(-margin, canvas.height + margin)
        if _white_depth(canvas, x, y) > -0.6 * radius:
            continue
        if len(taken):
            distance = np.hypot(taken[:, 0] - x, taken[:, 1] - y) * canvas.um
            least = 0.48 if leaning else 0.86
            if (distance < least * (reach + radius)).any():
                continue
        return (float(x), float(y)), leaning
    return None, False


def _white_depth(canvas: Canvas, x: float, y: float) -> float:
    """µm below a white cell's outline; known inside and just round it."""
    row = int(np.clip(y, 0, canvas.height - 1))
    column = int(np.clip(x, 0, canvas.width - 1))
    return float(canvas.white_depth[row, column])


def _anywhere(canvas: Canvas, rng: np.random.Generator) -> Point:
    return float(rng.uniform(0, canvas.width)), float(rng.uniform(0, canvas.height))


def _free_place(canvas: Canvas, rng: np.random.Generator) -> Point | None:
    for _ in range(25):
        x, y = _anywhere(canvas, rng)
        row, column = int(y), int(x)
        if canvas.red_depth[row, column] < -1.2 and _white_depth(canvas, x, y) < -1.2:
            return x, y
    return None


def _drawn(
    shares: Mapping[str, float], n: int, rng: np.random.Generator, rest: str = ""
) -> list[str]:
    """Draw n names by their shares; what is missing to 1 goes to ``rest``."""
    names, weights = list(shares), np.array(list(shares.values()), float)
    if rest:
        names, weights = [*names, rest], np.append(weights, max(0.0, 1 - weights.sum()))
    chosen = rng.choice(len(names), n, p=weights / weights.sum())
    return [names[i] for i in chosen]
