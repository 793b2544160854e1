"""What keys do in the gallery."""

from qtpy.QtCore import Qt

Key = Qt.Key
WAYS = {
    Key.Key_Left: "left",
    Key.Key_Right: "right",
    Key.Key_Up: "up",
    Key.Key_Down: "down",
    Key.Key_Home: "home",
    Key.Key_End: "end",
    Key.Key_PageUp: "page up",
    Key.Key_PageDown: "page down",
}
ENTER = (Key.Key_Return, Key.Key_Enter)
LARGER, SMALLER = (Key.Key_Plus, Key.Key_Equal), (Key.Key_Minus, Key.Key_Underscore)
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def is_ours(event) -> bool:
    """Whether a key belongs to the gallery while it has the focus.

    Letters do not: they may be the keys of classes.
    """
    key, held = event.key(), event.modifiers()
    if held & ALT:
        return False
    if held & CTRL:
        return key in WAYS or key in (*ENTER, Key.Key_A, Key.Key_Space)
    return key in WAYS or key in (*ENTER, Key.Key_Space, Key.Key_F5)


def act_on_key(view, event) -> bool:
    """Do what a key says; False if it says nothing to the gallery."""
    key, held = event.key(), event.modifiers()
    if key in WAYS:
        _move(view, WAYS[key], bool(held & SHIFT), bool(held & CTRL))
    elif key == Key.Key_A and held & CTRL:
        view.all_wished.emit()
    elif key == Key.Key_Space and held & CTRL:
        view.cell_picked.emit(view.current, "toggle")
    elif key == Key.Key_Space and not held & ALT:  # with Shift where it accepts
        view.toggle_enlarged()
    elif key in ENTER and not held & ALT:  # with Shift or Ctrl likewise
        view.cell_opened.emit(view.current)
    elif key == Key.Key_Escape and view.is_enlarged:
        view.toggle_enlarged()
    elif key == Key.Key_Escape:
        view.none_wished.emit()
    elif key in LARGER or key in SMALLER:
        view.zoom(1 if key in LARGER else -1)
    elif key == Key.Key_F5:
        view.retry_wished.emit()
        view.again_wished.emit()
    elif event.text() and not held & (CTRL | ALT):
        view.typed.emit(event.text())
    else:
        return False
    return True


def _move(view, way: str, extends: bool, only_looks: bool) -> None:
    if way in ("home", "end"):
        only_looks = False
    index = view.grid.beside(view.current, way, view.rows_per_page)
    if index < 0:
        return
    if extends:
        view.cell_picked.emit(index, "range")
    elif only_looks:
        view.cell_moved_to.emit(index)
    else:
        view.cell_picked.emit(index, "one")
