"""Empty glass, cells side by side, heaps: told apart at low power."""

import numpy as np

from napari_dinobloom.segmentation.monolayer import (
    EMPTY,
    FEW,
    NO_SMEAR,
    SIDE_BY_SIDE,
    THICK,
    find_monolayer,
)
from napari_dinobloom.segmentation.slide_survey import (
    sample_places,
    survey_slide,
    survey_window,
)

GLASS = np.array([235, 232, 228], float)
RED = np.array([0.08, 0.35, 0.25])  # optical density of one red cell
DIAMETER, SHRINK = 32.0, 8.0


def smear() -> np.ndarray:
    """Six blocks of 1,024 pixels: empty, few, side by side, heaped, black, heaped."""
    rng = np.random.default_rng(0)
    blocks = []
    for n_cells, layers in [(0, 0), (40, 1), (420, 1), (6000, 0), (0, 0), (7000, 0)]:
        density = np.zeros((1024, 1024), np.float32)
        rows, columns = np.mgrid[-16:17, -16:17]
        cell = rows**2 + columns**2 <= 16**2
        for _ in range(n_cells):
            y, x = rng.integers(16, 1024 - 17, 2)
            part = density[y - 16 : y + 17, x - 16 : x + 17]
            if layers and (part[cell] > 0).mean() > 0.1:
                continue
            part[cell] += 1
        blocks.append(GLASS * np.exp(-density[..., None] * RED))
    blocks[4][:] = 0
    rgb = np.concatenate(blocks, axis=1) + rng.normal(0, 1.5, (1024, 6144, 3))
    return np.clip(rgb, 0, 255).astype(np.uint8)


def test_each_part_of_a_slide_is_called_what_it_is() -> None:
    from PIL import Image

    rgb = smear()
    shape = rgb.shape[:2]
    places = sample_places(rgb[20::64, 20::64], shape)
    looks = [
        survey_window(rgb[p[0] : p[2], p[1] : p[3]], p, shape, DIAMETER) for p in places
    ]
    seen = survey_slide(shape, looks, DIAMETER)
    small = np.asarray(Image.fromarray(rgb).reduce(int(SHRINK)))
    parts = find_monolayer([small[:50], small[50:]], SHRINK, seen)
    assert parts.blocks.shape == (4, 24)
    middles = parts.blocks[1:3, 1::4]
    expected = [EMPTY, FEW, SIDE_BY_SIDE, THICK, NO_SMEAR, THICK]
    assert (middles == expected).all(), middles
    assert not parts.is_worth_searching((0, 0, 1024, 1000))
    assert parts.is_worth_searching((0, 1500, 600, 2500))
    assert not parts.is_worth_searching((0, 3400, 1024, 4000))
    assert parts.at(np.array([500.0]), np.array([2500.0])) == SIDE_BY_SIDE
    assert "too thick" in parts.in_words()
