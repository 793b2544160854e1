"""Outlines become exactly the pixels that they were drawn round."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign import json_file, painting
from napari_dinobloom.imaging.foreign.run_lengths import mask_of, unpacked
from napari_dinobloom.imaging.foreign.shapes import Ellipse, Polygons
from napari_dinobloom.storage.exchange.outlines import outlines_of

WHOLE = (0, 0, 9, 11)


def rings(outline):
    return tuple(np.array(r, float) for r in (outline.outer, *outline.holes))


@given(arrays(bool, (9, 11)))
def test_the_outline_of_any_mask_gives_the_mask_again(mask):
    parts = tuple(rings(outline) for outline in outlines_of(mask))
    if not parts:
        return
    pixels, crosses = Polygons(parts).pixels(WHOLE)
    assert np.array_equal(pixels, mask)
    assert not crosses


def test_an_outline_that_crosses_itself_is_known_and_filled():
    bow_tie = np.array([(0, 0), (8, 8), (8, 0), (0, 8)], float)
    pixels, crosses = Polygons(((bow_tie,),)).pixels(WHOLE)
    assert crosses
    assert pixels[4, 1]
    assert pixels[4, 6]
    assert not pixels[0, 4]


def test_a_part_of_an_outline_is_filled_as_the_whole_would_be():
    star = np.array([(1.2, 0.3), (9.7, 5.1), (2.2, 8.8), (4.4, 4.4)])
    whole, _ = Polygons(((star,),)).pixels(WHOLE)
    part, _ = Polygons(((star,),)).pixels((3, 2, 8, 7))
    assert np.array_equal(part, whole[3:8, 2:7])
    assert whole.any()


def test_an_endless_outline_is_refused():
    zigzag = np.zeros((200_000, 2))
    zigzag[::2, 1] = 5_000
    with pytest.raises(BadInputError, match="corners"):
        Polygons(((zigzag,),)).pixels((0, 0, 5_000, 10))


def test_a_box_is_taken_as_the_ellipse_in_it():
    pixels, _ = Ellipse(0, 0, 10, 8).pixels((0, 0, 8, 10))
    assert not pixels[0, 0]
    assert pixels[0, 5]
    assert pixels.sum() == pytest.approx(np.pi / 4 * 80, rel=0.05)


def packed(counts):
    """COCO's text of run lengths, from the description of the format."""
    letters = []
    for i, count in enumerate(counts):
        x = count - counts[i - 2] if i > 2 else count
        while True:
            bits = x & 31
            x >>= 5
            more = not (x == 0 and not bits & 16) and not (x == -1 and bits & 16)
            letters.append(chr(48 + (bits | 32 if more else bits)))
            if not more:
                break
    return "".join(letters)


@given(st.lists(st.integers(0, 2_000_000), min_size=1, max_size=40))
def test_packed_run_lengths_are_unpacked(counts):
    assert list(unpacked(packed(counts).encode())) == counts


@given(arrays(bool, (9, 11)))
def test_run_lengths_give_the_mask_again(mask):
    flat = np.concatenate([[0], mask.T.ravel().astype(int), [0]])
    edges = np.flatnonzero(np.diff(flat))
    counts = np.diff(edges, prepend=0, append=mask.size).tolist()
    for form in (counts, packed(counts)):
        found = mask_of({"size": [9, 11], "counts": form}, (9, 11))
        if found is None:
            assert not mask.any()
            continue
        again = np.zeros_like(mask)
        height, width = found.mask.shape
        again[found.top :, found.left :][:height, :width] = found.mask
        assert np.array_equal(again, mask)


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        ({"size": [9, 12], "counts": [108]}, "picture of the size"),
        ({"size": [9, 11], "counts": [98]}, "add up"),
        ({"size": [9, 11], "counts": [10**30, 1]}, "whole numbers|add up"),
        ({"size": [9, 11], "counts": [100, -1]}, "add up"),
        ({"size": [9, 11], "counts": "\x01\x02"}, "damaged"),
        ({"size": [9, 11], "counts": "oooooooo"}, "damaged|cut short"),
        ({"size": [9, 11], "counts": None}, "whole numbers|add up"),
    ],
)
def test_damaged_run_lengths_are_refused_in_words(segmentation, words):
    with pytest.raises(BadInputError, match=words):
        mask_of(segmentation, (9, 11))


def test_files_that_are_too_large_are_refused_before_they_are_read(
    tmp_path, monkeypatch
):
    path = tmp_path / "a.json"
    path.write_text("[1, 2, 3]")
    monkeypatch.setattr(json_file, "MOST_BYTES", 5)
    with pytest.raises(BadInputError, match="MB; at most"):
        json_file.read_json(path)
    monkeypatch.setattr(painting, "MOST_CELLS", 1)
    cells = [painting.DrawnCell(Ellipse(0, 0, 3, 3))] * 2
    with pytest.raises(BadInputError, match="2 cells for one picture"):
        painting.paint(path, cells, (9, 11))
