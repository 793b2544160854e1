"""The table of slides with a thousand of them, and what may go missing."""

import pytest
from qtpy.QtCore import Qt

from napari_dinobloom.gui.presenters.study.slides_presenter import SlideRow
from napari_dinobloom.gui.views.study.slide_table import (
    COLUMNS,
    KINDS,
    METADATA,
    SlideTable,
)

pytestmark = pytest.mark.gui


@pytest.fixture
def table(qtbot) -> SlideTable:
    table = SlideTable()
    qtbot.addWidget(table)
    return table


def rows(n: int) -> list[SlideRow]:
    return [SlideRow(f"slide {i}", i % 7, i, 0, 0, 1, "searched") for i in range(n)]


def shown(table: SlideTable, row: int, column: int) -> str:
    return table.model().index(row, column).data()


def test_numbers_sort_as_numbers(table):
    table.set_rows(rows(1000))
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert [shown(table, row, 0) for row in range(2)] == ["slide 999", "slide 998"]
    assert shown(table, 0, 2) == "999"


def test_a_row_that_changes_keeps_selection_and_order(table):
    table.set_rows(rows(5))
    table.selectRow(3)
    changed = rows(5)
    changed[3] = SlideRow("slide 3", 100, 3, 0, 0, 1, "searched")
    table.set_rows(changed)
    assert table.selectionModel().selectedRows()[0].row() == 3
    assert shown(table, 3, 1) == "100"


def test_the_slide_that_was_clicked_is_the_one_shown_after_sorting(table, qtbot):
    table.set_rows(rows(20))
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    with qtbot.waitSignal(table.slide_chosen) as chosen:
        table.clicked.emit(table.model().index(0, 4))
    assert chosen.args == ["slide 19"]


def test_metadata_nobody_gave_takes_no_room(table):
    table.set_rows(rows(3))
    assert all(table.isColumnHidden(column) for column in METADATA)
    known = [SlideRow("a", 0, 0, 0, 0, 1, "searched", site="Ward 3")]
    table.set_rows(known)
    hidden = [table.isColumnHidden(column) for column in METADATA]
    assert hidden == [True, False, True, True]
    assert len(COLUMNS) == 11


@pytest.mark.parametrize(
    ("found", "stays"),
    [
        ((0, 0, 0, 9), [False, False, False, True]),
        ((3, 0, 0, 0), [True, False, False, False]),
        ((0, 0, 0, 0), [True, True, True, False]),
    ],
)
def test_kinds_of_cells_that_no_slide_has_take_no_room(table, found, stays):
    table.set_rows([SlideRow("a", *found, 1, "searched")])
    assert [not table.isColumnHidden(column) for column in KINDS] == stays


def test_the_state_is_seen_whole_in_a_narrow_dock(table, qtbot):
    table.set_rows(rows(20))
    table.resize(400, 200)
    table.show()
    qtbot.waitUntil(lambda: table.viewport().width() < 400)
    state = next(i for i, c in enumerate(COLUMNS) if c.title == "State")
    edge = table.columnViewportPosition(state) + table.columnWidth(state)
    assert edge <= table.viewport().width()
    assert table.columnWidth(state) >= table.sizeHintForColumn(state)


def test_a_column_drawn_wider_stays_as_it_is(table, qtbot):
    table.set_rows(rows(20))
    table.resize(400, 200)
    table.show()
    table.horizontalHeader().resizeSection(0, 200)
    table.set_rows(rows(21))
    table.resize(500, 200)
    qtbot.waitUntil(lambda: table.viewport().width() > 440)
    assert table.columnWidth(0) == 200


def test_names_are_not_squeezed_where_the_table_scrolls_anyway(table, qtbot):
    known = [SlideRow(f"lilac-patient-{i}", 0, 0, 0, 0, 1, "searched", patient="p")
             for i in range(3)]  # fmt: skip
    table.set_rows(known)
    table.resize(400, 200)
    table.show()
    qtbot.waitUntil(lambda: table.viewport().width() < 420)
    assert table.columnWidth(0) >= COLUMNS[0].width
