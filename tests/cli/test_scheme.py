"""``scheme``: the classes of a study, from the command line."""

import json

from napari_dinobloom.study.presets import preset


def classes(cli, study) -> list[str]:
    shown = json.loads(cli("scheme", "show", study, "--json").stdout)
    return [c["name"] for c in shown["classes"]]


def test_a_study_takes_a_scheme_and_gives_it_back(cli, study):
    before = classes(cli, study)
    cli("scheme", "use", study, "marrow")
    offered = preset("marrow").taxonomy.names()
    assert classes(cli, study)[: len(offered) - 1] == offered[:-1]
    colour = preset("marrow").taxonomy.get("pronormoblast").colour
    assert f"7  {colour}  pronormoblast" in cli("scheme", "show", study).stdout
    cli("undo", study)
    assert classes(cli, study) == before


def test_classes_that_labels_name_are_kept_and_told(cli, study, tmp_path):
    (tmp_path / "labels.csv").write_text("cell_id,label\n1,Auer rod\n")
    cli("label", study, "--csv", tmp_path / "labels.csv")
    said = cli("scheme", "use", study, "blood").stderr
    assert "Auer rod" in said.partition("Kept, because labels name them:")[2]
    assert classes(cli, study)[-2:] == ["Auer rod", "artefact"]


def test_the_offered_schemes_are_listed(cli):
    text = cli("scheme", "list").stdout
    assert all(name in text for name in ("blood", "marrow", "red-cells"))


def test_an_unknown_scheme_is_refused_with_those_there_are(cli, study):
    said = cli("scheme", "use", study, "urine", code=1).stderr
    assert "blood, marrow, red-cells" in " ".join(said.split())
