"""Windows cut for people: place, scale, masks, and pictures that cannot be read."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.study import CellTable, Finding, Picture, Recipe
from napari_dinobloom.workflows import CellPictures
from napari_dinobloom.workflows.cell_pictures import BEYOND, GROUND

SIDE = 100


def cells_at(*centres: tuple[int, int], picture_id: int = 1, first: int = 1):
    """Cells of 10 × 10 px round these points."""
    n = len(centres)
    x, y = np.array(centres, float).T
    return CellTable(
        cell_id=np.arange(first, first + n),
        picture_id=np.full(n, picture_id),
        mask_label=np.arange(1, n + 1),
        kind=np.zeros(n),
        x=x,
        y=y,
        left=x - 5,
        top=y - 5,
        width=np.full(n, 10),
        height=np.full(n, 10),
        area_px=np.full(n, 100),
        nucleus_area_px=np.full(n, 9),
        score=np.ones(n),
        cut_by_border=np.zeros(n),
    )


@pytest.fixture
def smear(tmp_path: Path):
    """Two pictures, red and blue, 1 µm a pixel, with two cells and one."""
    cells, pictures, findings, masks = {}, {}, {}, {}
    for number, colour in ((1, (200, 10, 10)), (2, (10, 10, 200))):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (SIDE, SIDE), colour).save(path)
        pictures[number] = Picture(number, "s", path, SIDE, SIDE, pixel_size_um=1.0)
    cells[1] = cells_at((50, 50), (2, 50))
    cells[2] = cells_at((50, 50), picture_id=2, first=3)
    for number, some in cells.items():
        mask = np.zeros((SIDE, SIDE), np.int32)
        for row in range(len(some)):
            left, top = max(0, int(some.left[row])), int(some.top[row])
            mask[top : top + 10, left : int(some.left[row]) + 10] = row + 1
        masks[number] = (mask, np.where(mask == 1, 1, 0).astype(np.int32))
        findings[number] = Finding(some, Recipe("test"), mask_file="m")
    table = CellTable.concatenate(list(cells.values()))
    return table, pictures, findings, masks


def source_of(smear) -> CellPictures:
    table, pictures, findings, masks = smear
    return CellPictures(
        table, pictures, findings, lambda n: (lambda: masks[n]) if n in masks else None
    )


def thumbnails(source: CellPictures, *ids: int, masked: bool = False):
    parts = source.thumbnails(np.array(ids), 50, masked=masked)
    return {int(i): w for some, ws in parts for i, w in zip(some, ws, strict=True)}


def test_each_picture_is_decoded_once(smear):
    source = source_of(smear)
    thumbnails(source, 1, 2, 3)
    thumbnails(source, 3, 2)
    assert source.pictures_read == 2


def test_a_thumbnail_shows_its_own_cell(smear):
    windows = thumbnails(source_of(smear), 3, 1)
    assert windows[1][25, 25].tolist() == [200, 10, 10]
    assert windows[3][25, 25].tolist() == [10, 10, 200]


def test_beyond_the_border_is_plain_grey_and_no_second_cell(smear):
    window = thumbnails(source_of(smear), 2)[2]
    # the cell lies 2 µm from the left border, the window is 25 µm wide
    beyond = round((12.5 - 2) * 50 / 25)
    assert (window[:, : beyond - 1] == BEYOND).all()
    assert window[25, beyond + 1].tolist() == [200, 10, 10]
    assert (source_of(smear).view(2, 50).rgb[:, : beyond - 1] == BEYOND).all()


def test_masked_shows_the_cell_alone(smear):
    window = thumbnails(source_of(smear), 1, masked=True)[1]
    assert (window[0] == GROUND).all()
    assert window[25, 25].tolist() == [200, 10, 10]


def test_cells_that_are_gone_are_left_out(smear):
    assert set(thumbnails(source_of(smear), 1, 99)) == {1}


def test_a_damaged_picture_is_named_and_not_tried_for_ever(smear):
    source = source_of(smear)
    path = smear[1][2].path
    whole = path.read_bytes()
    path.write_bytes(b"nothing")
    windows = thumbnails(source, 1, 3)
    assert len(np.unique(windows[3])) == 1
    assert "2.png" in source.problem_of(3)
    assert source.problem_of(1) == ""
    path.write_bytes(whole)
    assert len(np.unique(thumbnails(source, 3)[3])) == 1  # still remembered
    assert source.try_again() == [2]
    assert thumbnails(source, 3)[3][25, 25].tolist() == [10, 10, 200]


def test_the_scale_is_that_of_the_window_or_of_the_whole_picture(smear):
    source = source_of(smear)
    assert source.um_across(1) == 25
    assert np.isnan(source.um_across(99))
    table, pictures, findings, _ = smear
    whole = CellPictures(table, pictures, findings, lambda _: None)
    assert whole.um_across(1) == SIDE
    assert source.pictures_read == 0
