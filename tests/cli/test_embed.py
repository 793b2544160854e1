import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def cells(tmp_path):
    """Five pictures of a single dark disc each, of growing size."""
    folder = tmp_path / "cells"
    folder.mkdir()
    yy, xx = np.mgrid[:80, :80] - 40
    for i in range(5):
        rgb = np.full((80, 80, 3), 235, np.uint8)
        rgb[yy**2 + xx**2 < (12 + 3 * i) ** 2] = (110, 60, 150)
        Image.fromarray(rgb).save(folder / f"cell-{i}.png")
    return folder


def test_pictures_of_cells_give_one_row_each_that_loads_without_pickle(
    cli, cells, tmp_path
):
    out = tmp_path / "features.npz"
    cli("embed", cells, "--encoder", "morphology", "--out", out)
    with np.load(out, allow_pickle=False) as arrays:
        features, paths = arrays["features"], arrays["paths"]
        assert features.dtype == np.float32
        assert features.shape == (5, len(arrays["feature_names"]))
        assert paths.dtype.kind == "U"
        assert [p[-10:] for p in paths] == [f"cell-{i}.png" for i in range(5)]
    assert len(np.unique(features[:, np.isfinite(features).all(axis=0)], axis=0)) == 5


def test_a_window_in_a_field_gives_what_its_own_picture_gives(cli, cells, tmp_path):
    field = np.full((160, 240, 3), 235, np.uint8)
    field[40:120, 100:180] = np.array(Image.open(cells / "cell-2.png"))
    Image.fromarray(field).save(tmp_path / "field.png")
    table = tmp_path / "windows.csv"
    table.write_text("path,x,y,size\nfield.png,140,80,80\n")
    cli("embed", table, cells / "cell-2.png", "--out", tmp_path / "f.npz")
    with np.load(tmp_path / "f.npz") as arrays:
        window, picture = arrays["features"]
    assert np.allclose(window, picture, rtol=0.02, atol=0.02, equal_nan=True)


def test_the_table_that_segment_writes_can_be_embedded(cli, smears, tmp_path):
    field = next(smears.rglob("field-01.jpg"))
    cli("segment", field, "--out", tmp_path)
    cli("embed", tmp_path / "field-01.csv", "--out", tmp_path / "f.npz")
    n = len((tmp_path / "field-01.csv").read_text().splitlines()) - 1
    with np.load(tmp_path / "f.npz", allow_pickle=False) as arrays:
        assert len(arrays["features"]) == len(arrays["x"]) == n > 0
        assert (arrays["size"] != arrays["size"]).all()


def test_cells_that_fail_are_listed_and_the_others_embedded(cli, cells, tmp_path):
    (cells / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    table = tmp_path / "w.csv"
    table.write_text(
        "path,x,y,size\ncells/cell-0.png,40,40,80\ncells/cell-0.png,900,1,80\n"
        "gone.png,1,1,80\ncells/cell-1.png,x,1,80\ncells/cell-1.png,40,40,-1\n"
    )
    result = cli("embed", cells, table, "--out", tmp_path / "f.npz", "--json", code=3)
    summary = json.loads(result.stdout)
    assert summary["cells"] == 6
    assert len(summary["failures"]) == 5
    for words in ("broken.png", "900", "gone.png", "line 5", "line 6"):
        assert words in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.png"], "no such file"),
        (["empty"], "no cell"),
        (["cells", "--encoder", "morpholgy"], "Did you mean 'morphology'"),
        (["cells", "--weights", "none.pth"], "no file none.pth"),
        (["bad.csv"], "path, x and y are needed"),
        (["binary.csv"], "cannot be read"),
    ],
)
def test_what_a_person_can_mend_is_said_without_a_traceback(
    cli, cells, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.csv").write_text("file_name;row\na;1\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 4)
    result = cli("embed", *words, "--out", "f.npz", code=1)
    assert said in result.stderr
    assert not (tmp_path / "f.npz").exists()


def test_an_existing_file_is_left_alone_and_an_unwritable_place_said(
    cli, cells, tmp_path
):
    (tmp_path / "f.npz").write_text("mine")
    cli("embed", cells, "--out", tmp_path / "f.npz", code=1)
    assert (tmp_path / "f.npz").read_text() == "mine"
    result = cli("embed", cells, "--out", tmp_path / "f.npz/g.npz", code=1)
    assert "cannot be written" in result.stderr
