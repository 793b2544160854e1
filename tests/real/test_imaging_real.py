"""Reading and cutting the real smears."""

from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.imaging import (
    cut_windows,
    find_pictures,
    read_header,
    read_picture,
)

pytestmark = pytest.mark.real


def test_every_kind_of_real_picture_is_read(shared_data: Path) -> None:
    folders = sorted(p for p in shared_data.iterdir() if p.is_dir())
    assert len(folders) >= 7
    for folder in folders:
        pictures, failures = find_pictures([folder])
        assert not failures
        picture = read_picture(pictures[0])
        header = read_header(pictures[0])
        assert picture.rgb.shape == (header.height, header.width, 3)
        assert picture.rgb.std() > 5
        assert picture.pixel_size_um is None


def test_transparent_files_lose_nothing_but_alpha(shared_data: Path) -> None:
    from PIL import Image

    path = shared_data / "draaslan_bcd/images/image-2.png"
    raw = np.asarray(Image.open(path))
    assert raw.shape[2] == 4
    assert np.array_equal(read_picture(path).rgb, raw[..., :3])


def test_white_cells_at_the_border_are_cut_without_black(shared_data: Path) -> None:
    path = shared_data / "bccd/JPEGImages"
    rgb = read_picture(find_pictures([path])[0][0]).rgb
    height, width = rgb.shape[:2]
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], float)
    crops = cut_windows(rgb, corners, 80, 224)
    assert crops.min() > 0
