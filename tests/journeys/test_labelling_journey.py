"""Somebody labels cells in the real window: smear, map, gallery, windows, keys."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_dinobloom.storage import open_study

# what napari 0.9 says about PyQt5 and about itself, not about us
pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]
LONG_MS = 120_000
NAME = "ward.study"


@pytest.fixture(autouse=True)
def foreign_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent studies and samples go where the test may write."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with smears of two patients, and a study with cells and classes."""
    from typer.testing import CliRunner

    from napari_dinobloom.cli import commands

    folder = tmp_path_factory.mktemp("ward")
    smears, study = str(folder / "smears"), str(folder / NAME)
    for line in (
        ["samples", smears, "--laboratories", "1", "--fields", "2"],
        ["run", smears, "--study", study, "--projector", "pca"],
        ["scheme", "use", study, "blood"],
    ):
        done = CliRunner().invoke(commands.app, line, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def ward(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the study for one test."""
    shutil.copytree(prepared, tmp_path / "ward")
    return tmp_path / "ward" / NAME


@pytest.fixture
def at_work(sit_down, ward) -> Callable[[], Any]:
    """Somebody before the window with the study open."""

    def open_ward() -> Any:
        person = sit_down()
        person.header.open_wished.emit(ward)
        person.wait(lambda: person.on_smear())
        return person

    return open_ward


def teach(person: Any, truth: dict[int, str]) -> list[int]:
    """Label three of each of the two commonest classes by key; the others' ids."""
    keys = {"blast": "1", "lymphocyte": "l"}
    person.go("Cells")
    for name, key in keys.items():
        for cell_id in [i for i, said in truth.items() if said == name][:3]:
            person.click_in_gallery(cell_id)
            person.key(key)
            assert person.label_of(cell_id) == name
    person.wait_for_learning()
    return [i for i in truth if person.label_of(i) is None]


@pytest.fixture
def drawn(truth, ward) -> Callable[[Any], dict[int, str]]:
    return lambda person: truth(person.study, ward.parent / "smears")


# -- one selection ------------------------------------------------------------------


def test_what_is_in_hand_is_the_same_everywhere(at_work):
    person = at_work()
    cells = person.on_smear()[:3]
    person.go("Map")
    person.lasso(cells)
    taken = person.in_hand
    assert set(cells) <= set(taken)
    words = f"{len(taken)} cells in hand"
    assert person.bar.summary.text().startswith(words)
    person.go("Cells")
    assert f"{len(taken)} in hand" in person.page("Cells").counts.text()
    person.go("Label")
    assert str(len(taken)) in person.page("Label").hand.title.text()
    codes = person.session.field.marks
    assert len(set(taken) & set(person.on_smear())) >= 3
    assert codes.scene is not None
    person.click(person.bar.none)
    assert person.in_hand == []
    assert person.bar.summary.text() == "No cells in hand"


def test_pointing_at_a_cell_in_the_smear_rings_it_on_the_map_and_the_other_way(at_work):
    person = at_work()
    person.go("Map")
    first, second = person.on_smear()[:2]
    person.point_on_smear(first)
    person.wait(lambda: person.map._pointed == person.roster.row_of(first))
    person.point_on_map(second)
    person.wait(lambda: person.session.selection.pointed == second)
    assert person.map._pointed == person.roster.row_of(second)


def test_a_double_click_in_the_gallery_goes_to_the_cell_in_its_slide(at_work, drawn):
    person = at_work()
    far = next(i for i in drawn(person) if i not in person.on_smear())
    person.go("Cells")
    at = person.place_in_gallery(far)
    person.bot.mouseDClick(person.gallery.viewport(), person.left, pos=at)
    person.wait(lambda: far in person.on_smear())
    x, y = person.place_on_smear(far).x(), person.place_on_smear(far).y()
    # in the middle as far as its field goes: nothing beyond the field is shown for it
    assert 0 < x < person.smear.width()
    assert 0 < y < person.smear.height()


# -- keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["smear", "map", "gallery", "window"])
def test_the_same_keys_label_wherever_the_cell_was_taken(
    at_work, drawn, on_disk, ward, where
):
    person = at_work()
    said = drawn(person)
    person.session.labeller.advance = False
    teach(person, said)
    cell_id = next(
        i for i in said if i in person.on_smear() and person.label_of(i) is None
    )
    take = {
        "smear": lambda: person.click_on_smear(cell_id),
        "map": lambda: (person.go("Map"), person.click_on_map(cell_id)),
        "gallery": lambda: (person.go("Cells"), person.click_in_gallery(cell_id)),
        "window": lambda: take_out_and_click(person, cell_id),
    }
    take[where]()
    assert person.in_hand == [cell_id]
    for key, done in keys_and_what_they_do(person, cell_id):
        person.key(key)
        assert done(), f"{key} on the {where}: {person.said[-1:]}"
        assert on_disk(ward) == person.study.labels.labels()
    person.key("?")
    person.wait(lambda: len(person.windows_called("Keys")) == 1)
    assert person.refused == []


def take_out_and_click(person: Any, cell_id: int) -> None:
    person.go("Cells")
    person.click(person.dock.pages._out)
    person.wait(person.window_of("Cells").isVisible)
    person.click_in_gallery(cell_id)


def keys_and_what_they_do(
    person: Any, cell_id: int
) -> list[tuple[Any, Callable[[], bool]]]:
    from qtpy.QtCore import Qt

    labels = person.study.labels
    predicted = person.prediction_of(cell_id)
    assert predicted

    def accepted() -> bool:
        record = labels.standing(cell_id)
        return (record.class_name, record.source) == (
            predicted,
            "accepted prediction",
        )

    return [
        ("m", lambda: labels.label_of(cell_id) == "monocyte"),
        (Qt.Key.Key_Backspace, lambda: labels.label_of(cell_id) is None),
        (Qt.Key.Key_Space, accepted),
        ("u", lambda: labels.is_unsure(cell_id)),
        ("u", lambda: not labels.is_unsure(cell_id)),
        ("x", lambda: labels.label_of(cell_id) == "artefact"),
    ]


def test_what_is_taken_back_over_the_smear_is_in_hand_again_for_the_very_next_key(
    at_work, drawn, on_disk, ward
):
    person = at_work()
    cell_id = next(i for i in drawn(person) if i in person.on_smear())
    person.click_on_smear(cell_id)
    for key in ("l", "m", "b"):
        person.key(key)
        assert person.in_hand != [cell_id]
        person.take_back()
        assert person.label_of(cell_id) is None
        assert person.in_hand == [cell_id]
        assert cell_id in person.on_smear()
    person.key("l")
    person.key("m")
    person.take_back()
    person.take_back()
    assert person.study.labels.labels() == {}
    assert on_disk(ward) == {}
    assert person.in_hand == [cell_id]
    person.click_on_smear(cell_id)
    assert person.in_hand == [cell_id]


def test_while_somebody_paints_in_a_layer_of_their_own_no_label_is_taken_back(
    at_work, drawn
):
    person = at_work()
    cell_id = next(i for i in drawn(person) if i in person.on_smear())
    person.click_on_smear(cell_id)
    person.key("l")
    smear = person.session.layers.image
    own = person.viewer.add_labels(
        np.zeros((60, 60), np.uint8), scale=smear.scale, units=smear.units
    )
    own.paint((5, 5), 1)
    person.take_back(on=person.smear)
    assert not own.data.any()
    assert person.label_of(cell_id) == "lymphocyte"


def test_a_lasso_and_one_key_are_one_step_of_undo(at_work, on_disk, ward):
    person = at_work()
    person.go("Map")
    person.lasso(person.cells_of("wbc"))
    taken = person.in_hand
    assert len(taken) > 10
    person.key("l")
    assert person.study.labels.labels() == dict.fromkeys(taken, "lymphocyte")
    assert on_disk(ward) == person.study.labels.labels()
    person.take_back()
    assert person.study.labels.labels() == {}
    assert on_disk(ward) == {}
    assert person.in_hand == taken


def test_letters_typed_into_a_field_label_nothing(at_work):
    person = at_work()
    person.go("Cells")
    cell_id = person.cells_of("wbc")[0]
    person.click_in_gallery(cell_id)
    search = person.page("Cells").bar.search
    if not search.isVisible():
        person.click(person.page("Cells").bar.find)
    person.click(search)
    person.wait(search.hasFocus)
    for key in "lux":
        person.key(key)
    assert search.text() == "lux"
    assert person.study.labels.labels() == {}
    assert not person.study.labels.is_unsure(cell_id)
    person.take_back()  # of the text
    assert search.text() == ""
    assert person.study.taxonomy.classes


def test_without_cells_in_hand_a_key_says_what_to_do(at_work):
    person = at_work()
    person.key("l", on=person.smear)
    assert person.said[-1].startswith("Take cells in hand first")
    assert person.study.labels.labels() == {}


# -- predictions --------------------------------------------------------------------


def test_predictions_follow_each_label_on_the_map_in_the_gallery_and_the_smear(
    at_work, drawn
):
    person = at_work()
    person.session.labeller.advance = False
    others = teach(person, drawn(person))
    assert all(person.prediction_of(i) for i in others)
    before = [person.prediction_of(i) for i in others]
    told: list[int] = []
    person.roster.predictions_changed.connect(lambda rows: told.append(len(rows)))
    person.click_in_gallery(others[0])
    wrong = "m" if before[0] != "monocyte" else "l"
    person.key(wrong)
    person.wait(lambda: told)
    person.wait_for_learning()
    assert "monocyte" in [person.prediction_of(i) for i in person.cells_of("wbc")]
    person.take_back()
    person.wait_for_learning()
    assert [person.prediction_of(i) for i in others] == before


# -- the end ------------------------------------------------------------------------


def test_closing_the_window_while_labels_are_learned_lets_others_write(
    at_work, drawn, ward, monkeypatch
):
    person = at_work()
    said = drawn(person)
    teach(person, said)
    person.go("Map")
    person.lasso(person.cells_of("rbc"))
    person.key("x")
    labels = person.study.labels.labels()
    assert person.session.live.status.is_learning
    person.viewer.close()
    person.wait(lambda: person.session.is_closed, LONG_MS)
    with open_study(ward) as other:
        assert not other.read_only
        assert other.study.labels.labels() == labels


def test_a_second_window_on_the_study_shows_it_and_says_why_it_cannot_label(
    at_work, on_disk, ward
):
    first, second = at_work(), at_work()
    assert "reading only" in second.header._note.text()
    cell_id = second.cells_of("wbc")[0]
    second.go("Cells")
    second.click_in_gallery(cell_id)
    second.key("l")
    assert second.label_of(cell_id) is None
    assert on_disk(ward) == {}
    assert "reading only" in second.refused[-1]
    assert "reading only" in second.dock._said.text(), "on pages other than Label too"
    second.go("Label")
    assert second.page("Label").message.isVisible()
    first.go("Cells")
    first.click_in_gallery(cell_id)
    first.key("l")
    assert on_disk(ward) == {cell_id: "lymphocyte"}
