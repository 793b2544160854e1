"""``import-masks``: what it says, and how it ends."""

import json
import re
import shutil

from napari_dinobloom.storage import open_study


def test_exported_masks_come_back_and_their_names_are_explained(
    cli, finished_study, tmp_path
):
    study = tmp_path / "copy.study"
    shutil.copytree(finished_study, study)
    cli("export", study, "--format", "geojson", "--out", tmp_path / "out")
    result = cli("import-masks", study, tmp_path / "out", "--json")
    report = json.loads(result.stdout)
    assert report["pictures"] == 2
    assert report["failures"] == {}
    assert report["cells"] == report["replaced"] > 50
    assert {t["kind"] for t in report["taken"]} >= {"wbc", "rbc"}
    again = cli("import-masks", study, tmp_path / "out", "--names-are-labels")
    assert "in 2 pictures, in place of" in again.stderr
    assert "(the file says so)." in again.stderr
    assert cli("undo", study).stderr


def test_masks_that_fit_no_picture_are_a_mendable_error(cli, finished_study, tmp_path):
    (tmp_path / "nothing.geojson").write_text("[]")
    result = cli("import-masks", finished_study, tmp_path, code=1)
    assert "no picture called like 'nothing.geojson'" in result.stderr
    result = cli("import-masks", finished_study, tmp_path / "absent", code=1)
    assert "There is no file or folder" in result.stderr


def test_a_table_of_kinds_has_to_name_kinds(cli, finished_study, tmp_path):
    table = tmp_path / "kinds.csv"
    table.write_text("name,kind\nTumor,tumour\n")
    result = cli("import-masks", finished_study, tmp_path, "--kinds", table, code=1)
    assert "'tumour', which is no kind of cell" in result.stderr


def test_a_folder_without_masks_says_what_was_looked_for_and_where(
    cli, finished_study, tmp_path
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("none here")
    result = cli("import-masks", finished_study, tmp_path / "empty", code=1)
    assert str(tmp_path / "empty") in result.stderr
    for ending in (".geojson", ".json", ".tif", ".png", ".zarr"):
        assert ending in result.stderr
    assert "0 cells" not in result.stderr


def test_imported_cells_are_kept_by_a_new_search_unless_it_is_said_otherwise(
    cli, finished_study, tmp_path
):
    study = tmp_path / "copy.study"
    shutil.copytree(finished_study, study)
    cli("export", study, "--format", "geojson", "--out", tmp_path / "out")
    cli("import-masks", study, tmp_path / "out")
    kept = cli("run", "--study", study, "--again").stderr
    assert "2 pictures with cells that were imported: kept" in kept
    assert "--imported-too" in kept
    with open_study(study) as opened:
        assert all(f.is_imported for f in opened.study.findings.values())
    cli("run", "--study", study, "--again", "--imported-too")
    with open_study(study) as opened:
        assert not any(f.is_imported for f in opened.study.findings.values())
    for _ in range(9):  # the map and the search, until the import stands again
        if "undone: import" in (said := cli("undo", study).stderr.lower()):
            break
    assert re.search(r"import \d+ cells into 2 pictures", said)
