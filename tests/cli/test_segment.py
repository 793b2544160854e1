import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from napari_dinobloom.imaging import read_picture


@pytest.fixture
def pictures(smears, tmp_path):
    """Two fields of one name in two folders, and a broken picture."""
    folder = tmp_path / "pictures"
    for name, source in zip("ab", sorted(smears.rglob("field-01.jpg")), strict=True):
        (folder / name).mkdir(parents=True)
        shutil.copy(source, folder / name / "field.jpg")
    return folder


def test_each_picture_gives_label_images_and_a_table_in_its_folder(
    cli, pictures, tmp_path
):
    out = tmp_path / "out"
    cli("segment", pictures, "--out", out)
    for name in "ab":
        rgb = read_picture(pictures / name / "field.jpg").rgb
        labels = tifffile.imread(out / name / "field.tif")
        nuclei = tifffile.imread(out / name / "field_nucleus.tif")
        table = pd.read_csv(out / name / "field.csv")
        assert labels.shape == nuclei.shape == rgb.shape[:2]
        assert labels.dtype == nuclei.dtype == np.int32
        assert table["label"].tolist() == sorted(set(labels[labels > 0].tolist()))
        assert set(table["class"]) <= {"wbc", "rbc", "platelet", "other"}
        white = set(table.loc[table["class"] == "wbc", "label"])
        assert set(nuclei[nuclei > 0].tolist()) <= white
        assert white
        for row in table.itertuples():
            box = labels[row.y : row.y + row.height, row.x : row.x + row.width]
            assert (box == row.label).sum() == row.area_px
            assert (labels == row.label).sum() == row.area_px


def test_json_is_alone_on_stdout_and_counts_what_is_in_the_table(
    cli, pictures, tmp_path
):
    result = cli("segment", pictures / "a", "--out", tmp_path / "out", "--json")
    (picture,) = json.loads(result.stdout)["pictures"]
    table = pd.read_csv(picture["table"])
    found = table["class"].value_counts().to_dict()
    assert {k: n for k, n in picture["counts"].items() if n} == found


def test_a_broken_picture_is_listed_and_the_others_are_done(cli, pictures, tmp_path):
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    (pictures / "text.jpg").write_text("not a picture")
    result = cli("segment", pictures, "--out", tmp_path / "out", code=3)
    assert (tmp_path / "out/a/field.tif").is_file()
    assert (tmp_path / "out/b/field.tif").is_file()
    assert "broken.png" in result.stderr
    assert "text.jpg" in result.stderr
    assert "Traceback" not in result.output


def test_pictures_that_differ_in_their_suffix_only_do_not_overwrite_each_other(
    cli, tmp_path
):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, side in (("x.png", 90), ("x.bmp", 70), ("x_nucleus.png", 50)):
        Image.fromarray(np.full((side, side, 3), 230, np.uint8)).save(folder / name)
    cli("segment", folder, "--out", tmp_path / "out")
    sides = {
        tifffile.imread(path).shape[0]
        for path in (tmp_path / "out").glob("*.tif")
        if not path.name.endswith("_nucleus.tif")
    }
    assert sides == {90, 70, 50}
    assert len(list((tmp_path / "out").glob("*.tif"))) == 6


def test_a_picture_is_never_overwritten_by_its_label_image(cli, tmp_path):
    path = tmp_path / "field.tif"
    tifffile.imwrite(path, np.full((60, 60, 3), 230, np.uint8), photometric="rgb")
    before = path.read_bytes()
    result = cli("segment", path, "--out", tmp_path, "--overwrite", code=1)
    assert "over the picture" in result.stderr
    assert path.read_bytes() == before


def test_files_that_exist_are_left_alone_unless_it_is_said_otherwise(cli, tmp_path):
    picture = tmp_path / "in/field.png"
    picture.parent.mkdir()
    Image.fromarray(np.full((60, 60, 3), 230, np.uint8)).save(picture)
    out = tmp_path / "out"
    out.mkdir()
    (out / "field.csv").write_text("mine")
    assert "exists already" in cli("segment", picture, "--out", out, code=1).stderr
    assert (out / "field.csv").read_text() == "mine"
    cli("segment", picture, "--out", out, "--overwrite")
    before = (out / "field.tif").stat().st_mtime_ns
    refused = cli("segment", picture, "--out", out, code=1).stderr
    assert "exists already, and so do 2 more files; nothing was written" in refused
    assert "--overwrite" in refused
    assert "--missing" in refused
    nothing = cli("segment", picture, "--out", out, "--missing").stderr
    assert "Nothing left to do" in nothing
    assert (out / "field.tif").stat().st_mtime_ns == before
    Image.fromarray(np.full((50, 60, 3), 230, np.uint8)).save(
        picture.with_name("g.png")
    )
    some = cli("segment", picture.parent, "--out", out, "--missing").stderr
    assert "1 picture searched" in some
    assert (out / "g.tif").is_file()
    assert (out / "field.tif").stat().st_mtime_ns == before


def test_label_images_beside_the_pictures_are_not_searched(cli, tmp_path):
    Image.fromarray(np.full((60, 60, 3), 230, np.uint8)).save(tmp_path / "field.png")
    cli("segment", tmp_path, "--out", tmp_path)
    result = cli("segment", tmp_path, "--out", tmp_path, "--json", "--overwrite")
    assert len(json.loads(result.stdout)["pictures"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.png", "--out", "o"], "no such file"),
        (["empty", "--out", "o"], "no picture"),
        (["field.png", "--out", "o", "--segmenter", "smaer"], "Did you mean 'smear'"),
        (["field.png", "--out", "field.png/o"], "cannot be written"),
        (["field.png", "--out", "o", "--red-cell-diameter", "-3"], "diameter"),
    ],
)
def test_what_a_person_can_mend_is_said_without_a_traceback(
    cli, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    Image.fromarray(np.full((60, 60, 3), 230, np.uint8)).save("field.png")
    result = cli("segment", *words, code=1)
    assert said in result.stderr
    assert result.stdout == ""


def test_a_red_cell_is_told_to_a_tenth_of_a_pixel(cli, smears, tmp_path):
    result = cli("segment", next(smears.rglob("*.jpg")), "--out", tmp_path / "out")
    row = result.stdout.splitlines()[1]
    assert re.search(r" \d+\.\d$", row.rstrip())


def test_how_cells_are_found_can_be_said_and_is_checked(cli, smears, tmp_path):
    field = next(smears.rglob("*.jpg"))
    found = cli("segment", field, "--out", tmp_path / "a", "--json")
    said = cli("segment", field, "--out", tmp_path / "b", "--json",
               "--smallest-white-um", 12)  # fmt: skip
    usual, strict = (
        json.loads(r.stdout)["pictures"][0]["counts"] for r in (found, said)
    )
    assert strict["wbc"] < usual["wbc"]
    words = cli("segment", field, "--out", tmp_path / "c", "--sensitivity", 99, code=1)
    assert "Sensitivity to pale cells" in words.stderr
    words = cli("segment", field, "--out", tmp_path / "c",
                "--segmenter-weights", field, code=1)  # fmt: skip
    assert "does not know one of these options: weights" in words.stderr
