"""Label images of huge pictures: written in strips, read by windows."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.masks import load_masks
from napari_dinobloom.storage.tiled_masks import LabelWindows, MaskWriter

RNG = np.random.default_rng(0)
LABELS = np.kron(RNG.integers(0, 9, (26, 37)), np.ones((50, 40))).astype(np.int32)
NUCLEI = np.where(RNG.random(LABELS.shape) < 0.3, LABELS, 0).astype(np.int32)


def written(folder: Path, seed: int = 0) -> str:
    writer = MaskWriter(folder, "000001-slide 血", (1300, 1480))
    places = [
        (top, left) for top in range(0, 1300, 512) for left in range(0, 1480, 512)
    ]
    for number in np.random.default_rng(seed).permutation(len(places)):
        top, left = places[number]
        part = slice(top, top + 512), slice(left, left + 512)
        writer.add(top, left, LABELS[part].copy(), NUCLEI[part].copy())
    return writer.finish()


@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_written_in_parts_is_read_in_windows(tmp_path: Path, seed: int) -> None:
    labels, nuclei = load_masks(tmp_path, written(tmp_path, seed))
    assert isinstance(labels, LabelWindows)
    assert labels.shape == LABELS.shape
    for window in [
        (slice(0, 10), slice(0, 10)),
        (slice(500, 530), slice(1000, 1030)),
        (slice(1290, 2000), slice(1470, 1480)),
        (slice(5, 5), slice(0, 10)),
        (slice(None), slice(None)),
    ]:
        assert np.array_equal(labels[window], LABELS[window])
        assert np.array_equal(nuclei[window], NUCLEI[window])
    assert np.array_equal(np.asarray(labels), LABELS)


def test_the_files_are_what_other_programs_read(tmp_path: Path) -> None:
    path = tmp_path / written(tmp_path)
    assert np.array_equal(tifffile.imread(path), LABELS)
    with tifffile.TiffFile(path) as tiff:
        assert tiff.is_ome
        assert tiff.is_bigtiff
        assert tiff.pages[0].is_tiled


def test_a_window_reads_only_the_tiles_it_touches(tmp_path: Path) -> None:
    path = tmp_path / written(tmp_path)
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[4]  # second row, second column
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * 50)
    labels, _ = load_masks(tmp_path, str(path.relative_to(tmp_path)))
    assert np.array_equal(labels[0:512, 0:1480], LABELS[:512])
    with pytest.raises(BadInputError, match=path.name):
        labels[500:600, 500:600]


def test_what_was_never_added_is_empty(tmp_path: Path) -> None:
    writer = MaskWriter(tmp_path, "slide", (1300, 1480))
    writer.add(512, 1024, LABELS[512:1024, 1024:], NUCLEI[512:1024, 1024:])
    path = tmp_path / writer.finish()
    expected = np.zeros_like(LABELS)
    expected[512:1024, 1024:] = LABELS[512:1024, 1024:]
    assert np.array_equal(tifffile.imread(path), expected)
    labels, _ = load_masks(tmp_path, str(path.relative_to(tmp_path)))
    assert np.array_equal(np.asarray(labels), expected)


def test_a_part_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    writer = MaskWriter(tmp_path, "slide", (1300, 1480))
    writer.add(0, 0, np.ones((513, 512), np.int32), NUCLEI[:512, :512])
    with pytest.raises(ValueError, match="512"):
        writer.finish()
    assert not list(tmp_path.glob("masks/*"))


def test_only_whole_files_have_a_name(tmp_path: Path) -> None:
    writer = MaskWriter(tmp_path, "slide", (1300, 1480))
    writer.add(0, 0, LABELS[:512, :512], NUCLEI[:512, :512])
    assert not list(tmp_path.glob("masks/*"))
    writer.abandon()
    assert not list(tmp_path.glob("masks/*"))
    written(tmp_path)
    assert len(list(tmp_path.glob("masks/*"))) == 2
