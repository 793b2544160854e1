"""Files and folders in, pictures and reasons out."""

from pathlib import Path

from PIL import Image

from napari_dinobloom.imaging import find_pictures


def _picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)
    return path


def test_a_folder_is_searched_in_natural_order(tmp_path: Path) -> None:
    names = ["a/field-10.png", "a/field-2.png", "a/x/field-1.JPG", "b 血/z.tif"]
    paths = [_picture(tmp_path / name) for name in names]
    found, failures = find_pictures([tmp_path])
    assert found == [paths[1], paths[0], paths[2], paths[3]]
    assert failures == []


def test_a_picture_named_twice_comes_once(tmp_path: Path) -> None:
    path = _picture(tmp_path / "one.png")
    (tmp_path / "link.png").symlink_to(path)
    found, _ = find_pictures([path, tmp_path, path])
    assert found == [path]


def test_hidden_files_studies_and_marked_folders_are_passed_over(
    tmp_path: Path,
) -> None:
    seen = _picture(tmp_path / "seen.png")
    for name in [".hidden.png", ".cache/a.png", "old.study/masks/a.tif", "truth/a.tif"]:
        _picture(tmp_path / name)
    (tmp_path / "truth/.nopictures").touch()
    assert find_pictures([tmp_path]) == ([seen], [])


def test_foreign_files_in_a_folder_are_no_failures(tmp_path: Path) -> None:
    for name in ["metadata.csv", "notes.txt", "labels.xml"]:
        (tmp_path / name).write_text("x")
    assert find_pictures([tmp_path]) == ([], [])


def test_a_false_picture_an_empty_one_and_a_missing_path_are_failures(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.png").write_text("not a picture")
    (tmp_path / "b.jpg").touch()
    found, failures = find_pictures([tmp_path, tmp_path / "gone"])
    assert found == []
    reasons = {f.path.name: f.reason for f in failures}
    assert "not a picture" in reasons["a.png"]
    assert "empty" in reasons["b.jpg"]
    assert "no such" in reasons["gone"]


def test_a_text_file_named_by_hand_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text("image,slide")
    found, failures = find_pictures([path])
    assert found == []
    assert [f.path for f in failures] == [path]


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    path = _picture(tmp_path / "a/one.png")
    (tmp_path / "a/loop").symlink_to(tmp_path, target_is_directory=True)
    found, _ = find_pictures([tmp_path])
    assert [p.resolve() for p in found] == [path.resolve()]
