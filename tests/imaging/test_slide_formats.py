"""Slides as scanners write them: Aperio SVS, other scanners, damage, absurd sizes."""

import io
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import find_pictures, open_huge, read_header
from napari_dinobloom.imaging.huge import levels_to_show
from napari_dinobloom.imaging.openslide_file import SCANNERS

TILE = 240
WIDTH, HEIGHT = 1500, 1100
SMALL = np.random.default_rng(0).integers(60, 255, (55, 75, 3), dtype=np.uint8)
RGB = np.asarray(Image.fromarray(SMALL).resize((WIDTH, HEIGHT)))
SAID = "Aperio Image Library v12.0.15 \r\n1500x1100 [0,0 1500x1100] (240x240)"
MORE = "|AppMag = 40|StripeWidth = 2040|ScanScope ID = SS1|MPP = 0.2525|Left = 25.6"


def jpeg_tiles(rgb: np.ndarray, colours: str) -> Iterator[bytes]:
    for top in range(0, rgb.shape[0], TILE):
        for left in range(0, rgb.shape[1], TILE):
            part = rgb[top : top + TILE, left : left + TILE]
            whole = np.full((TILE, TILE, 3), 255, np.uint8)
            whole[: part.shape[0], : part.shape[1]] = part
            stream, how = io.BytesIO(), {"keep_rgb": True} if colours == "rgb" else {}
            image = Image.fromarray(whole)
            image.save(stream, "JPEG", quality=92, subsampling=0, **how)
            yield stream.getvalue()


def shrunk(rgb: np.ndarray, factor: int) -> np.ndarray:
    size = rgb.shape[1] // factor, rgb.shape[0] // factor
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))


def write_svs(path: Path, colours: str = "ycbcr", *, bigtiff: bool = False) -> Path:
    """As an Aperio scanner does: JPEG tiles, thumbnail, levels, label and macro."""
    levels = [RGB, shrunk(RGB, 4), shrunk(RGB, 16)]
    plain = {"photometric": "rgb", "software": False, "metadata": None}
    with tifffile.TiffWriter(path, bigtiff=bigtiff) as tiff:
        for k, level in enumerate(levels):
            size = "" if k == 0 else f" -> {level.shape[1]}x{level.shape[0]}"
            tiff.write(
                jpeg_tiles(level, colours), shape=level.shape, dtype=np.uint8,
                tile=(TILE, TILE), compression="zlib",
                description=f"{SAID}{size} JPEG/RGB Q=92{MORE}", **plain,
            )  # fmt: skip
            if k == 0:
                tiff.write(levels[2], description=f"{SAID} -> 93x68 -{MORE}", **plain)
        for number, name in ((1, "label"), (9, "macro")):
            note = f"Aperio Image Library v12.0.15 \r\n{name} 93x68"
            tiff.write(levels[2], subfiletype=number, description=note, **plain)
    with tifffile.TiffFile(path, mode="r+") as tiff:  # it cannot write JPEG itself
        for page in tiff.pages:
            if page.is_tiled:
                page.tags["Compression"].overwrite(7)
                number = {"rgb": 2, "ycbcr": 6}[colours]
                page.tags["PhotometricInterpretation"].overwrite(number)
    return path


@pytest.mark.parametrize("colours", ["rgb", "ycbcr"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_an_aperio_slide_is_read_with_its_levels_and_its_pixel_size(
    tmp_path: Path, colours: str, bigtiff: bool
) -> None:
    path = write_svs(tmp_path / "slide.svs", colours, bigtiff=bigtiff)
    header = read_header(path)
    assert (header.width, header.height) == (WIDTH, HEIGHT)
    assert header.pixel_size_um == 0.2525
    picture = open_huge(path)
    assert picture.pixel_size_um == 0.2525
    shapes = [level.shape for level in picture.levels]
    assert shapes == [(1100, 1500, 3), (275, 375, 3), (68, 93, 3)], "no label, no macro"
    window = picture.window(230, 470, 730, 1500)
    difference = np.abs(window.astype(int) - RGB[230:730, 470:1500])
    assert difference.mean() < 2
    assert [level.shape for level in levels_to_show(path)] == shapes


def test_slides_in_a_folder_are_found_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = write_svs(tmp_path / "deep" / "slide.SVS")
    assert find_pictures([tmp_path])[0] == [path]


def test_only_the_tiles_of_a_window_are_read(tmp_path: Path) -> None:
    path = write_svs(tmp_path / "slide.svs")
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[-1]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\0" * 300)
    picture = open_huge(path)
    assert picture.window(0, 0, 960, 1440).shape == (960, 1440, 3)
    assert picture.glimpse().size
    with pytest.raises(BadInputError, match=r"slide\.svs.* x = 1,440, y = 960"):
        picture.window(900, 1400, 1100, 1500)


@pytest.mark.parametrize("left", [0.5, 0.05, 0.001])
def test_a_slide_that_was_cut_short_is_told_in_words(
    tmp_path: Path, left: float
) -> None:
    path = write_svs(tmp_path / "slide.svs")
    content = path.read_bytes()
    path.write_bytes(content[: max(20, int(len(content) * left))])
    with pytest.raises(BadInputError, match=r"slide\.svs"):
        np.asarray(open_huge(path).levels[0])


@pytest.mark.parametrize("side", [999_999, 1_000_001, 4_000_000_000])
def test_a_header_that_claims_an_absurd_size_costs_no_memory(
    tmp_path: Path, side: int
) -> None:
    path = write_svs(tmp_path / "slide.svs")
    with tifffile.TiffFile(path, mode="r+") as tiff:
        for name in ("ImageWidth", "ImageLength"):
            tiff.pages[0].tags[name].overwrite(side, dtype="I")
    tracemalloc.start()
    with pytest.raises(BadInputError, match=r"slide\.svs"):
        open_huge(path)
    with pytest.raises(BadInputError, match=r"slide\.svs"):
        read_header(path)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


@pytest.mark.parametrize("ending", sorted(SCANNERS))
def test_a_slide_of_another_scanner_says_which_package_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setitem(sys.modules, "openslide", None)
    path = tmp_path / f"slide{ending}"
    Image.fromarray(SMALL).save(path, "JPEG")  # a MIRAX slide begins as its preview
    for read in (read_header, open_huge):
        with pytest.raises(BadInputError, match=SCANNERS[ending].split()[0]) as caught:
            read(path)
        assert "openslide-bin" in caught.value.remedy


def test_openslide_shows_the_same_pixels(tmp_path: Path) -> None:
    pytest.importorskip("openslide")
    ours = open_huge(write_svs(tmp_path / "slide.svs"))
    theirs = open_huge(write_svs(tmp_path / "slide.scn"))
    assert theirs.pixel_size_um == 0.2525
    assert [lv.shape for lv in theirs.levels] == [lv.shape for lv in ours.levels]
    for level, other in zip(ours.levels, theirs.levels, strict=True):
        a, b = np.asarray(level).astype(int), np.asarray(other).astype(int)
        assert np.abs(a - b).max() <= 2
    np.testing.assert_allclose(
        theirs.window(100, 300, 400, 1000).astype(int),
        ours.window(100, 300, 400, 1000), atol=2,
    )  # fmt: skip


def test_a_damaged_slide_of_another_scanner_is_told_in_words(tmp_path: Path) -> None:
    pytest.importorskip("openslide")
    path = tmp_path / "slide.mrxs"
    Image.fromarray(SMALL).save(path, "JPEG")
    with pytest.raises(BadInputError, match=r"slide\.mrxs.*MIRAX") as caught:
        open_huge(path)
    assert "folder slide beside it" in caught.value.remedy


@pytest.mark.parametrize("version", [2, 3])
def test_a_picture_in_ome_zarr_is_named_and_its_chunks_are_left_alone(
    tmp_path: Path, version: int
) -> None:
    folder = tmp_path / "in" / "slide.ome.zarr"
    group = zarr.open_group(str(folder), mode="w", zarr_format=version)
    group.create_array("0", data=np.zeros((3, 64, 64), np.uint8))
    scales = [{"axes": [], "datasets": [{"path": "0"}]}]
    group.attrs["multiscales" if version == 2 else "ome"] = (
        scales if version == 2 else {"version": "0.5", "multiscales": scales}
    )
    Image.fromarray(SMALL).save(folder / "0" / "chunk.png")
    field = tmp_path / "in" / "field.png"
    Image.fromarray(SMALL).save(field)
    for given in (folder, folder.parent):
        pictures, failures = find_pictures([given])
        assert pictures == ([field] if given == folder.parent else [])
        assert [failure.path for failure in failures] == [folder]
        assert "OME-TIFF" in failures[0].reason
