"""Every kind of picture file, written here and read back."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import MAX_PIXELS, read_header, read_picture
from napari_dinobloom.imaging.levels import to_eight_bit

RGB = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
GREY = RGB[..., 0]


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_a_lossless_picture_comes_back_bit_for_bit(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"Blut Ausstrich äöü 血.{suffix}"
    Image.fromarray(RGB).save(path)
    assert np.array_equal(read_picture(path).rgb, RGB)
    header = read_header(path)
    assert (header.width, header.height, header.pixel_size_um) == (60, 40, None)


def test_a_jpeg_is_read_as_rgb(tmp_path: Path) -> None:
    path = tmp_path / "a b.jpg"
    Image.new("RGB", (30, 20), (200, 100, 50)).save(path, quality=95)
    rgb = read_picture(path).rgb
    assert rgb.shape == (20, 30, 3)
    assert np.abs(rgb.astype(int) - (200, 100, 50)).max() <= 3


def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.new("RGB", (16, 16), (255, 0, 0)).convert("CMYK").save(path, quality=95)
    colour = read_picture(path).rgb.mean(axis=(0, 1))
    assert colour[0] > 200
    assert colour[1:].max() < 60


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_transparency_is_dropped_and_not_blended(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"alpha.{suffix}"
    alpha = np.full((40, 60, 1), 7, dtype=np.uint8)
    Image.fromarray(np.concatenate([RGB, alpha], axis=2)).save(path)
    assert np.array_equal(read_picture(path).rgb, RGB)


@pytest.mark.parametrize("suffix", ["png", "tif", "gif"])
def test_a_palette_picture_gets_its_colours(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"palette.{suffix}"
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30])
    palette.save(path)
    assert (read_picture(path).rgb == (10, 200, 30)).all()


def test_a_white_is_zero_tiff_is_turned_round(tmp_path: Path) -> None:
    path = tmp_path / "inverted.tif"
    tifffile.imwrite(path, GREY, photometric="miniswhite")
    assert np.array_equal(read_picture(path).rgb[..., 1], 255 - GREY)


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(GREY).save(path)
    assert np.array_equal(read_picture(path).rgb, np.repeat(GREY[..., None], 3, axis=2))


def test_sixteen_bit_is_scaled_from_its_full_range(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    tifffile.imwrite(path, RGB.astype(np.uint16) * 257, photometric="rgb")
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, RGB)
    assert "16 bit" in picture.notes[0]


def test_twelve_bit_in_sixteen_is_scaled_from_4095(tmp_path: Path) -> None:
    path = tmp_path / "camera.png"
    Image.fromarray(np.array([[0, 4095]], dtype=np.uint16)).save(path)
    picture = read_picture(path)
    assert picture.rgb[0, :, 0].tolist() == [0, 255]
    assert "12 of 16 bit" in picture.notes[0]


def test_a_floating_point_tiff_is_scaled_from_one(tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    tifffile.imwrite(path, RGB.astype(np.float32) / 255, photometric="rgb")
    assert np.array_equal(read_picture(path).rgb, RGB)


def test_of_a_deep_colour_png_the_upper_eight_bit_are_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    deep = (RGB.astype(np.uint16) * 256 + 17).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    path.write_bytes(_png(60, 40, 16, rows))
    assert np.array_equal(read_picture(path).rgb, RGB)


@given(arrays(np.float32, (3, 4)) | arrays(np.float64, (3, 4)))
@example(np.full((3, 4), -4e-41, np.float32))
@example(np.array([-1.7e308, 1.7e308]))
def test_any_float_becomes_eight_bit_without_warning(pixels: np.ndarray) -> None:
    grey, note = to_eight_bit(pixels)
    assert grey.dtype == np.uint8
    assert "floating point" in note


@given(arrays(np.int32, (3, 4)))
def test_the_order_of_positive_grey_levels_is_kept(pixels: np.ndarray) -> None:
    pixels = np.abs(pixels.astype(np.int64)).clip(0, 2**31 - 1).astype(np.int32)
    grey, _ = to_eight_bit(pixels)
    order = np.argsort(pixels, axis=None)
    assert (np.diff(grey.ravel()[order].astype(int)) >= 0).all()


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [(0.25, "µm", 0.25), (250, "nm", 0.25), (0.00025, "mm", 0.25), (85, "µm", None)],
)
def test_an_ome_tiff_says_its_pixel_size(
    tmp_path: Path, size: float, unit: str, expected: float | None
) -> None:
    path = tmp_path / "field.ome.tif"
    metadata = {"axes": "YXS", "PhysicalSizeX": size, "PhysicalSizeXUnit": unit}
    tifffile.imwrite(path, RGB, photometric="rgb", metadata=metadata)
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, RGB)
    assert picture.pixel_size_um == (expected and pytest.approx(expected))
    assert read_header(path).pixel_size_um == picture.pixel_size_um


def test_ome_channels_in_planes_of_their_own_become_rgb(tmp_path: Path) -> None:
    path = tmp_path / "channels.ome.tif"
    stack = np.stack([np.moveaxis(RGB, -1, 0), np.zeros((3, 40, 60), np.uint8)])
    tifffile.imwrite(path, stack, photometric="minisblack", metadata={"axes": "ZCYX"})
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, RGB)
    assert "first" in picture.notes[0]


@pytest.mark.parametrize(
    ("resolution", "unit", "expected"),
    [((40000, 40000), 3, 0.25), ((300, 300), 2, None), ((101600, 101600), 2, 0.25)],
)
def test_tiff_resolution_counts_only_at_the_scale_of_a_microscope(
    tmp_path: Path, resolution: tuple[int, int], unit: int, expected: float | None
) -> None:
    path = tmp_path / "tags.tif"
    tifffile.imwrite(
        path, RGB, photometric="rgb", resolution=resolution, resolutionunit=unit
    )
    assert read_picture(path).pixel_size_um == (expected and pytest.approx(expected))


def test_an_imagej_tiff_says_its_pixel_size_in_microns(tmp_path: Path) -> None:
    path = tmp_path / "imagej.tif"
    tifffile.imwrite(
        path, GREY, imagej=True, resolution=(4, 4), metadata={"unit": "micron"}
    )
    assert read_picture(path).pixel_size_um == pytest.approx(0.25)


@pytest.mark.parametrize("imagej", [False, True])
def test_of_a_stack_the_first_plane_is_read_with_a_note(
    tmp_path: Path, imagej: bool
) -> None:
    path = tmp_path / "stack.tif"
    stack = np.stack([GREY, 255 - GREY, GREY // 2])
    options = {"imagej": True} if imagej else {"compression": "zlib"}
    axes = {"axes": "ZYX"}
    tifffile.imwrite(path, stack, photometric="minisblack", metadata=axes, **options)
    picture = read_picture(path)
    assert np.array_equal(picture.rgb[..., 0], GREY)
    assert "only the first" in picture.notes[0]


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "packbits"])
def test_a_compressed_tiff_is_read(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "compressed.tif"
    Image.new("RGB", (32, 16), (90, 60, 120)).save(path, compression=compression)
    rgb = read_picture(path).rgb
    assert rgb.shape == (16, 32, 3)
    assert np.abs(rgb.astype(int) - (90, 60, 120)).max() <= 4


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_to_pixels_and_header(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    stored = Image.new("L", (48, 32), 0)
    stored.paste(255, (0, 0, 16, 16))  # bright corner, first row first column
    path = tmp_path / f"turned.{suffix}"
    if suffix == "jpg":
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored.save(path, exif=exif, quality=95)
    else:
        tags = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, np.asarray(stored), extratags=tags)
    rgb = read_picture(path).rgb
    # where the TIFF specification puts row 0, column 0
    bottom, right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    assert rgb[-1 if bottom else 0, -1 if right else 0, 0] > 200
    assert rgb[0 if bottom else -1, 0 if right else -1, 0] < 50
    assert rgb.shape[:2] == ((48, 32) if orientation >= 5 else (32, 48))
    header = read_header(path)
    assert (header.height, header.width) == rgb.shape[:2]


def _png(width: int, height: int, bits: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [60_000, 13_200])
def test_a_small_png_that_declares_a_huge_size_is_refused(
    tmp_path: Path, side: int
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(side, side, 8, b"\0" * 100))
    assert side * side > MAX_PIXELS
    for read in (read_picture, read_header):
        with pytest.raises(BadInputError, match="million") as caught:
            read(path)
        assert "bomb.png" in caught.value.what
        assert caught.value.remedy


def test_a_small_tiff_that_declares_a_huge_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    tifffile.imwrite(path, GREY, compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as tiff:
        tiff.pages[0].tags["ImageWidth"].overwrite(65_000)
        tiff.pages[0].tags["ImageLength"].overwrite(65_000)
    for read in (read_picture, read_header):
        with pytest.raises(BadInputError, match="million"):
            read(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_truncated_picture_names_the_file_and_what_to_do(
    tmp_path: Path, suffix: str, share: float
) -> None:
    whole = tmp_path / f"whole.{suffix}"
    Image.fromarray(np.tile(RGB, (8, 8, 1))).save(whole)
    content = whole.read_bytes()
    cut = tmp_path / f"cut short.{suffix}"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadInputError) as caught:
        read_picture(cut)
    assert "cut short" in caught.value.what
    assert caught.value.remedy


@given(
    st.binary(min_size=1, max_size=300), st.sampled_from([b"", b"II*\0", b"\x89PNG"])
)
def test_random_bytes_give_a_message_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes
) -> None:
    path = tmp_path_factory.mktemp("noise") / "noise.png"
    path.write_bytes(start + content)
    with pytest.raises(BadInputError, match=r"noise\.png"):
        read_picture(path)


def test_text_called_png_is_not_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("patient 7, looks odd")
    with pytest.raises(BadInputError, match="not a picture"):
        read_picture(path)


def test_an_empty_file_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    for path, reason in [
        (empty, "is empty"),
        (tmp_path / "gone.png", "There is no file"),
        (tmp_path, "is a folder"),
    ]:
        with pytest.raises(BadInputError, match=reason):
            read_picture(path)
