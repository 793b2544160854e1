"""Which of the things that were dropped can be added, and what is said of the rest."""

from pathlib import Path

import pytest

from napari_dinobloom.workflows.sort_dropped import MOST_NAMED, sort_dropped

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


@pytest.fixture
def folder(tmp_path) -> Path:
    """With a picture two floors down and a text."""
    deep = tmp_path / "scans" / "slide 1"
    deep.mkdir(parents=True)
    (deep / "one.png").write_bytes(PNG)
    (tmp_path / "scans" / "notes.txt").write_text("counts")
    return tmp_path / "scans"


def test_pictures_and_folders_with_pictures_are_taken(folder):
    picture = folder / "slide 1" / "one.png"
    sorted_ = sort_dropped([folder, picture])
    assert sorted_.pictures == (folder, picture)
    assert (sorted_.problem, sorted_.remedy) == ("", "")


def test_a_folder_without_any_picture_is_refused_by_name(folder, tmp_path):
    bare = tmp_path / "letters"
    bare.mkdir()
    (bare / "a.txt").write_text("no picture")
    (bare / "b.png").write_text("a text that calls itself a picture")
    sorted_ = sort_dropped([bare, folder])
    assert sorted_.pictures == (folder,)
    assert sorted_.problem == "There is no picture in the folder letters."
    assert "ends in .study" in sorted_.remedy


def test_a_table_is_shown_the_way_to_its_button(tmp_path):
    table = tmp_path / "metadata.csv"
    table.write_text("slide,patient")
    assert "Metadata table…" in sort_dropped([table]).remedy
    assert "Metadata table…" not in sort_dropped([tmp_path / "gone.txt"]).remedy


def test_of_many_that_are_refused_a_few_are_named(tmp_path):
    texts = [tmp_path / f"{i}.txt" for i in range(9)]
    for text in texts:
        text.write_text("no picture")
    problem = sort_dropped(texts).problem
    assert "2.txt" in problem
    assert "3.txt" not in problem
    assert problem.endswith(f"And {9 - MOST_NAMED} more.")


def test_a_study_inside_a_folder_holds_no_pictures_to_add(tmp_path):
    inside = tmp_path / "old" / "x.study"
    inside.mkdir(parents=True)
    (inside / "mask.png").write_bytes(PNG)
    assert sort_dropped([tmp_path / "old"]).pictures == ()


def test_masks_are_known_by_their_names_first_bytes_and_folders(folder, tmp_path):
    outlines = tmp_path / "a.geojson"
    outlines.write_text("[]")
    labels = tmp_path / "one_cp_masks.png"
    labels.write_bytes(PNG)
    alone = tmp_path / "qupath"
    alone.mkdir()
    (alone / "b.geojson").write_text("[]")
    store = tmp_path / "c.zarr"
    store.mkdir()
    (store / ".zgroup").write_text("{}")
    sorted_ = sort_dropped([outlines, folder, labels, alone, store])
    assert sorted_.masks == (outlines, labels, alone, store)
    assert sorted_.pictures == (folder,)
    assert sorted_.problem == ""
