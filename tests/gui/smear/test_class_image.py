"""The class image: what a cell's pixels say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dinobloom.gui.layers.class_image import ClassImage, line_codes
from napari_dinobloom.gui.layers.grain import Lines, grain_of, seams
from napari_dinobloom.study import CellTable

N_CODES = 12
PLAIN = np.zeros(N_CODES, bool)
LIGHT, DARK, CASING, NUCLEUS = line_codes(N_CODES)
LINES = Lines(thin=2, wide=4, rim=2)


def row_of_cells(n: int, side: int = 10) -> tuple[np.ndarray, CellTable]:
    """n touching squares, and their table."""
    mask = np.repeat(np.arange(1, n + 1, dtype=np.int32), side)[None].repeat(side, 0)
    left = side * np.arange(n)
    zeros = np.zeros(n)
    return mask, CellTable(
        np.arange(1, n + 1), zeros, np.arange(1, n + 1), zeros, left, zeros,
        left, zeros, zeros + side, zeros + side, zeros, zeros, zeros, zeros,
    )  # fmt: skip


def one_cell(side: int = 30, margin: int = 5) -> tuple[np.ndarray, CellTable]:
    """A square with background around it, and its table."""
    mask = np.zeros((side + 2 * margin,) * 2, np.int32)
    mask[margin:-margin, margin:-margin] = 1
    at, size, zero = np.array([margin]), np.array([side]), np.zeros(1)
    return mask, CellTable(
        np.array([1]), zero, np.array([1]), zero, at, at,
        at, at, size, size, zero, zero, zero, zero,
    )  # fmt: skip


def painted(mask, cells, codes, **looks) -> ClassImage:
    """The class image of these codes."""
    given = {
        "bold": PLAIN,
        "dashed": PLAIN,
        "pale": PLAIN,
        "held": np.zeros(len(cells), bool),
        "outlines": True,
    }
    grain = looks.pop("grain", None)
    if grain is None:
        grain = grain_of(mask, LINES.depth)
    return ClassImage(
        mask, grain, cells, np.array(codes), lines=LINES, **{**given, **looks}
    )


def test_touching_cells_of_one_class_stay_apart():
    mask, cells = row_of_cells(2)
    image = painted(mask, cells, [7, 7], outlines=False).pixels
    assert (image[:, :9] == 7).all()
    assert (image[:, 9] == 0).all()
    assert (image[:, 10:] == 7).all()


def test_pixels_without_a_cell_stay_empty():
    mask, cells = row_of_cells(3)
    mask = np.pad(mask, 4)
    image = painted(mask, cells.take(np.arange(2)), [1, 2], outlines=False).pixels
    assert not image[:4].any()
    assert not image[mask == 3].any()


def test_an_outline_runs_inside_its_cell():
    mask, cells = one_cell()
    image = painted(mask, cells, [3]).pixels
    assert not image[mask == 0].any()
    assert (image[5:35, 5:7] == 3).all()
    assert not image[7:33, 7:33].any()


def test_a_bold_outline_is_wider():
    mask, cells = one_cell()
    plain = painted(mask, cells, [3]).pixels
    bold = painted(mask, cells, [3], bold=~PLAIN).pixels
    assert (bold[plain > 0] == 3).all()
    assert (bold > 0).sum() > 1.7 * (plain > 0).sum()
    assert not bold[mask == 0].any()


def test_a_cell_in_hand_has_a_light_and_a_dark_line_within_its_outline():
    mask, cells = one_cell()
    image = painted(mask, cells, [3], held=np.array([True])).pixels
    across = image[20, 5:20].tolist()
    assert across == [3, 3, LIGHT, LIGHT, DARK, DARK] + 9 * [0]
    assert not image[mask == 0].any()


def test_a_hidden_cell_in_hand_is_still_seen_to_be():
    mask, cells = one_cell()
    image = painted(mask, cells, [0], held=np.array([True])).pixels
    assert set(np.unique(image).tolist()) == {0, LIGHT, DARK}


def test_a_dashed_outline_has_gaps_and_the_rim_of_a_cell_in_hand_has_none():
    mask, cells = one_cell()
    plain = painted(mask, cells, [3]).pixels
    dashed = painted(mask, cells, [3], dashed=~PLAIN).pixels
    share = (dashed > 0).sum() / (plain > 0).sum()
    assert 0.3 < share < 0.7
    held = np.array([True])
    whole = painted(mask, cells, [3], held=held).pixels
    broken = painted(mask, cells, [3], held=held, dashed=~PLAIN).pixels
    np.testing.assert_array_equal(broken[whole > 3], whole[whole > 3])


def test_a_pale_outline_lies_between_two_dark_lines():
    mask, cells = one_cell()
    across = painted(mask, cells, [3], pale=~PLAIN).pixels[20, 5:14].tolist()
    assert across == [CASING, 3, 3, CASING] + 5 * [0]
    filled = painted(mask, cells, [3], pale=~PLAIN, outlines=False).pixels
    assert not (filled == CASING).any()


def with_nucleus(at: slice) -> tuple[np.ndarray, CellTable, np.ndarray]:
    """`one_cell` with a square nucleus, and the grain of both."""
    mask, cells = one_cell()
    nuclei = np.zeros(mask.shape, bool)
    nuclei[at, at] = True
    return mask, cells, grain_of(mask, LINES.depth, nuclei, 1)


def test_a_nucleus_has_a_thin_line_of_its_own_inside_the_outline():
    mask, cells, grain = with_nucleus(slice(15, 25))
    image = painted(mask, cells, [3], grain=grain).pixels
    line = np.zeros(mask.shape, bool)
    line[15:25, 15:25] = True
    line[16:24, 16:24] = False
    assert np.array_equal(image == NUCLEUS, line)
    assert np.array_equal(image == 3, painted(mask, cells, [3]).pixels == 3)
    filled = painted(mask, cells, [3], grain=grain, outlines=False).pixels
    assert np.array_equal(filled == NUCLEUS, line)
    without = painted(mask, cells, [3], grain=grain, nuclei=False).pixels
    assert np.array_equal(without, painted(mask, cells, [3]).pixels)


def test_no_line_of_a_nucleus_cuts_outline_rim_or_hidden_cells():
    mask, cells, grain = with_nucleus(slice(5, 25))  # it reaches the edge of its cell
    for looks in ({}, {"bold": ~PLAIN}, {"held": np.array([True])}):
        plain = painted(mask, cells, [3], **looks).pixels
        image = painted(mask, cells, [3], grain=grain, **looks).pixels
        assert np.array_equal(image[plain > 0], plain[plain > 0])
        assert (image == NUCLEUS).any()
    assert not painted(mask, cells, [0], grain=grain).pixels.any()


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 5),
    rows=st.lists(st.integers(0, 4), min_size=1, max_size=3),
    old=st.lists(st.integers(0, N_CODES - 1), min_size=5, max_size=5),
    new=st.integers(0, N_CODES - 1),
    held=st.lists(st.booleans(), min_size=5, max_size=5),
    outlines=st.booleans(),
)
def test_changing_some_cells_equals_painting_all_anew(
    n, rows, old, new, held, outlines
):
    some = np.unique(np.array(rows) % n)
    mask, cells = row_of_cells(n)
    bold, dashed = np.arange(N_CODES) % 2 == 0, np.arange(N_CODES) % 3 == 0
    looks = {"bold": bold, "dashed": dashed, "outlines": outlines}
    codes, in_hand = np.array(old[:n]), np.array(held[:n])
    image = painted(mask, cells, codes, held=in_hand, **looks)
    image.recolour(some, np.full(len(some), new))
    image.hold(some, ~in_hand[some])
    codes[some], in_hand[some] = new, ~in_hand[some]
    anew = painted(mask, cells, codes, held=in_hand, **looks)
    np.testing.assert_array_equal(image.pixels, anew.pixels)


def test_depth_counts_pixels_from_the_edge_of_a_cell():
    mask, _ = one_cell(side=20)
    grain = grain_of(mask, 6)
    assert grain[15, 5:15].tolist() == [1, 2, 3, 4, 5, 6, 254, 254, 254, 254]


def test_most_of_a_small_cell_on_a_large_sheet_stays_free():
    _, cells = one_cell(side=40)
    lines = Lines.fitting((3000, 4000), cells)
    assert lines.depth < 14
    assert lines.thin >= 2


def test_a_seam_runs_only_between_cells():
    mask = np.zeros((5, 5), np.int32)
    mask[1:3, 1:3] = 1
    assert not seams(mask).any()
    mask[3, 1:3] = 2
    assert seams(mask).sum() == 2


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.integers(0, 29), min_size=1, max_size=4, unique=True),
    new=st.integers(0, N_CODES - 1),
    held=st.booleans(),
)
def test_what_differs_is_told_to_the_pixel(rows, new, held):
    mask, cells = row_of_cells(30, side=12)
    image = painted(mask, cells, np.arange(30) % N_CODES)
    copy, some = image.pixels.copy(), np.array(rows)
    for change in (
        image.recolour(some, np.full(len(some), new)),
        image.hold(some, np.full(len(some), held)),
    ):
        assert change is not None
        assert (copy[change.y, change.x] != change.codes).all()
        copy[change.y, change.x] = change.codes
    assert np.array_equal(copy, image.pixels)
