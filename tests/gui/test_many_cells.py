"""Very many cells at once are read in parts and told of in another turn."""

import numpy as np
import pytest

from napari_dinobloom.gui.layers import cell_map
from napari_dinobloom.gui.presenters import roster as rosters
from napari_dinobloom.gui.presenters.live import into_roster
from napari_dinobloom.gui.presenters.map import colouring
from napari_dinobloom.gui.presenters.map.colours import choices
from napari_dinobloom.gui.presenters.map.colours import colouring as colouring_of
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.selection import presenter as selections
from napari_dinobloom.gui.presenters.selection.presenter import SelectionPresenter
from napari_dinobloom.gui.views.dock import DinoBloomDock
from napari_dinobloom.study import Selection, journal
from napari_dinobloom.workflows import label_cells
from napari_dinobloom.workflows.live_classifier import LiveUpdate

WHERE = (
    (rosters, "_IN_CACHE"),
    (journal, "_AT_ONCE"),
    (colouring, "AT_ONCE"),
    (selections, "MANY"),
)


class Soon:
    """Calls that are put off until the test lets them come."""

    def __init__(self) -> None:
        self.waiting = []

    def __call__(self, call):
        return lambda: self.waiting.append(call)

    def come(self) -> None:
        calls, self.waiting = self.waiting, []
        for call in dict.fromkeys(calls):
            call()


@pytest.fixture
def bench(make_study, desk_with, monkeypatch):
    """A roster of twelve cells, where more than four are very many."""
    monkeypatch.setattr(rosters, "AT_ONCE", 4)
    soon = Soon()
    made = Roster(desk_with(make_study(slides=4)), later=soon)
    made._opened(made.study)
    told = []
    made.labels_changed.connect(lambda rows: told.append(rows.tolist()))
    return made, soon, told


def test_very_many_labels_stand_at_once_and_are_told_once_a_moment_later(bench):
    roster, soon, told = bench
    ids = roster.cells.cell_id.tolist()
    label_cells(roster.study, ids[:8], "blast")
    label_cells(roster.study, ids[4:], "monocyte")
    names = np.array([*roster.class_names, None], object)
    assert names[roster.label].tolist() == ["blast"] * 4 + ["monocyte"] * 8
    assert told == []
    label_cells(roster.study, ids[:1], "monocyte")
    assert told == [[0]], "few are told at once"
    soon.come()
    assert told == [[0], list(range(12))]


def test_what_was_to_be_told_of_cells_that_are_gone_is_not(bench):
    roster, soon, told = bench
    label_cells(roster.study, roster.cells.cell_id.tolist(), "blast")
    roster.rebuild()
    soon.come()
    assert told == []


@pytest.mark.parametrize("very_many", [4, 100])
@pytest.mark.parametrize("without", [0, 3])
def test_all_predictions_take_the_place_of_those_before(
    bench, monkeypatch, very_many, without
):
    monkeypatch.setattr(into_roster, "VERY_MANY", very_many)
    monkeypatch.setattr(into_roster, "AT_ONCE", 5)
    roster, _, _ = bench
    label_cells(roster.study, roster.cells.cell_id[:1], "blast")
    label_cells(roster.study, roster.cells.cell_id[1:2], "monocyte")
    everyone = np.arange(12)
    roster.set_predictions(everyone, np.zeros(12), np.full(12, 0.5), 1, 2)
    rows = everyone[without:]
    n = len(rows)
    update = LiveUpdate(
        *("ready", "", roster.cells, rows, (rows % 2).astype(np.int16)),
        *(np.full(n, 0.75, np.float32), np.full(n, 3, np.int16)),
        *(np.full(n, 4, np.int16), ("monocyte", "blast"), True),
    )
    into_roster.write_into(roster, update)
    names = np.array([*roster.class_names, None], object)[roster.predicted].tolist()
    assert names[without:] == [("monocyte", "blast")[row % 2] for row in rows.tolist()]
    assert names[:without] == [None] * without
    assert roster.chance[without:].tolist() == [0.75] * n
    assert np.isnan(roster.chance[:without]).all()
    assert roster.votes.tolist() == [0] * without + [3] * n
    assert roster.voters.tolist() == [0] * without + [4] * n


@pytest.mark.parametrize("size", [1, 5])
def test_parts_make_the_same_whole(make_study, desk_with, monkeypatch, size):
    for module, name in WHERE:
        monkeypatch.setattr(module, name, size)
    study = make_study(slides=4)
    roster = Roster(desk_with(study), later=lambda call: call)
    roster._opened(study)
    ids = roster.cells.cell_id
    choice = next(c for c in choices(roster, (), lambda _: {}) if c.key == "class")
    label_cells(study, [int(ids[0])], "blast")
    made = colouring_of(
        choice, roster, np.ones(12, bool), clusters=None, meanings=lambda _: {}
    )
    label_cells(study, ids[2:9].tolist(), "blast")
    names = np.array([*roster.class_names, None], object)
    expected = [None if row in (1, 9, 10, 11) else "blast" for row in range(12)]
    assert names[roster.label].tolist() == expected
    assert made.recode(np.arange(12)).tolist() == list(range(2, 9))
    assert {line.name: line.count for line in made.legend().lines} == {
        "blast": 8,
        "not labelled": 4,
    }


class Bar:
    """Takes every signal and shows nothing."""

    def __getattr__(self, name):
        return type("Signal", (), {"connect": lambda *_: None})()

    def set_source(self, source):
        pass

    def show_hand(self, state):
        self.state = state


def test_cells_in_hand_are_counted_in_parts(make_study, desk_with, monkeypatch):
    monkeypatch.setattr(selections, "MANY", 5)
    study = make_study(slides=4)
    roster = Roster(desk_with(study), later=lambda call: call)
    roster._opened(study)
    label_cells(study, roster.cells.cell_id[:7].tolist(), "blast")
    selection, bar = Selection(), Bar()
    SelectionPresenter(bar, selection, roster, similar=None, later=lambda call: call)
    selection.take(roster.cells.cell_id)
    assert bar.state.text == "12 cells in hand · 4 slides"
    assert (bar.state.chips[0].name, bar.state.chips[0].count) == ("blast", 7)
    assert sum(chip.count for chip in bar.state.chips) == 12


def test_dots_changed_in_parts_have_the_codes_of_all(qapp, monkeypatch):
    from vispy import scene

    monkeypatch.setattr(cell_map, "AT_ONCE", 3)
    canvas = scene.SceneCanvas(show=False)
    dots = cell_map.CellMap(canvas.scene)
    xy = np.random.default_rng(0).random((10, 2), np.float32)
    xy[[2, 5]] = np.nan
    dots.set_positions(xy)
    rows, codes = np.arange(1, 10), np.arange(11, 20)
    dots.set_codes_at(rows, codes)
    dots.set_selected(np.array([5, 7, 1]))
    expected = np.append(0, codes)[dots._rows]
    assert dots._codes.tolist() == expected.tolist()
    assert dots._chosen.n_dots == 2
    canvas.close()


def test_a_long_sentence_leaves_the_pages_where_they_are(qtbot):
    dock = DinoBloomDock()
    qtbot.addWidget(dock)
    dock.resize(330, 500)
    with qtbot.waitExposed(dock):
        dock.show()
    before = dock.pages.geometry()
    said = "Taken back: label 10,000 cells orthochromatic normoblast — Ctrl+Y does it"
    dock.show_said(said)
    qtbot.wait(50)
    assert dock.pages.geometry() == before
    assert dock._said.toolTip() == said
    dock.show_said("The change was not made: " + said, whole=True)
    qtbot.waitUntil(lambda: dock.pages.height() < before.height())
    dock.show_said(said)
    qtbot.waitUntil(lambda: dock.pages.geometry() == before)


def test_a_map_that_nobody_sees_keeps_no_uploads_waiting(qapp, monkeypatch):
    from vispy import scene
    from vispy.gloo import glir

    canvas = scene.SceneCanvas(show=False)
    dots = cell_map.CellMap(canvas.scene)
    dots.set_positions(np.random.default_rng(0).random((500, 2), np.float32))
    dots.set_palette(np.full((4, 4), 255, np.uint8))
    waiting, command = [], glir.GlirQueue.command
    monkeypatch.setattr(glir.GlirQueue, "command", lambda *said: waiting.append(said))
    for n in range(100):
        dots.set_codes_at(np.arange(n % 9, 50), np.full(50 - n % 9, n % 4))
        dots.set_selected(np.array([n]))
    assert waiting == []
    monkeypatch.setattr(glir.GlirQueue, "command", command)
    dots.set_frame(100, 10, 110)
    assert canvas.render()[..., :3].any(), "it is drawn all the same"
    canvas.close()
