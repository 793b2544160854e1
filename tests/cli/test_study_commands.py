import json
import re

import numpy as np
import pandas as pd
import pytest

from napari_dinobloom.storage import open_study

ON_A_STUDY = {
    "label": ["--csv", "labels.csv"],
    "classify": [],
    "evaluate": [],
    "export": ["--format", "csv", "--out", "out.csv"],
    "report": ["--out", "out.html"],
    "history": [],
    "undo": [],
}


@pytest.mark.parametrize("command", ON_A_STUDY)
def test_what_is_no_study_is_refused_in_words(cli, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.csv").write_text("cell_id,label\n1,blast\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("missing.study", "empty", "file"):
        result = cli(command, name, *ON_A_STUDY[command], code=1)
        assert name in result.stderr
        assert "Traceback" not in result.output
    assert not (tmp_path / "missing.study").exists()


def test_labels_are_read_from_a_table_and_rows_that_fit_no_cell_are_listed(
    cli, study, tmp_path
):
    table = tmp_path / "labels.csv"
    table.write_text("cell_id,label\n1,blast\n2,\n999999,blast\n")
    result = cli("label", study, "--csv", table, "--author", "Grace", "--json", code=3)
    assert json.loads(result.stdout)["read"] == 2
    assert "line 4" in result.stderr
    with open_study(study, read_only=True) as folder:
        assert folder.study.labels.label_of(1) == "blast"
        assert folder.study.labels.label_of(2) is None
        assert folder.study.labels.standing(1).author == "Grace"


def test_an_old_failure_of_a_table_is_not_told_again(cli, study, tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("cell_id,label\n999999,blast\n1,blast\n")
    cli("label", study, "--csv", table, code=3)
    table.write_text("cell_id,label\n1,blast\n")
    cli("label", study, "--csv", table)


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "cell_id\n1\n"])
def test_a_table_without_the_columns_is_refused(cli, study, tmp_path, content):
    (tmp_path / "labels.csv").write_text(content)
    result = cli("label", study, "--csv", tmp_path / "labels.csv", code=1)
    assert "Traceback" not in result.output
    cli("label", study, "--csv", tmp_path / "none.csv", code=1)


def test_undo_and_redo_work_from_one_command_to_the_next(cli, study, tmp_path):
    def label():
        with open_study(study, read_only=True) as folder:
            return folder.study.labels.label_of(1)

    before = label()
    (tmp_path / "labels.csv").write_text("cell_id,label\n1,a new class\n")
    cli("label", study, "--csv", tmp_path / "labels.csv")
    assert label() == "a new class"
    cli("undo", study)
    assert label() == before
    cli("undo", study, "--redo")
    assert label() == "a new class"
    assert "nothing to do again" in cli("undo", study, "--redo").stderr


def test_history_tells_who_said_what_and_when(cli, study, tmp_path):
    (tmp_path / "labels.csv").write_text("cell_id,label\n1,a new class\n")
    cli("label", study, "--csv", tmp_path / "labels.csv", "--author", "Grace")
    records = json.loads(cli("history", study, "--json").stdout)["labels"]
    assert records[-1]["class"] == "a new class"
    assert records[-1]["author"] == "Grace"
    assert records[-1]["source"] == "import: labels.csv"
    assert "a new class" in cli("history", study).stdout


def test_classify_predicts_labelled_kinds_and_labels_none(cli, study):
    with open_study(study, read_only=True) as folder:
        before = folder.study.labels.labels()
    summary = json.loads(cli("classify", study, "--k", 3, "--json").stdout)
    with open_study(study, read_only=True) as folder:
        assert folder.study.labels.labels() == before
        parameters = folder.study.predictions("knn").recipe.parameters
        assert {"wbc", "rbc"} <= set(parameters["kinds"])
        asked = folder.study.cells.of_kinds(tuple(parameters["kinds"]))
        assert sum(summary["predicted"].values()) == len(asked)
        assert parameters["k"] == 3


def test_classify_and_evaluate_without_labels_say_how_to_label(cli, smears, tmp_path):
    path = tmp_path / "bare.study"
    cli("run", smears, "--study", path, "--projector", "pca", "--classes", "wbc")
    for command in ("classify", "evaluate"):
        result = cli(command, path, code=1)
        assert "napari-dinobloom label" in result.stderr


def test_evaluate_leaves_out_whole_patients_and_the_paper_s_protocol_cells(cli, study):
    grouped = json.loads(cli("evaluate", study, "--by", "patient", "--json").stdout)
    assert grouped["protocol"] == "grouped"
    assert grouped["groups"] == 2
    paper = json.loads(
        cli("evaluate", study, "--protocol", "dinobloom", "--json").stdout
    )
    assert paper["cells"] == grouped["cells"]
    for score in (*grouped["scores"], *paper["scores"]):
        confusion = np.array(score["confusion"])
        assert score["accuracy"] == pytest.approx(np.trace(confusion) / confusion.sum())
    assert "kNN-20" in cli("evaluate", study, "--by", "slide").stdout


def test_every_format_is_exported_and_left_alone_the_second_time(cli, study, tmp_path):
    with open_study(study, read_only=True) as folder:
        n = len(folder.study.cells)
    for name in ("csv", "masks", "geojson", "coco", "h5ad"):
        out = tmp_path / f"out.{name}"
        words = ("export", study, "--format", name, "--out", out)
        summary = json.loads(cli(*words, "--json").stdout)
        assert summary["cells"] == n
        assert "exists already" in cli(*words, code=1).stderr
        cli(*words, "--overwrite")
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["synthetic"].all()
    white_or_red = table["kind"].isin(["wbc", "rbc"])
    assert table.loc[white_or_red, "predicted_class"].notna().all()
    assert 0 < table["label"].notna().sum() < n


def test_an_export_that_cannot_be_done_is_said_in_words(cli, study, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file/out.csv"
    for format_name in ("csv", "coco", "h5ad", "masks", "geojson"):
        words = ("export", study, "--format", format_name, "--out", out)
        assert "cannot be written" in cli(*words, code=1).stderr
    words = ("export", study, "--format", "csv", "--out", tmp_path / "c.csv")
    assert "morphology" in cli(*words, "--features", "morphologie", code=1).stderr
    cli(*words, "--format", "xml", code=2)


def test_the_report_counts_by_label_and_by_prediction_and_marks_synthetic_cells(
    cli, study, tmp_path
):
    out = tmp_path / "report.html"
    cli("report", study, "--out", out, "--title", "Ward 7")
    markup = out.read_text("utf-8")
    assert "by labels that people gave" in markup
    assert "by predictions of the classifier, not by labels" in markup
    assert "Only " in markup
    assert markup.count(">synthetic<") >= 2
    assert not re.search(r"https?://", markup)
    assert "exists already" in cli("report", study, "--out", out, code=1).stderr


def test_a_study_is_reported_while_another_program_writes_it(cli, study, tmp_path):
    with open_study(study):
        cli("report", study, "--out", tmp_path / "report.html")
        cli("evaluate", study)
        assert "reading only" in cli("classify", study, code=1).stderr


def test_the_viewer_is_not_started_for_what_is_no_study(cli, tmp_path):
    assert "not a study" in cli("open", tmp_path, code=1).stderr
