"""Pictures of any size read by windows: what a window shows, and what goes wrong."""

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import MAX_PIXELS, open_huge, read_header
from napari_dinobloom.imaging.tiff_tiles import TiffLevel

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (300, 500, 3), dtype=np.uint8)


def pyramid(path: Path, **how: object) -> Path:
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as tiff:
        common = {"tile": (64, 96), "photometric": "rgb", **how}
        size = {"PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
        tiff.write(RGB, subifds=1, metadata={"axes": "YXS", **size}, **common)
        tiff.write(RGB[::4, ::4], subfiletype=1, **common)
    return path


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_window_shows_what_the_whole_picture_shows_there(
    tmp_path: Path, compression: str | None
) -> None:
    picture = open_huge(pyramid(tmp_path / "slide.ome.tif", compression=compression))
    assert picture.shape == (300, 500)
    assert picture.pixel_size_um == 0.25
    assert [level.shape for level in picture.levels] == [(300, 500, 3), (75, 125, 3)]
    for box in [
        (0, 0, 300, 500),
        (60, 90, 70, 100),
        (299, 499, 300, 500),
        (5, 5, 5, 9),
    ]:
        top, left, bottom, right = box
        assert np.array_equal(picture.window(*box), RGB[top:bottom, left:right])


def test_a_level_is_sliced_like_an_array(tmp_path: Path) -> None:
    level = open_huge(pyramid(tmp_path / "slide.ome.tif")).levels[0]
    assert isinstance(level, TiffLevel)
    assert np.array_equal(np.asarray(level), RGB)
    for key in [
        (slice(10, 200, 7), slice(None, None, 3)),
        (slice(200, 10, -1), slice(5, 50)),
        5,
        (-1, slice(3, 9), 1),
        (..., 0),
        (slice(10, 20), 7),
    ]:
        assert np.array_equal(level[key], RGB[key]), key


def test_tiles_in_jpeg_are_read_in_both_colour_spaces(tmp_path: Path) -> None:
    plain = np.zeros((128, 128, 3), np.uint8) + np.array([200, 60, 120], np.uint8)
    for photometric, mode in [("ycbcr", True), ("rgb", False)]:
        buffer = io.BytesIO()
        image = Image.fromarray(plain)
        how = {} if mode else {"keep_rgb": True}
        image.save(buffer, "JPEG", quality=95, subsampling=0, **how)
        path = tmp_path / f"{photometric}.tif"
        tiles = iter([buffer.getvalue()] * 4)
        tifffile.imwrite(
            path, tiles, shape=(256, 256, 3), dtype=np.uint8, tile=(128, 128),
            photometric="rgb", compression="zlib",
        )  # fmt: skip
        with tifffile.TiffFile(path, mode="r+") as tiff:  # it cannot write JPEG itself
            tiff.pages[0].tags["Compression"].overwrite(7)
            number = {"rgb": 2, "ycbcr": 6}[photometric]
            tiff.pages[0].tags["PhotometricInterpretation"].overwrite(number)
        window = open_huge(path).window(100, 100, 200, 200)
        assert np.abs(window.astype(int) - plain[0, 0]).max() <= 4, photometric


def test_jpeg_strips_with_shared_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "strips.tif"
    ramp = np.linspace(0, 255, 600).astype(np.uint8)
    picture = np.stack([np.tile(ramp, (400, 1))] * 3, axis=-1)
    Image.fromarray(picture).save(path, compression="jpeg", quality=95)
    with tifffile.TiffFile(path) as tiff:
        assert tiff.pages[0].jpegtables
        assert len(tiff.pages[0].dataoffsets) > 1
    window = open_huge(path).window(50, 100, 250, 500)
    assert np.abs(window.astype(int) - picture[50:250, 100:500]).max() <= 6


def test_a_tile_the_scanner_left_out_is_white(tmp_path: Path) -> None:
    tile = np.zeros((64, 64, 3), np.uint8)
    path = tmp_path / "sparse.tif"
    tifffile.imwrite(
        path, iter([tile, None, None, tile]), shape=(128, 128, 3), dtype=np.uint8,
        tile=(64, 64), photometric="rgb", compression="zlib",
    )  # fmt: skip
    window = open_huge(path).window(0, 0, 128, 128)
    assert (window[:64, :64] == 0).all()
    assert (window[:64, 64:] == 255).all()


def test_more_pixels_than_memory_are_opened_if_they_lie_in_tiles(
    tmp_path: Path,
) -> None:
    path, side = tmp_path / "slide.tif", 20_480
    assert side * side > MAX_PIXELS
    first = np.full((512, 512, 3), 9, np.uint8)
    tiles = iter([first, *(None for _ in range((side // 512) ** 2 - 1))])
    tifffile.imwrite(
        path, tiles, shape=(side, side, 3), dtype=np.uint8, tile=(512, 512),
        photometric="rgb", compression="zlib", bigtiff=True,
    )  # fmt: skip
    assert read_header(path).width == side
    assert open_huge(path).overview(1024).shape == (20, 20, 3)


def test_a_damaged_tile_names_the_file_and_the_place(tmp_path: Path) -> None:
    path = pyramid(tmp_path / "slide.ome.tif", compression="zlib")
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[7]  # second row, second column
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\0" * 200)
    picture = open_huge(path)
    assert picture.window(0, 0, 64, 96).shape == (64, 96, 3)
    with pytest.raises(BadInputError, match=r"slide\.ome\.tif") as caught:
        picture.window(0, 0, 128, 200)
    assert "x = 96, y = 64" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("shrink", [4, 8.3])
def test_an_overview_shows_the_whole_picture_with_and_without_levels(
    tmp_path: Path, shrink: float
) -> None:
    smooth = np.repeat(np.repeat(RGB[:30, :50], 10, 0), 10, 1)
    tiled = tmp_path / "flat.tif"
    tifffile.imwrite(tiled, smooth, tile=(64, 64), photometric="rgb")
    expected = Image.fromarray(smooth).resize(
        (round(500 / shrink), round(300 / shrink)), Image.Resampling.BOX
    )
    seen = open_huge(tiled).overview(shrink)
    assert np.abs(seen.astype(int) - np.asarray(expected)).max() <= 1


def test_a_png_is_unpacked_once_for_all_processes(tmp_path: Path) -> None:
    path = tmp_path / "mosaic.png"
    Image.fromarray(RGB).save(path)
    picture = open_huge(path, tmp_path)
    assert isinstance(picture.levels[0], np.memmap)
    assert np.array_equal(picture.window(10, 20, 30, 40), RGB[10:30, 20:40])
    assert open_huge(path).shape == (300, 500)
