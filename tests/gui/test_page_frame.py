"""A page in its frame: filled, and scrolled only where there is too little room."""

import pytest
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.page_frame import framed

pytestmark = pytest.mark.gui


def test_a_page_scrolls_only_where_its_window_is_too_low_for_it(qtbot):
    page, text, part = QWidget(), QLabel("words " * 80), QPushButton("x")
    text.setWordWrap(True)  # Qt would give such a page the height that it would like
    part.setMinimumHeight(200)
    layout = QVBoxLayout(page)
    layout.addWidget(text)
    layout.addWidget(part, 1)
    frame = framed(page)
    qtbot.addWidget(frame)
    frame.resize(400, 600)
    frame.show()
    bar = frame.verticalScrollBar()

    def fills() -> bool:
        return page.height() == frame.viewport().height() and bar.maximum() == 0

    qtbot.waitUntil(fills)
    part.setMinimumHeight(900)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert page.height() >= 900
    part.setMinimumHeight(300)
    qtbot.waitUntil(fills)
    frame.resize(400, 200)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert framed(frame) is frame, "what scrolls by itself needs no frame"
