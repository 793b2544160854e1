"""What is said about one cell, against pictures and numbers made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.study import (
    Acquisition,
    CellTable,
    ChangeSlides,
    FeatureMatrix,
    Finding,
    Picture,
    Recipe,
    ReplaceCells,
    Rows,
    Slide,
    Study,
)
from napari_dinobloom.workflows.compare_features import (
    MOST_PEERS,
    compare_features,
    percentiles,
)
from napari_dinobloom.workflows.describe_cell import CellGround, outlines

SIDE, RADIUS = 200, 30
UM_PER_PX = 0.2


def disc(centre: tuple[float, float], radius: float, side: int = SIDE) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    return (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2


def one_cell(
    folder: Path, centre=(100, 100), pixel_size_um=UM_PER_PX, red_px=np.nan, nucleus=15
) -> Study:
    """A study with one round white cell of 30 px radius."""
    path = folder / "field.png"
    Image.fromarray(np.full((SIDE, SIDE, 3), 200, np.uint8)).save(path)
    study = Study(author="tester")
    slide = Slide("a", Acquisition(patient="P1"))
    picture = Picture(1, "a", path, SIDE, SIDE, pixel_size_um=pixel_size_um)
    study.apply(ChangeSlides({"a": slide}, {1: picture}))
    cell = disc(centre, RADIUS)
    core = disc(centre, nucleus) & cell if nucleus else np.zeros_like(cell)
    rows, columns = np.nonzero(cell)
    table = CellTable(
        cell_id=[study.reserve_cell_ids(1)],
        picture_id=[1],
        mask_label=[1],
        kind=[0],
        x=[centre[0]],
        y=[centre[1]],
        left=[columns.min()],
        top=[rows.min()],
        width=[np.ptp(columns) + 1],
        height=[np.ptp(rows) + 1],
        area_px=[cell.sum()],
        nucleus_area_px=[core.sum()],
        score=[1],
        cut_by_border=[centre[0] < RADIUS],
    )
    name = study.save_masks(1, cell.astype(np.int32), core.astype(np.int32))
    finding = Finding(table, Recipe("test"), name, red_cell_diameter_px=red_px)
    study.apply(ReplaceCells({1: finding}))
    return study


def described(study: Study):
    return CellGround.from_study(study).describe(int(study.cells.cell_id[0]))


def radius_of(line: np.ndarray) -> np.ndarray:
    return np.hypot(*(line - 0.5).T)


def test_outlines_are_round_where_cell_and_nucleus_are(tmp_path):
    cell = described(one_cell(tmp_path))
    window_px = 25 / UM_PER_PX
    for lines, expected in ((cell.outline, RADIUS), (cell.nucleus, 15)):
        assert len(lines) == 1
        assert radius_of(lines[0]) * window_px == pytest.approx(expected, abs=1.0)


def test_size_in_um_follows_the_pixel_size(tmp_path):
    cell = described(one_cell(tmp_path))
    assert cell.scale == "known"
    assert cell.window_um == pytest.approx(25)
    assert cell.diameter_um == pytest.approx(2 * RADIUS * UM_PER_PX, rel=0.02)
    assert cell.area_um2 == pytest.approx(np.pi * 6**2, rel=0.02)
    assert cell.nucleus_share == pytest.approx(0.25, rel=0.05)


def test_a_size_from_red_cells_is_called_estimated(tmp_path):
    cell = described(one_cell(tmp_path, pixel_size_um=None, red_px=75 / 2))
    assert cell.scale == "estimated"
    assert cell.diameter_um == pytest.approx(12, rel=0.02)


def test_without_any_ruler_no_um_are_told(tmp_path):
    cell = described(one_cell(tmp_path, pixel_size_um=None))
    assert cell.scale == "unknown"
    assert np.isnan([cell.window_um, cell.diameter_um, cell.area_um2]).all()
    assert cell.area_px > 0
    assert len(cell.outline) == 1


def test_what_lies_beyond_the_picture_is_known(tmp_path):
    cell = described(one_cell(tmp_path, centre=(10, 100)))
    window_px = 25 / UM_PER_PX
    middle = 40 / 2  # the box reaches from 0 to 40
    assert cell.inside[0] == pytest.approx(
        (window_px / 2 - middle) / window_px, abs=0.02
    )
    assert cell.inside[1:] == (0, 1, 1)
    assert "cut by the border of the picture" in cell.flags
    assert cell.outline[0][:, 0].min() == pytest.approx(cell.inside[0], abs=0.02)


def test_a_white_cell_without_nucleus_is_flagged(tmp_path):
    assert "no nucleus found" in described(one_cell(tmp_path, nucleus=0)).flags
    assert "no nucleus found" not in described(one_cell(tmp_path)).flags


def test_a_missing_picture_leaves_the_rest_of_the_card(tmp_path):
    study = one_cell(tmp_path)
    (tmp_path / "field.png").unlink()
    cell = described(study)
    assert cell.rgb is None
    assert "field.png" in cell.problem
    assert cell.diameter_um > 0


def test_a_cell_that_the_window_cuts_is_closed_along_the_rim():
    lines = outlines(disc((0, 50), 30, side=100))
    assert len(lines) == 1
    assert (lines[0][0] == lines[0][-1]).all()
    assert lines[0].min() > -0.02


# -- measurements ----------------------------------------------------------------


def matrix_of(values: np.ndarray, name: str = "morphology", ids=None) -> FeatureMatrix:
    names = ("cell_area_um2", "nucleus_to_cell", "nucleus_lobes")[: values.shape[1]]
    if name != "morphology":
        names = tuple(f"f{i}" for i in range(values.shape[1]))
    ids = np.arange(1, len(values) + 1) if ids is None else ids
    return FeatureMatrix(name, names, Recipe(name), blocks=(Rows(ids, values),))


def test_percentiles_count_equals_half_and_leave_out_what_was_not_measured():
    others = np.array([[1, 5, np.nan], [2, 5, 1], [3, 5, 1], [4, 5, 3]], np.float32)
    own = np.array([3, 5, 2], np.float32)
    assert percentiles(others, own) == pytest.approx([62.5, 50, 200 / 3])
    assert np.isnan(percentiles(others, np.full(3, np.nan, np.float32))).all()


def test_a_cell_is_compared_with_its_peers_only():
    values = np.arange(40, dtype=np.float32)[:, None].repeat(3, axis=1)
    report = compare_features(matrix_of(values), 21, np.arange(21, 41))
    assert report.percentiles == pytest.approx([2.5] * 3)
    assert (report.n_peers, report.values[0]) == (20, 20)
    assert [meaning.unit for meaning in report.meanings] == ["µm²", "", ""]


def test_the_order_of_rows_does_not_matter():
    draw = np.random.default_rng(0)
    values, ids = draw.random((50, 3), np.float32), np.arange(1, 51)
    mixed = draw.permutation(50)
    a = compare_features(matrix_of(values), 7, ids)
    b = compare_features(matrix_of(values[mixed], ids=ids[mixed]), 7, ids)
    assert (a.values == b.values).all()
    assert (a.percentiles == b.percentiles).all()


def test_many_peers_are_sampled_and_said_so():
    n = 5 * MOST_PEERS
    values = np.linspace(0, 1, n, dtype=np.float32)[:, None]
    report = compare_features(matrix_of(values), n // 4, np.arange(1, n + 1))
    assert (report.n_peers, report.n_all) == (MOST_PEERS, n)
    assert report.percentiles[0] == pytest.approx(25, abs=0.1)


def test_a_network_has_no_percentiles_but_a_distance():
    values = np.random.default_rng(0).normal(size=(100, 8)).astype(np.float32)
    values[0] = 50
    far = compare_features(matrix_of(values, "dinobloom-s"), 1, np.arange(2, 101))
    assert far.meanings == ()
    assert far.unusual == 100
    assert np.isnan(far.percentiles).all()


def test_a_cell_without_row_is_not_measured():
    report = compare_features(
        matrix_of(np.ones((20, 3), np.float32)), 99, np.arange(20)
    )
    assert not report.has_row
    empty = replace(matrix_of(np.ones((1, 3), np.float32)), blocks=(), _joined=[])
    assert not compare_features(empty, 1, np.array([2])).has_row
