"""The keys that label, wherever the cells were chosen: canvas, pages, windows."""

from collections.abc import Callable
from functools import partial
from string import ascii_lowercase, digits
from typing import Any, Protocol

from napari.layers import Image
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent, QKeySequence
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QShortcut,
    QTextEdit,
    QWidget,
)

from napari_dinobloom.gui.presenters.labels.labeller import Labeller

HELP = "?"
REPEATED = frozenset("np")
"""Keys that may be held down; a label is given once per press."""
PLAIN = frozenset(ascii_lowercase + digits)
"""Keys that a class may have."""


def _code(key: Qt.Key) -> int:
    """The number by which events name a key: PyQt6 does not compare it with the key."""
    return int(getattr(key, "value", key))


_Z, _Y = _code(Qt.Key.Key_Z), _code(Qt.Key.Key_Y)
_NAMED = {
    _code(Qt.Key.Key_Space): "space",
    _code(Qt.Key.Key_Return): "enter",
    _code(Qt.Key.Key_Enter): "enter",
    _code(Qt.Key.Key_Backspace): "backspace",
    _code(Qt.Key.Key_Delete): "delete",
}
_TYPED_IN = (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit, QComboBox, QMenu)
_PRESSED_BY_KEY = ("space", "enter")
_Undo = Callable[[], None]


class CellsInView(Protocol):
    """What the keys ask of the smear on the canvas."""

    def show_cell(self, cell_id: int) -> None:
        """Bring a cell into view."""
        ...

    def awaits(self, cell_id: int | None) -> bool:
        """Whether the field of this cell is being read and not seen yet."""
        ...


class LabelKeys:
    """Hands key presses to the labeller.

    On the canvas they are bound for as long as a study is open: to the viewer, and to
    layers nobody can draw in, whose own keys would come first. Where somebody draws in
    the active layer, its keys stay what napari says. On pages an event filter takes
    them before lists search for letters; where text is typed they stay text.

    Parameters
    ----------
    viewer
        The napari viewer.
    labeller
        What acts on them.
    field
        Brings a cell into view in its smear: after a key on the canvas the next cell
        must be seen before it is labelled.
    """

    def __init__(self, viewer: Any, labeller: Labeller, field: CellsInView) -> None:
        self._viewer, self._labeller, self._field = viewer, labeller, field
        self._bound: dict[int, list[_Undo]] = {}
        self._filter = _KeyFilter(labeller)
        labeller.keys_changed.connect(self.bind)
        viewer.layers.events.inserted.connect(self._layer_came)
        viewer.layers.events.removed.connect(self._layer_went)
        for layer in viewer.layers:
            layer.events.editable.connect(self._layer_changed)
        self.bind()

    def install(self, widget: QWidget) -> None:
        """Let the keys work on a page, whatever of it has the focus."""
        self._filter.watch(widget)

    def release(self) -> None:
        """Give all keys back."""
        self._labeller.keys_changed.disconnect(self.bind)
        self._viewer.layers.events.inserted.disconnect(self._layer_came)
        self._viewer.layers.events.removed.disconnect(self._layer_went)
        for layer in self._viewer.layers:
            layer.events.editable.disconnect(self._layer_changed)
        self._unbind()
        self._filter.stop()

    # -- the canvas ----------------------------------------------------------------

    def bind(self) -> None:
        """Bind on the canvas exactly the keys that mean something now."""
        self._unbind()
        if not self._labeller.keys:
            return
        for holder in (self._viewer, *self._viewer.layers):
            self._bind_to(holder)

    def _bind_to(self, holder: Any) -> None:
        if holder is not self._viewer and _is_drawn_in(holder):
            return
        keys = sorted(self._labeller.keys - {HELP})  # napari knows no key "?"
        undos = [self._bind_key(holder, key, self._pressed) for key in keys]
        if holder is self._viewer:  # behind what the chosen layer does at a key
            free = sorted(self._free_keys())
            undos += [self._bind_key(holder, key, self._pressed_free) for key in free]
        self._bound[id(holder)] = undos

    def _free_keys(self) -> frozenset[str]:
        """Letters and digits of no class and of no command of the viewer."""
        taken = (*self._viewer.keymap, *self._viewer.class_keymap)
        return PLAIN - self._labeller.keys - {str(key).lower() for key in taken}

    def _bind_key(self, holder: Any, key: str, act: Callable[[str], None]) -> _Undo:
        name = "-".join(part.capitalize() for part in key.split("+"))
        name = name.replace("Ctrl", "Control")
        before = holder.bind_key(name, None)

        def press(_: Any) -> None:  # napari asks for a name, which a partial lacks
            act(key)

        holder.bind_key(name, press, overwrite=True)
        return partial(holder.bind_key, name, before, overwrite=True)

    def _unbind(self) -> None:
        for undos in self._bound.values():
            for undo in undos:
                undo()
        self._bound.clear()

    def _layer_came(self, event: Any) -> None:
        event.value.events.editable.connect(self._layer_changed)
        self._bind_again(event.value)

    def _layer_went(self, event: Any) -> None:
        event.value.events.editable.disconnect(self._layer_changed)
        self._bound.pop(id(event.value), None)

    def _layer_changed(self, event: Any) -> None:
        self._bind_again(event.source)

    def _bind_again(self, layer: Any) -> None:
        for undo in self._bound.pop(id(layer), []):
            undo()
        if self._labeller.keys:
            self._bind_to(layer)

    def _pressed(self, key: str) -> None:
        active = self._viewer.layers.selection.active
        if active is not None and _is_drawn_in(active):
            self._labeller.said.emit(
                f"The keys belong to the layer {active.name} while it is chosen. "
                "Choose the smear in the list of layers to label by key."
            )
            return
        came = self._labeller.key_in_smear(key, self._field.awaits)
        if came is not None:
            self._field.show_cell(came)

    def _pressed_free(self, key: str) -> None:
        """Let the labeller say that a key is of no class, unless somebody draws."""
        active = self._viewer.layers.selection.active
        if active is None or not _is_drawn_in(active):
            self._labeller.key(key)


def _is_drawn_in(layer: Any) -> bool:
    """Whether a person may be painting or placing points there."""
    return bool(layer.editable) and not isinstance(layer, Image)


class _KeyFilter(QObject):  # type: ignore[misc] # qtpy has no types
    """Sees every key before the widgets of the watched pages do."""

    def __init__(self, labeller: Labeller) -> None:
        super().__init__()
        self._labeller: Labeller | None = labeller
        self._pages: list[QWidget] = []
        self._helped: set[QWidget] = set()

    def watch(self, page: QWidget) -> None:
        """Watch a page and all that is or comes into it."""
        self._pages.append(page)
        for widget in (page, *page.findChildren(QWidget)):
            widget.installEventFilter(self)
        if page.isVisible():
            self._help_in(page.window())

    def stop(self) -> None:
        """See nothing any more."""
        self._labeller = None
        self._pages.clear()
        self._helped.clear()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take keys that mean something; leave everything else."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress or kind == QEvent.Type.ShortcutOverride:
            return self._key(watched, event)
        if kind == QEvent.Type.ChildPolished or kind == QEvent.Type.ChildAdded:
            child = event.child()
            if isinstance(child, QWidget):
                for widget in (child, *child.findChildren(QWidget)):
                    widget.installEventFilter(self)
        elif kind == QEvent.Type.Show and watched in self._pages:
            self._help_in(watched.window())
        return False

    def _key(self, watched: QObject, event: QKeyEvent) -> bool:
        labeller = self._labeller
        key = key_of(event)
        if labeller is None or not key:
            return False
        if not isinstance(watched, QWidget) or _needs(watched, key):
            return False
        if not labeller.knows(key):
            return self._left_over(watched, event, key)
        event.accept()
        if event.type() == QEvent.Type.KeyPress and (
            not event.isAutoRepeat() or key in REPEATED
        ):
            labeller.key(key)
        return True

    def _left_over(self, watched: QWidget, event: QKeyEvent, key: str) -> bool:
        """Say that a key is of no class once no widget of the page had a use for it.

        A press that nobody takes comes up to the page; one that the map or a list
        takes does not.
        """
        is_press = event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat()
        if is_press and key in PLAIN and watched in self._pages and self._labeller:
            self._labeller.key(key)
            return True  # else a page round this one would say it again
        return False

    def _help_in(self, window: QWidget) -> None:
        """`?` shows the keys in the whole window, over the canvas too.

        Only in a window that is on the screen: before, a page is its own, and two
        shortcuts of one window silence each other.
        """
        if window in self._helped or self._labeller is None:
            return
        self._helped.add(window)
        window.destroyed.connect(partial(self._helped.discard, window))
        shortcut = QShortcut(QKeySequence(HELP), window)
        shortcut.activated.connect(self._help)

    def _help(self) -> None:
        if self._labeller is not None:
            self._labeller.key(HELP)


def key_of(event: QKeyEvent) -> str:
    """What the labeller calls a key press; "" for those it can know nothing about."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers == Qt.KeyboardModifier.NoModifier:
        return _NAMED.get(event.key(), "") or _printed(event)
    if modifiers == Qt.KeyboardModifier.ControlModifier:
        return {_Z: "ctrl+z", _Y: "ctrl+y"}.get(event.key(), "")
    if modifiers == Qt.KeyboardModifier.ShiftModifier:
        return HELP if event.text() == HELP else ""
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    return "ctrl+shift+z" if modifiers == both and event.key() == _Z else ""


def _printed(event: QKeyEvent) -> str:
    text = event.text().lower()
    return text if len(text) == 1 and text.isprintable() else ""


def _needs(widget: QWidget, key: str) -> bool:
    """Whether a widget has a use of its own for a key."""
    focused = QApplication.focusWidget() or widget
    if isinstance(focused, _TYPED_IN) or isinstance(widget, _TYPED_IN):
        return True
    if isinstance(widget, QAbstractItemView):
        return key == "space" and _can_be_ticked(widget)
    return isinstance(widget, QAbstractButton) and key in _PRESSED_BY_KEY


def _can_be_ticked(view: QAbstractItemView) -> bool:
    index = view.currentIndex()
    return index.isValid() and bool(index.flags() & Qt.ItemFlag.ItemIsUserCheckable)
