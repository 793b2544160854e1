"""Names that are too long lose their middle; numbers are never cut."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QFont, QFontMetrics

from napari_dinobloom.gui.presenters.labels.counts import CountTable
from napari_dinobloom.gui.presenters.map.colouring import Legend, LegendLine
from napari_dinobloom.gui.views.card.standing import Chip
from napari_dinobloom.gui.views.elided import ElidedButton, cut_name
from napari_dinobloom.gui.views.labels.table import CountPanel
from napari_dinobloom.gui.views.map.legend import MapLegend
from napari_dinobloom.gui.views.smear.field_legend import CutCheckBox

pytestmark = pytest.mark.gui
POLY, ORTHO = "polychromatic normoblast", "orthochromatic normoblast"


def test_names_that_end_alike_stay_apart_when_they_are_cut(qtbot):
    metrics = QFontMetrics(QFont())
    room = metrics.horizontalAdvance(POLY) // 2
    cut = {cut_name(metrics, name, room) for name in (POLY, ORTHO)}
    assert len(cut) == 2
    for name in cut:
        assert "…" in name
        assert metrics.horizontalAdvance(name) <= room + 1
    assert cut_name(metrics, POLY, metrics.horizontalAdvance(POLY)) == POLY


@pytest.mark.parametrize("make", [ElidedButton, CutCheckBox])
def test_a_narrow_part_cuts_its_name_and_a_wide_one_shows_it(qtbot, make):
    part = make(POLY)
    qtbot.addWidget(part)
    part.resize(110, 26)
    part.show()
    qtbot.waitUntil(lambda: "…" in part.text())
    part.resize(400, 26)
    qtbot.waitUntil(lambda: part.text() == POLY)


def test_a_class_on_the_card_is_whole_in_its_tooltip(qtbot):
    chip = Chip()
    qtbot.addWidget(chip)
    chip.show_class(POLY, "#559999", "none")
    chip.resize(90, 22)
    chip.show()
    qtbot.waitUntil(lambda: "…" in chip.text())
    assert chip.toolTip() == POLY
    assert chip.whole_text == POLY


def test_the_legend_of_the_map_names_a_class_in_whole_in_its_tooltip(qtbot):
    legend = MapLegend()
    qtbot.addWidget(legend)
    legend.show_legend(
        Legend("Class", (LegendLine(0, POLY, "#559999", 12345),)), frozenset()
    )
    tip = legend.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith(f"{POLY}: 12,345 cells")


@pytest.mark.parametrize("n_classes", [2, 6])
def test_columns_of_numbers_grow_with_the_numbers(qtbot, n_classes):
    panel = CountPanel()
    qtbot.addWidget(panel)
    panel.resize(410, 300)
    panel.show()
    headings = ("Class", *(f"c{i}" for i in range(n_classes)))
    for number in (7, 1_234_567):
        rows = ((POLY * 3, *([number] * n_classes)),)
        panel.show_table(CountTable(headings, rows))

    def all_fit() -> bool:
        table, metrics = panel.table, panel.table.fontMetrics()
        wide = metrics.horizontalAdvance("1,234,567")
        return all(table.columnWidth(i + 1) >= wide for i in range(n_classes))

    qtbot.waitUntil(all_fit)
    tip = panel.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == POLY * 3
