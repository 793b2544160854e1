"""Label images in a study folder."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.masks import load_masks, save_masks


@settings(max_examples=25, deadline=None)
@given(
    labels=stnp.arrays(np.int32, stnp.array_shapes(min_dims=2, max_dims=2, max_side=9)),
    name=st.text(max_size=120),
)
def test_masks_come_back_as_they_were_under_any_name(
    tmp_path_factory: pytest.TempPathFactory, labels: np.ndarray, name: str
) -> None:
    folder = tmp_path_factory.mktemp("study")
    nuclei = (labels // 2).astype(np.int32)
    file = save_masks(folder, name, labels, nuclei)
    assert (folder / file).parent == folder / "masks"
    cells_again, nuclei_again = load_masks(folder, file)
    assert np.array_equal(cells_again, labels)
    assert np.array_equal(nuclei_again, nuclei)
    with tifffile.TiffFile(folder / file) as tiff:
        assert tiff.is_ome


def test_a_long_name_in_any_script_fits_the_disk(tmp_path: Path) -> None:
    image = np.ones((2, 2), np.int32)
    load_masks(tmp_path, save_masks(tmp_path, "血" * 200, image, image))


def test_an_earlier_segmentation_stays_for_undo(tmp_path: Path) -> None:
    first = save_masks(tmp_path, "a", np.ones((2, 2)), np.zeros((2, 2)))
    second = save_masks(tmp_path, "a", np.zeros((2, 2)), np.zeros((2, 2)))
    assert first != second
    assert load_masks(tmp_path, first)[0].sum() == 4


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "masks/../../x.ome.tif", "masks/out"]
)
def test_a_mask_outside_the_study_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a.study"
    (folder / "masks").mkdir(parents=True)
    tifffile.imwrite(tmp_path / "x.ome.tif", np.ones((2, 2), np.int32))
    (folder / "masks/out").symlink_to(tmp_path / "x.ome.tif")
    with pytest.raises(BadInputError, match="outside"):
        load_masks(folder, name)


def test_a_nucleus_mask_that_points_outside_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a.study"
    folder.mkdir()
    image = np.ones((2, 2), np.int32)
    file = save_masks(folder, "a", image, image)
    nucleus = next((folder / "masks").glob("*_nucleus.ome.tif"))
    nucleus.rename(tmp_path / "out.tif")
    nucleus.symlink_to(tmp_path / "out.tif")
    with pytest.raises(BadInputError, match="outside"):
        load_masks(folder, file)


def test_a_mask_that_is_gone_or_torn_is_named(tmp_path: Path) -> None:
    image = np.arange(10_000, dtype=np.int32).reshape(100, 100)
    file = save_masks(tmp_path, "a", image, image)
    whole = (tmp_path / file).read_bytes()
    for torn in (b"", b"II*\0", whole[:200], whole[: len(whole) // 2], b"x" * 99):
        (tmp_path / file).write_bytes(torn)
        with pytest.raises(BadInputError, match=Path(file).name):
            load_masks(tmp_path, file)
    (tmp_path / file).unlink()
    with pytest.raises(BadInputError, match="Find the cells"):
        load_masks(tmp_path, file)


def test_masks_of_unequal_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shapes"):
        save_masks(tmp_path, "a", np.ones((2, 2)), np.ones((2, 3)))
