"""The card's widgets, by themselves and in a real viewer on a drawn smear."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import Qt

from napari_dinobloom.gui.presenters.card.features import FeatureRow
from napari_dinobloom.gui.presenters.card.words import Neighbour, Said, Share, Standing
from napari_dinobloom.gui.views.card.features import FeaturePanel
from napari_dinobloom.gui.views.card.panel import NOTHING_SAID, CardPanel
from napari_dinobloom.gui.views.card.picture import CellPicture, bar_um
from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.study import Slide
from napari_dinobloom.workflows import AddPictures, RunOptions, label_cells, run_steps
from napari_dinobloom.workflows.describe_cell import CellDescription

# what napari 0.9 says about PyQt5 and about itself, not about us
pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]
WAIT_MS = 120_000
SQUARE = np.array(
    [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75], [0.25, 0.25]]
)


def white_cell(**changes) -> CellDescription:
    said = {
        "cell_id": 7,
        "kind": "white cell",
        "rgb": np.full((64, 64, 3), 255, np.uint8),
        "problem": "",
        "outline": (SQUARE,),
        "nucleus": (),
        "inside": (0.0, 0.0, 1.0, 1.0),
        "window_um": 25.0,
        "scale": "known",
        "picture": "a.png",
        "x": 1.0,
        "y": 2.0,
        "slide": Slide("a"),
        "diameter_um": 12.0,
        "area_um2": 113.0,
        "area_px": 400.0,
        "nucleus_share": 0.5,
        "flags": (),
    }
    return CellDescription(**(said | changes))


def pixels_of(widget) -> np.ndarray:
    image = widget.grab().toImage()
    return np.array(
        [
            [image.pixelColor(x, y).getRgb()[:3] for x in range(image.width())]
            for y in range(image.height())
        ]
    )


@pytest.fixture
def picture(qtbot) -> CellPicture:
    picture = CellPicture()
    qtbot.addWidget(picture)
    picture.resize(240, 240)
    return picture


def test_the_outline_is_drawn_and_can_be_left_out(picture):
    picture.show_cell(white_cell(), "")
    outlined = pixels_of(picture)[:180]
    picture.set_outlined(False)
    plain = pixels_of(picture)[:180]
    assert (plain == 255).all()
    yellow = (outlined[..., 2] < 120) & (outlined[..., 0] > 180)
    rows, columns = np.nonzero(yellow)
    assert (columns.min(), columns.max()) == pytest.approx((60, 180), abs=2)
    assert rows.min() == pytest.approx(60, abs=2)


def test_what_lies_beyond_the_picture_is_darkened(picture):
    picture.show_cell(white_cell(outline=(), inside=(0.25, 0, 1, 1)), "")
    seen = pixels_of(picture)[:150]
    assert (seen[:, :58] < 140).all()
    assert (seen[:, 62:] == 255).all()


@pytest.mark.parametrize(("window", "bar"), [(25.0, 10), (12.0, 2), (60, 20), (1.5, 0)])
def test_the_scale_bar_is_round_and_fits(window, bar):
    assert bar_um(window) == bar
    assert bar_um(float("nan")) == 0


def rows() -> tuple[FeatureRow, ...]:
    return (
        FeatureRow("Cell diameter", 12.0, "12.0 µm", 60.0, "Across", "Main"),
        FeatureRow("N:C ratio", 1.5, "1.50", 99.0, "Nucleus to cytoplasm", "Main"),
        FeatureRow("Ring 1 density", 0.3, "0.30 OD", float("nan"), "Rings", "Rings"),
    )


def titles(panel: FeaturePanel) -> list[str]:
    return [panel.filter.index(r, 0).data() for r in range(panel.filter.rowCount())]


@pytest.fixture
def features(qtbot) -> FeaturePanel:
    panel = FeaturePanel()
    qtbot.addWidget(panel)
    panel.show_features(rows(), "Percentiles among 20 cells.")
    return panel


def test_main_measurements_are_shown_until_all_or_a_word_is_wished(features, qtbot):
    assert titles(features) == ["Cell diameter", "N:C ratio"]
    features.all.setChecked(True)
    assert len(titles(features)) == 3
    features.all.setChecked(False)
    qtbot.keyClicks(features.word, "ring")
    assert titles(features) == ["Ring 1 density"]


def test_values_and_percentiles_sort_as_numbers(features):
    features.all.setChecked(True)
    features.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert titles(features) == ["Ring 1 density", "N:C ratio", "Cell diameter"]
    features.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert titles(features) == ["N:C ratio", "Cell diameter", "Ring 1 density"]


def test_without_measurements_only_the_sentence_is_shown(features):
    features.show_features((), "No numbers.")
    assert features.table.isHidden()
    assert features.text.text() == "No numbers."


@pytest.fixture
def panel(qtbot) -> CardPanel:
    panel = CardPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    panel.show()
    return panel


def test_a_disagreement_is_told_by_more_than_colour(panel):
    shares = (Share("blast", "#AA3377", 0.6, "3 of 5"),)
    standing = Standing(
        "a", "#112233", "me", "b", "#eeeeee", "60 %", "No.", False, shares
    )
    panel.show_standing(standing)
    assert panel.standing.verdict.text() == "≠ No."
    assert panel.standing.verdict.objectName() == "problem"
    assert "color: #ffffff" in panel.standing.label.styleSheet()
    assert "color: #000000" in panel.standing.predicted.styleSheet()


def test_what_was_said_is_told_literally(panel):
    assert panel.history.text() == NOTHING_SAID
    panel.show_history((Said("now", "<b>blast</b>", "me & you", "#112233"),))
    assert "&lt;b&gt;blast&lt;/b&gt;" in panel.history.text()
    assert "me &amp; you" in panel.history.text()


def test_a_neighbour_that_stays_keeps_its_picture(panel):
    one, two, three = (Neighbour(i, "blast", "#AA3377", i / 10) for i in (1, 2, 3))
    panel.show_neighbours((one, two), "near")
    panel.show_portrait(2, np.zeros((8, 8, 3), np.uint8))
    kept = panel.neighbours.buttons[1]
    panel.show_neighbours((three, two), "near")
    assert panel.neighbours.buttons[1] is kept
    assert [b.cell.cell_id for b in panel.neighbours.buttons] == [3, 2]


def test_a_folded_part_stays_folded_for_the_next_cell(panel, qtbot):
    fold = panel.folds["History"]
    qtbot.mouseClick(fold.head, Qt.MouseButton.LeftButton)
    panel.show_history((Said("now", "blast", "me", "#112233"),))
    assert not fold.is_open
    assert fold.content.isHidden()


def test_folded_parts_are_remembered(panel, qtbot):
    qtbot.mouseClick(panel.folds["Measurements"].head, Qt.MouseButton.LeftButton)
    kept = panel.arrangement()
    assert kept == {"folded": ["Measurements"]}
    another = CardPanel()
    qtbot.addWidget(another)
    another.arrange({"folded": [*kept["folded"], "nonsense", 3]})
    assert [t for t, fold in another.folds.items() if not fold.is_open] == [
        "Measurements"
    ]


@pytest.mark.parametrize("width", [320, 430, 900])
def test_nothing_is_wider_than_the_card(panel, width, qtbot):
    from napari_dinobloom.gui.presenters.card.words import head_of

    cell = white_cell(slide=Slide("a slide with quite a long name " * 3))
    panel.resize(width, 900)
    panel.show_cell(cell, head_of(cell), "estimated from red cells")
    panel.show_neighbours(
        tuple(Neighbour(i, "promyelocyte", "#AA3377", 1.0) for i in range(6)), "near"
    )
    panel.show_features(rows(), "Percentiles among 20 cells.")
    page = panel.area.widget()
    qtbot.waitUntil(lambda: page.width() <= panel.area.viewport().width())
    assert page.minimumSizeHint().width() <= width


# -- in the viewer ---------------------------------------------------------------


@pytest.fixture
def open_card(make_napari_viewer, tmp_path) -> Iterator[Callable[[], tuple]]:
    """Opens a viewer with a card on a searched and described smear."""
    from napari_dinobloom.core import run
    from napari_dinobloom.gui import plugin
    from napari_dinobloom.gui.pages.card import card_panel

    sessions = []

    def make() -> tuple:
        folder: Path = tmp_path / "smears"
        folder.mkdir()
        field = make_field("lilac", "healthy", seed=0, size_px=(480, 360))
        Image.fromarray(field.rgb).save(folder / "field.png")
        viewer = make_napari_viewer()
        session = plugin.session_of(viewer)
        sessions.append(session)
        study = session.desk.create(tmp_path / "x.study")
        run(AddPictures.from_study(study, [folder]), study)
        for step in run_steps(RunOptions(projector="pca"))[:2]:
            run(step(study), study)
        page = card_panel(session)
        session.attach(list(page.presenters), lambda _: None)
        session.roster.rebuild()
        return session, study, page.widget

    yield make
    for session in sessions:
        session.close()


def test_the_card_follows_looks_labels_and_undo(open_card, qtbot):
    session, study, card = open_card()
    qtbot.addWidget(card)
    card.show()
    ids = study.cells.of_kinds(("rbc",)).cell_id
    session.selection.look_at(int(ids[0]))
    qtbot.waitUntil(lambda: card.title.text().endswith(f" {ids[0]}"), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: card.features.model.rowCount() > 100, timeout=WAIT_MS)
    label_cells(study, ids[1:5], "one")
    label_cells(study, ids[5:8], "two")
    label_cells(study, ids[:1], "one")
    assert card.standing.label.whole_text == "one"
    strip = card.neighbours
    qtbot.waitUntil(lambda: len(strip.buttons) == 6, timeout=WAIT_MS)
    qtbot.waitUntil(
        lambda: all(b._pixmap is not None for b in strip.buttons), timeout=WAIT_MS
    )
    qtbot.waitUntil(lambda: bool(card.standing.predicted_said.text()), timeout=WAIT_MS)
    study.undo()
    assert card.standing.label.whole_text == "none"
    nearest = strip.buttons[0]
    qtbot.mouseClick(nearest, Qt.MouseButton.LeftButton)
    assert session.selection.current == nearest.cell.cell_id
    name = f" {nearest.cell.cell_id}"
    qtbot.waitUntil(lambda: card.title.text().endswith(name), timeout=WAIT_MS)
