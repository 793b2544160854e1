"""A small folder of synthetic fields, and a study in memory."""

from pathlib import Path

import pytest
from PIL import Image

from napari_dinobloom.imaging.synthetic import make_cell_picture, make_field
from napari_dinobloom.study import Study


@pytest.fixture(scope="session")
def smears(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three fields of two slides in two folders, drawn once."""
    folder = tmp_path_factory.mktemp("smears")
    for slide, laboratory, n in (("one", "lilac", 2), ("two", "magenta", 1)):
        (folder / slide).mkdir()
        for i in range(n):
            field = make_field(laboratory, "healthy", seed=i, size_px=(320, 240))
            Image.fromarray(field.rgb).save(folder / slide / f"field-{i}.png")
    return folder


@pytest.fixture(scope="session")
def single_cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of one cell each, in folders named after their class."""
    folder = tmp_path_factory.mktemp("cells")
    for name in ("lymphocyte", "monocyte"):
        (folder / name).mkdir()
        for i in range(3):
            cell = make_cell_picture("peach", name, seed=i, size_px=120)
            Image.fromarray(cell.rgb).save(folder / name / f"{name}-{i}.png")
    return folder


@pytest.fixture
def study() -> Study:
    """A study that lives in memory."""
    return Study(author="tester")
