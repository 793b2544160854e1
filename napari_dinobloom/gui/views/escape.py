"""Escape in a field or a popup is about that one, not about the cells in hand."""

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QShortcut,
    QTextEdit,
    QWidget,
)

_FIELDS = (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit)


class PopupSearch(QLineEdit):
    """A search field in a popup: Escape empties it before it closes the popup."""

    def keyPressEvent(self, event) -> None:
        """Keep the key where there is something to empty."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            event.accept()
        else:
            super().keyPressEvent(event)


def on_escape(host: QWidget, put_away: Callable[[], None]) -> QShortcut:
    """Call ``put_away`` at Escape in a widget, unless a field has the keyboard.

    A field with a text is emptied, any other one left. Only Escape after that means the
    cells in hand. Popups take the key for themselves.
    """

    def escape() -> None:
        if not (_emptied() or _left_field(host)):
            put_away()

    shortcut = QShortcut(QKeySequence("Esc"), host)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(escape)
    return shortcut


def _emptied() -> bool:
    """Empty the search field that has the keyboard."""
    field = QApplication.focusWidget()
    if not isinstance(field, QLineEdit) or field.isReadOnly() or not field.text():
        return False
    field.clear()
    return True


def _left_field(host: QWidget) -> bool:
    """Take the keyboard from a field; the widget round it has it then."""
    is_typed_in = field_has_keyboard()
    if is_typed_in:
        host.setFocus()
    return is_typed_in


def field_has_keyboard() -> bool:
    """Whether somebody types a text or a number."""
    field = QApplication.focusWidget()
    return isinstance(field, _FIELDS) or (
        isinstance(field, QComboBox) and field.isEditable()
    )
