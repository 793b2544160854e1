"""Tiles: every place once, every cell once, whatever the size of the picture."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.imaging.synthetic import LABORATORIES, make_field
from napari_dinobloom.segmentation import Segmentation, SmearSegmenter
from napari_dinobloom.segmentation.background import part_of
from napari_dinobloom.segmentation.seams import Seams
from napari_dinobloom.segmentation.slide_survey import (
    SlideSurvey,
    survey_slide,
    survey_window,
)
from napari_dinobloom.segmentation.smear import (
    _WORKING_DIAMETER,
    segment_surveyed,
)
from napari_dinobloom.segmentation.survey import survey
from napari_dinobloom.segmentation.tiles import (
    WORKING_DIAMETER,
    common_diameter,
    common_step,
    own_cells,
    plan_tiles,
    working_pixels,
)

DIAMETER = 25.0


@given(
    st.integers(1, 9_000), st.integers(1, 9_000), st.floats(5, 150),
    st.none() | st.integers(100, 3_000),
)  # fmt: skip
def test_cores_cover_every_pixel_once_and_windows_overlap_enough(
    height: int, width: int, diameter: float, core: int | None
) -> None:
    tiles = plan_tiles((height, width), diameter, core)
    area = sum((t.core[2] - t.core[0]) * (t.core[3] - t.core[1]) for t in tiles)
    assert area == height * width
    assert [t.number for t in tiles] == list(range(len(tiles)))
    for tile in tiles:
        for side, limit in zip(range(4), (0, 0, height, width), strict=True):
            margin = abs(tile.core[side] - tile.window[side])
            assert margin >= 3.5 * diameter or tile.window[side] == limit


@given(st.floats(3, 1_000))
def test_a_tile_never_needs_more_than_710_megabytes(diameter: float) -> None:
    tiles = plan_tiles((50_000, 50_000), min(diameter, 250.0))
    inner = next(t for t in tiles if min(t.window) > 0)
    working, read = working_pixels(inner, min(diameter, 250.0))
    assert 120 * working + 24 * read < 710e6


def in_tiles(rgb: np.ndarray, seen: SlideSurvey, core: int) -> tuple[np.ndarray, Seams]:
    shape = rgb.shape[:2]
    tiles = plan_tiles(shape, seen.diameter_px, core)
    seams, out = Seams(shape, tiles), np.zeros(shape, np.int32)
    for tile in tiles:
        top, left, bottom, right = tile.window
        part = rgb[top:bottom, left:right]
        window = seen.of_window(tile.window, part)
        found = segment_surveyed(SmearSegmenter(), part, window)
        for done in seams.paint(own_cells(found, tile, shape)):
            high, wide = done.labels.shape
            place = out[done.top : done.top + high, done.left : done.left + wide]
            assert not place.any()
            place[:] = done.labels
    assert not seams.held_bytes
    return out, seams


def pairs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n, 2) labels that cover each other with IoU ≥ 0.5."""
    both = one.astype(np.int64) * (int(other.max()) + 1) + other
    found, shared = np.unique(both, return_counts=True)
    a, b = np.divmod(found, int(other.max()) + 1)
    areas = np.bincount(one.ravel())[a] + np.bincount(other.ravel())[b]
    good = (a > 0) & (b > 0) & (shared >= (areas - shared) * 0.5)
    return np.stack([a[good], b[good]], axis=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_picture_cut_into_tiles_gives_the_cells_of_the_whole(seed: int) -> None:
    laboratory = replace(LABORATORIES["lilac"], pixel_size_um=0.3)
    rgb = make_field(laboratory, "healthy", seed, 0, (700, 560)).rgb
    look = survey_window(rgb, (0, 0, *rgb.shape[:2]), rgb.shape[:2], DIAMETER)
    seen = survey_slide(rgb.shape[:2], [look], DIAMETER)
    whole = segment_surveyed(
        SmearSegmenter(), rgb, seen.of_window((0, 0, *rgb.shape[:2]), rgb)
    )
    labels, seams = in_tiles(rgb, seen, 200)
    assert seams.n_twice > 10  # there were cells on seams
    matched = pairs(whole.labels, labels)
    columns = seams.columns()
    n, m = len(whole), seams.n_cells
    assert len(matched) >= 0.95 * max(n, m), (n, m, len(matched))
    white = np.array(whole.kinds) == "wbc"
    assert abs(white.sum() - (columns["class"] == "wbc").sum()) <= 1
    assert np.isin(np.flatnonzero(white) + 1, matched[:, 0]).all()
    # the table says what the label image shows
    assert np.array_equal(np.bincount(labels.ravel())[1:], columns["area_px"])
    assert np.array_equal(columns["label"], np.arange(1, m + 1))
    for k in range(0, m, 17):
        rows, across = np.nonzero(labels == k + 1)
        assert rows.mean() == pytest.approx(columns["y"][k])
        assert (rows.min(), across.min()) == (columns["top"][k], columns["left"][k])
        assert np.ptp(across) + 1 == columns["width"][k]


def disc(shape: tuple[int, int], y: float, x: float, radius: float) -> np.ndarray:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


@given(st.integers(0, 10_000), st.floats(-3, 3))
def test_a_disc_on_a_seam_is_there_once_though_tiles_see_it_shifted(
    seed: int, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    shape = (400, 400)
    y, x = rng.uniform(100, 300, 2)
    y = 200 + rng.uniform(-20, 20) if seed % 2 else y
    tiles = plan_tiles(shape, DIAMETER, 200)
    seams = Seams(shape, tiles)
    for tile in tiles:
        top, left, bottom, right = tile.window
        moved = shift * (tile.number - 1.5) / 1.5
        labels = disc(shape, y + moved, x - moved, 12)[top:bottom, left:right]
        labels = labels.astype(np.int32)
        n = int(labels.max())
        found = Segmentation(
            labels, labels.copy(), ("wbc",) * n, np.ones(n, np.float32), DIAMETER
        )
        for _ in seams.paint(own_cells(found, tile, shape)):
            pass
    assert seams.n_cells == 1


def test_the_glass_of_a_window_is_the_glass_of_the_slide_there() -> None:
    rng = np.random.default_rng(0)
    rgb = np.clip(rng.normal(230, 2, (600, 800, 3)), 0, 255)
    rgb = (rgb * np.linspace(0.9, 1, 800)[None, :, None]).astype(np.uint8)
    glass = survey(rgb, DIAMETER).background
    window = part_of(glass, (0.25, 0.5), (0.5, 0.75))
    inside = glass.surface((600, 800))[150:300, 400:600]
    assert np.abs(window.surface((150, 200)) - inside).max() < 1e-3


def test_glass_is_taken_from_between_the_cells_and_not_from_beside_the_smear() -> None:
    laboratory = replace(LABORATORIES["lilac"], pixel_size_um=0.3)
    field = make_field(laboratory, "healthy", 3, 0, (500, 500))
    truth = np.median(field.rgb[field.labels == 0], axis=0)
    blank = np.clip(truth * (1.06, 1.04, 1.08), 0, 255).astype(np.uint8)
    rgb = np.concatenate([field.rgb, np.broadcast_to(blank, (500, 400, 3))], axis=1)
    rgb = np.clip(rgb + np.random.default_rng(0).normal(0, 1, rgb.shape), 0, 255)
    rgb = rgb.astype(np.uint8)
    look = survey_window(rgb, (0, 0, *rgb.shape[:2]), rgb.shape[:2], DIAMETER)
    assert look.light is not None
    assert np.abs(np.exp(look.light) / truth - 1).max() < 0.02


@given(st.floats(5, 250), st.integers(0, 40))
def test_what_two_tiles_see_of_a_place_is_shrunk_to_the_same_pixels(
    diameter: float, number: int
) -> None:
    step, common = common_step(diameter), common_diameter(diameter)
    assert abs(common / diameter - 1) < 0.013
    shrunk = step * min(WORKING_DIAMETER / common, 1.0)
    assert shrunk == pytest.approx(round(shrunk))
    tiles = plan_tiles((9_000, 9_000), diameter)
    tile = tiles[number % len(tiles)]
    assert tile.window[0] % step == tile.window[1] % step == 0
    assert _WORKING_DIAMETER == WORKING_DIAMETER, "as the segmenter has it"


def test_memory_for_joining_is_that_of_one_row_of_tiles() -> None:
    shape = (500_000, 2_000)  # 4 GB as one label image
    tiles = plan_tiles(shape, DIAMETER)
    seams, marked, parts = Seams(shape, tiles), 0, 0
    tracemalloc.start()
    for tile in tiles:
        if tile.number % 5 or tile.number > 100:
            finished = list(seams.leave_out(tile))
        else:
            top, left, bottom, right = tile.window
            labels = np.zeros((bottom - top, right - left), np.int32)
            labels[500:520, 500:520] = 1
            found = Segmentation(
                labels, labels, ("wbc",), np.ones(1, np.float32), DIAMETER
            )
            finished = list(seams.paint(own_cells(found, tile, shape)))
        parts += len(finished)
        for part in finished:
            marked += int((part.labels > 0).sum()) + int((part.nuclei > 0).sum())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not seams.held_bytes
    assert marked == 800 * seams.n_cells > 10_000
    assert parts < 100, "what shows nothing is not given away"
    assert peak < 60e6
