"""Where cells lie: every cell once, and keys that lead where the eye expects."""

from typing import NamedTuple

import numpy as np
import pytest

from napari_dinobloom.gui.views.gallery.grid import HEADING_PX, Grid


class Section(NamedTuple):
    title: str
    start: int
    count: int  # type: ignore[assignment] # as the gallery calls it


def grid_of(*counts: int, width: int = 330, titled: bool = True) -> Grid:
    """Sections of so many cells, four to a row."""
    starts = np.cumsum([0, *counts])
    sections = [
        Section("title" if titled else "", int(start), n)
        for start, n in zip(starts, counts, strict=False)
    ]
    return Grid(sections, width, 400, 60)


def test_tiles_fill_the_width_and_do_not_overlap():
    grid = grid_of(10, 3, 5)
    assert grid.columns == 4
    tiles = [grid.tile_of(i) for i in range(18)]
    assert len({(t.x, t.y) for t in tiles}) == 18
    assert max(t.x + t.side for t in tiles) <= 330
    assert max(t.y + t.side for t in tiles) <= grid.height


@pytest.mark.parametrize("titled", [True, False])
def test_a_place_on_a_cell_is_that_cell(titled):
    grid = grid_of(10, 3, 5, titled=titled)
    for index in range(18):
        x, y, side = grid.tile_of(index)
        assert grid.index_at(x, y) == index
        assert grid.index_at(x + side - 1, y + side - 1) == index


def test_beside_the_cells_is_no_cell():
    grid = grid_of(10, 3)
    assert grid.index_at(10, 5) == -1  # a heading
    assert grid.heading_at(5) == 0
    last = grid.tile_of(9)
    assert grid.index_at(last.x + last.side + 5, last.y + 5) == -1
    assert grid.index_at(20, grid.height + 50) == -1
    assert grid.index_at(-5, 40) == -1
    assert grid.heading_at(last.y) == -1
    assert grid.heading_at(last.y + last.side + 1) == 1


def test_what_is_seen_is_what_a_search_through_all_tiles_finds():
    grid = grid_of(10, 3, 5, 1, 22)
    for top in range(0, grid.height, 37):
        bottom = top + 150
        seen = [i for a, b in grid.seen(top, bottom) for i in range(a, b)]
        tiles = [grid.tile_of(i) for i in range(grid.n)]
        touched = [
            i for i, t in enumerate(tiles) if t.y <= bottom and t.y + t.side > top
        ]
        assert seen == touched


def test_a_rectangle_takes_what_it_touches():
    grid = grid_of(10, 3, 5)
    rng = np.random.default_rng(0)
    for _ in range(50):
        x0, x1 = sorted(rng.integers(-20, 350, 2).tolist())
        y0, y1 = sorted(rng.integers(-20, grid.height + 40, 2).tolist())
        touched = [
            i
            for i in range(grid.n)
            for t in [grid.tile_of(i)]
            if t.x <= x1 and t.x + t.side > x0 and t.y <= y1 and t.y + t.side > y0
        ]
        assert grid.inside(x0, y0, x1, y1).tolist() == touched


@pytest.mark.parametrize(
    ("start", "way", "end"),
    [
        (0, "right", 1),
        (17, "right", 17),
        (0, "left", 0),
        (1, "down", 5),
        (5, "down", 9),
        (7, "down", 9),  # the last row is shorter
        (9, "down", 11),  # on into the next section
        (12, "down", 15),
        (17, "down", 17),
        (13, "up", 10),
        (12, "up", 9),
        (11, "up", 9),
        (2, "up", 2),
        (6, "home", 0),
        (6, "end", 17),
        (0, "page down", 8),
        (16, "page up", 9),
        (-1, "right", 0),
        (-1, "end", 17),
    ],
)
def test_keys_lead_through_rows_and_sections(start, way, end):
    # rows: 0-3, 4-7, 8-9 | 10-12 | 13-16, 17
    assert grid_of(10, 3, 5).beside(start, way, rows_per_page=2) == end


def test_without_cells_no_key_leads_anywhere():
    assert Grid((), 300, 300, 60).beside(-1, "right", 1) == -1


def test_one_cell_fills_the_page_and_no_more():
    grid = Grid([Section("", 0, 5)], 430, 600, 5000)
    assert grid.columns == 1
    assert 400 < grid.picture_px <= 430


def test_a_million_cells_are_found_as_fast_as_ten():
    grid = Grid([Section("", 0, 1_000_000)], 430, 600, 48)
    top = grid.tile_of(999_990).y
    seen = list(grid.seen(top - 300, top + 300))
    assert seen[-1][1] == 1_000_000
    assert sum(b - a for a, b in seen) < 100
    assert not any(
        isinstance(v, np.ndarray) and len(v) > 10 for v in vars(grid).values()
    )


def test_headings_take_their_room():
    grid = grid_of(4, 4)
    assert grid.tile_of(0).y == HEADING_PX
    assert grid.tile_of(4).y == 2 * HEADING_PX + grid.tile
    assert [s for s, _ in grid.headings(0, grid.height)] == [0, 1]
