import json
import shutil

import pytest

from napari_dinobloom.storage import open_study


@pytest.fixture
def three_fields(smears, tmp_path):
    """Three fields of one slide, two of them the same picture."""
    folder = tmp_path / "slide"
    folder.mkdir()
    sources = sorted(smears.rglob("field-01.jpg"))
    for i, source in enumerate([*sources, sources[0]]):
        shutil.copy(source, folder / f"f{i}.jpg")
    return folder


def test_run_finds_embeds_and_maps_what_the_metadata_describes(cli, smears, tmp_path):
    path = tmp_path / "new.study"
    result = cli("run", smears, "--study", path, "--projector", "pca", "--json",
                 "--metadata", smears / "metadata.csv")  # fmt: skip
    summary = json.loads(result.stdout)
    assert summary["slides"] == summary["pictures"] == 2
    assert summary["cells"] == sum(summary["counts"].values()) > 0
    assert summary["features"] == {"morphology": summary["cells"]}
    with open_study(path, read_only=True) as folder:
        study = folder.study
        assert len(study.cells) == summary["cells"]
        assert all(s.synthetic and s.acquisition.site for s in study.slides.values())
        assert len(study.projection("pca").cell_ids) == summary["cells"]


def test_a_second_run_does_nothing_and_says_so(cli, smears, study):
    with open_study(study, read_only=True) as folder:
        before = folder.study.cells.cell_id.tolist()
    result = cli("run", smears, "--study", study, "--projector", "pca")
    assert result.stderr.count("nothing left to do") == 3
    assert "0 new, 2 known" in result.stderr
    with open_study(study, read_only=True) as folder:
        assert folder.study.cells.cell_id.tolist() == before
    words = ("run", "--study", study, "--projector", "pca", "--sensitivity", 1.3)
    assert "2 pictures searched before with other numbers" in cli(*words).stderr


def test_a_study_goes_on_with_its_own_pictures(cli, study):
    result = cli("run", "--study", study, "--projector", "pca")
    assert result.stderr.count("nothing left to do") == 3


def test_only_the_named_kinds_are_embedded(cli, smears, tmp_path):
    result = cli("run", smears, "--study", tmp_path / "w.study", "--classes", "wbc",
                 "--projector", "pca", "--json")  # fmt: skip
    summary = json.loads(result.stdout)
    assert summary["features"] == {"morphology": summary["counts"]["wbc"]}


def test_folders_of_single_cells_give_labels(cli, smears, tmp_path):
    source = next(smears.rglob("field-01.jpg"))
    for name in ("blast", "lymphocyte"):
        (tmp_path / "cells" / name).mkdir(parents=True)
        for i in range(2):
            shutil.copy(source, tmp_path / "cells" / name / f"{i}.jpg")
    result = cli("run", tmp_path / "cells", "--study", tmp_path / "c.study", "--cells",
                 "--labels-from-folders", "--projector", "pca", "--json")  # fmt: skip
    assert json.loads(result.stdout)["labelled"] == 4
    with open_study(tmp_path / "c.study", read_only=True) as folder:
        labels = sorted(folder.study.labels.labels().values())
    assert labels == ["blast", "blast", "lymphocyte", "lymphocyte"]


def test_a_broken_picture_is_listed_with_exit_code_3_and_the_rest_done(
    cli, smears, tmp_path
):
    folder = tmp_path / "in"
    folder.mkdir()
    whole = next(smears.rglob("field-01.jpg")).read_bytes()
    (folder / "good.jpg").write_bytes(whole)
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    result = cli("run", folder, "--study", tmp_path / "s.study", "--projector", "pca",
                 "--json", code=3)  # fmt: skip
    summary = json.loads(result.stdout)
    assert summary["cells"] > 0
    assert {name.rsplit("/", 1)[1] for name in summary["failures"]} == {
        "cut.jpg", "empty.png",
    }  # fmt: skip
    assert "cut.jpg" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "no file or folder nowhere"),
        (["empty"], "no picture"),
        ([], "no such study"),
        (["smears", "--encoder", "dinobloom-x"], "Did you mean 'dinobloom-"),
        (["smears", "--encoder", "dinobloom-s"], "weights fetch dinobloom-s"),
        (["smears", "--segmenter", "smeer"], "Did you mean 'smear'"),
        (["smears", "--projector", "umapp"], "Did you mean 'umap'"),
        (["smears", "--classes", "wbcs"], "Did you mean 'wbc'"),
        (["smears", "--metadata", "none.csv"], "no file none.csv"),
        (["smears", "--labels-from-folders"], "--cells"),
    ],
)
def test_what_a_person_can_mend_leaves_no_traceback(
    cli, smears, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NAPARI_DINOBLOOM_WEIGHTS", str(tmp_path / "weights"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "smears").symlink_to(smears)
    result = cli("run", *words, "--study", "new.study", code=1)
    assert said in result.stderr
    assert result.stdout == ""


def test_a_folder_that_is_something_else_is_not_taken_for_a_study(
    cli, smears, tmp_path
):
    (tmp_path / "thesis.study").mkdir()
    (tmp_path / "thesis.study/chapter.txt").write_text("mine")
    result = cli("run", smears, "--study", tmp_path / "thesis.study", code=1)
    assert "not empty" in result.stderr
    assert [p.name for p in (tmp_path / "thesis.study").iterdir()] == ["chapter.txt"]


def test_ctrl_c_leaves_a_study_that_opens_and_the_same_command_goes_on(
    cli, process, three_fields, tmp_path
):
    path = tmp_path / "s.study"
    words = ("run", three_fields, "--study", path, "--projector", "pca")
    code, _, err = process(*words).interrupt_after("Pictures: 3 new").end()
    assert code == 130, err
    assert "Traceback" not in err
    with open_study(path, read_only=True) as folder:
        searched = dict(folder.study.findings)
        assert len(folder.study.pictures) == 3
        assert len(searched) < 3
    cli(*words)
    with open_study(path, read_only=True) as folder:
        study = folder.study
        assert set(study.findings) == set(study.pictures)
        for picture_id, finding in searched.items():
            again = study.findings[picture_id].cells.cell_id
            assert again.tolist() == finding.cells.cell_id.tolist()
        assert len(study.features("morphology").cell_ids) == len(study.cells)


def test_ctrl_c_after_the_cells_keeps_the_cells(cli, process, three_fields, tmp_path):
    path = tmp_path / "s.study"
    words = ("run", three_fields, "--study", path)
    # UMAP compiles for many seconds at its first call: Ctrl-C comes before its end.
    code, _, err = process(*words).interrupt_after("Cells: done").end()
    assert code == 130, err
    assert "Traceback" not in err
    result = cli(*words, "--projector", "pca")
    assert "Cells: nothing left to do" in result.stderr
    assert "Map: done" in result.stderr


def test_two_writers_on_one_study_are_told_apart(cli, study):
    with open_study(study):
        result = cli("run", "--study", study, code=1)
    assert "reading only" in result.stderr


def test_searching_again_keeps_the_cells_and_tells_what_changed(cli, study):
    with open_study(study, read_only=True) as folder:
        before = folder.study.cells.cell_id.tolist()
        labels = folder.study.labels.labels()
    words = ("run", "--study", study, "--projector", "pca", "--again")
    same = cli(*words, "--json")
    changes = json.loads(same.stdout)["again"]
    assert changes["stayed"] == len(before)
    assert changes["went"] == changes["came"] == changes["redrawn"] == 0
    # with a ruler that is wrong by far, cells go, and some of them were labelled
    other = cli(*words, "--red-cell-diameter", 90)
    assert "Searched again:" in other.stderr
    assert "of them labelled" in other.stderr
    assert "Undo brings these cells back" in other.stderr
    with open_study(study, read_only=True) as folder:
        assert folder.study.labels.labels() == labels
        assert len(folder.study.cells) != len(before)
