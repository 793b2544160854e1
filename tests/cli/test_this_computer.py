import json

import pytest


@pytest.fixture(autouse=True)
def own_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("NAPARI_DINOBLOOM_WEIGHTS", str(tmp_path / "weights"))


def test_weights_are_listed_without_any(cli):
    listed = json.loads(cli("weights", "list", "--json").stdout)
    assert {w["name"] for w in listed["weights"]} >= {"dinobloom-s", "reddino-b"}
    assert not any(w["here"] for w in listed["weights"])
    assert "dinobloom-s" in cli("weights", "list").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("fetch", "dinobloom-x"),
        ("verify", "dinobloom-s"),
        ("add", "dinobloom-s", "none.pth"),
        ("fetch", "dinobloom-s", "--base-url", "http://127.0.0.1:9"),
    ],
)
def test_weights_that_cannot_be_had_are_said_in_words(cli, words):
    result = cli("weights", *words, code=1)
    assert "Error:" in result.stderr
    assert "Traceback" not in result.output


def test_removing_weights_that_are_not_here_is_no_error(cli):
    assert "was not here" in cli("weights", "remove", "dinobloom-s").stderr


def test_the_doctor_says_what_is_installed(cli, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    findings = json.loads(cli("doctor", "--json").stdout)
    assert findings["packages"]["anndata"]
    assert findings["devices"]
    assert findings["qt"]["says"]


def test_samples_are_drawn_and_public_sets_named(cli, tmp_path):
    cli("samples", tmp_path / "s", "--laboratories", 1, "--patients", 1, "--fields", 1)
    assert (tmp_path / "s/metadata.csv").is_file()
    assert "bccd" in cli("samples", "list").stdout
    assert "Known: bccd" in cli("samples", "fetch", "bcd", code=1).stderr
    cli("samples", "fetch", code=2)
    cli("samples", tmp_path / "s", "what", code=2)
    (tmp_path / "file").write_text("")
    cli("samples", tmp_path / "file" / "s", code=1)
