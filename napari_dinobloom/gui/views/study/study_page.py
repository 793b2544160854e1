"""The Study page: everything about one study, from pictures to cells."""

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QElapsedTimer, QEvent, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QFrame,
    QScrollArea,
    QShortcut,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.smear.field_panel import FieldPanel
from napari_dinobloom.gui.views.study.empty_state import EmptyState
from napari_dinobloom.gui.views.study.run_panel import RunPanel
from napari_dinobloom.gui.views.study.slide_list import SlideList
from napari_dinobloom.gui.views.study.study_header import StudyHeader
from napari_dinobloom.gui.views.style import SPACE

SETTLED_MS, OPENING_MS = 30, 4000
"""Texts that wrap have their height a moment after they are shown, or two."""


class StudyPage(QScrollArea):
    """Header, and below it either what to do first or the open study.

    Parameters
    ----------
    make_addition, make_options
        Build what the views announce, so that they need not know it.
    """

    def __init__(
        self,
        make_addition: Callable[..., object],
        make_options: Callable[..., object],
    ) -> None:
        super().__init__()
        self.header = StudyHeader()
        self.empty = EmptyState()
        self.slides = SlideList(make_addition)
        self.run = RunPanel(make_options)
        self.field = FieldPanel()
        self._part: QWidget | None = None
        self._since = QElapsedTimer()
        self._scroll_soon = QTimer(self)
        self._scroll_soon.setSingleShot(True)
        self._scroll_soon.setInterval(SETTLED_MS)
        self._scroll_soon.timeout.connect(self._scroll)
        self._lay_out()
        self._connect()
        self.setAcceptDrops(True)

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        opened = QWidget()
        column = QVBoxLayout(opened)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.slides, 1)
        for part in (self.run, self.field):
            rule = QFrame()
            rule.setObjectName("rule")
            column.addWidget(rule)
            column.addWidget(part)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(opened)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(SPACE)
        layout.addWidget(self.slides.message)
        layout.addWidget(self.slides.add_panel)
        layout.addWidget(self.slides.masks_panel)
        layout.addWidget(self._stack, 1)
        self.setWidget(page)

    def _connect(self) -> None:
        header, empty = self.header, self.empty
        header.study_shown.connect(self._show_study)
        empty.pictures_wished.connect(self.slides.ask_pictures)
        empty.folder_wished.connect(self.slides.ask_folder)
        empty.open_wished.connect(header.ask_open)
        empty.recent_wished.connect(header.open_wished)
        for key, by in ((",", -1), (".", 1)):  # as over the canvas
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=by: self.field.step_wished.emit(by))

    def bring_into_sight(self, part: QWidget) -> None:
        """Scroll to a part of the page, once what was opened in it has its place."""
        if self._part is not None:
            self._part.removeEventFilter(self)
        self._part = part
        part.installEventFilter(self)
        self._since.start()
        self._scroll_soon.start()

    def eventFilter(self, watched, event) -> bool:
        """Scroll again where the page or the part has found its place only now."""
        moved = event.type() in (QEvent.Type.Resize, QEvent.Type.Move)
        about = watched in (self.widget(), self._part)
        is_opening = self._part is not None and self._since.elapsed() < OPENING_MS
        if moved and about and is_opening:
            self._scroll_soon.start()
        return super().eventFilter(watched, event)

    def _scroll(self) -> None:
        if self._part is not None:
            self.widget().layout().activate()
            self.ensureWidgetVisible(self._part, 0, SPACE)

    def _show_study(self, is_open: bool) -> None:
        self._stack.setCurrentIndex(int(is_open))
        if not is_open:
            self.empty.set_recent(self.header.recent)

    # -- drag and drop -----------------------------------------------------------

    def take(self, paths: list[Path]) -> None:
        """Open a dropped study, or ask about dropped pictures."""
        studies = [p for p in paths if p.suffix == ".study" and p.is_dir()]
        if studies:
            self.header.open_wished.emit(studies[0])
        else:
            # what was asked about before is given up
            self.slides.add_panel.hide()
            self.slides.masks_panel.hide()
            self.slides.offered.emit(paths)

    def dragEnterEvent(self, event) -> None:
        """Welcome files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._highlight(True)

    def dragMoveEvent(self, event) -> None:
        """Welcome them all over the page."""
        event.acceptProposedAction()

    def dragLeaveEvent(self, event) -> None:
        """They went elsewhere."""
        self._highlight(False)

    def dropEvent(self, event) -> None:
        """Take what was dropped."""
        self._highlight(False)
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls()]
        self.take([path for path in paths if path.exists()])
        event.acceptProposedAction()

    def _highlight(self, over: bool) -> None:
        drop = self.empty.drop
        drop.setProperty("over", "true" if over else "false")
        drop.style().unpolish(drop)
        drop.style().polish(drop)
