"""Menus that change the scheme, and the small questions they ask."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog, QInputDialog, QMenu, QWidget

from napari_dinobloom.gui.views.labels.parts import key_title
from napari_dinobloom.study.presets import PRESETS

WHAT_GOES = (
    "Present classes without labels go. Those with labels stay below the new ones, "
    "but lose their key where a new class has it. No label changes; Ctrl+Z takes it "
    "back."
)
KEY_HINT = "One letter or digit; leave empty for none."


class SchemeMenus(QObject):
    """Fills menus and tells what was chosen in them."""

    scheme_wished = Signal(object)
    class_added = Signal(str)
    class_changed = Signal(str, str, object)
    class_removed = Signal(str)
    take_wished = Signal(str, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self._classes: list[Any] = []

    def set_classes(self, classes: Sequence[Any]) -> None:
        """The classes there are (name, colour, key, labelled, predicted)."""
        self._classes = list(classes)

    def fill_scheme(self, menu: QMenu) -> None:
        """Presets, a new class, and a menu for each class."""
        menu.clear()
        menu.addSection("Use the classes of")
        for offered in PRESETS:
            action = menu.addAction(offered.title.capitalize())
            action.setToolTip(f"{offered.line}\n\n{WHAT_GOES}")
            action.triggered.connect(
                lambda _=False, offered=offered: self.scheme_wished.emit(
                    offered.taxonomy
                )
            )
        menu.addSeparator()
        menu.addAction("Add a class…", self.ask_class)
        change = menu.addMenu("Change a class")
        change.setEnabled(bool(self._classes))
        for shown in self._classes:
            key = f"\t{key_title(shown.key)}" if shown.key else ""
            self.fill_class(change.addMenu(shown.name + key), shown.name)
        menu.setToolTipsVisible(True)

    def fill_class(self, menu: QMenu, name: str) -> None:
        """What can be done with one class."""
        shown = next((c for c in self._classes if c.name == name), None)
        if shown is None:
            return
        self._take(menu, f"Take the {shown.labelled:,} labelled in hand", shown, False)
        self._take(menu, f"Take the {shown.predicted:,} predicted in hand", shown, True)
        menu.addSeparator()
        menu.addAction("Colour…", lambda: self._ask_colour(shown))
        menu.addAction("Key…", lambda: self._ask_key(shown))
        menu.addAction("Name…", lambda: self._ask_name(shown))
        for title, by in (("Move up", -1), ("Move down", 1)):
            menu.addAction(
                title, lambda by=by: self.class_changed.emit(name, "move", by)
            )
        menu.addSeparator()
        remove = menu.addAction("Remove", lambda: self.class_removed.emit(name))
        remove.setEnabled(not shown.labelled)
        remove.setToolTip(
            "Only a class without labels can be removed" if shown.labelled else ""
        )
        menu.setToolTipsVisible(True)

    def ask_class(self) -> None:
        """Ask for the name of a new class."""
        name, ok = QInputDialog.getText(self._page, "Add a class", "Name")
        if ok and name.strip():
            self.class_added.emit(name.strip())

    def _take(self, menu: QMenu, title: str, shown: Any, predicted: bool) -> None:
        action = menu.addAction(
            title, lambda: self.take_wished.emit(shown.name, predicted)
        )
        action.setEnabled(bool(shown.predicted if predicted else shown.labelled))

    def _ask_colour(self, shown: Any) -> None:
        colour = QColorDialog.getColor(
            QColor(shown.colour), self._page, f"Colour of {shown.name}"
        )
        if colour.isValid():
            self.class_changed.emit(shown.name, "colour", colour.name().upper())

    def _ask_key(self, shown: Any) -> None:
        key, ok = QInputDialog.getText(
            self._page, f"Key of {shown.name}", KEY_HINT, text=shown.key
        )
        if ok:
            self.class_changed.emit(shown.name, "key", key.strip())

    def _ask_name(self, shown: Any) -> None:
        name, ok = QInputDialog.getText(
            self._page,
            f"Name of {shown.name}",
            "Its labels are renamed with it, as one step.",
            text=shown.name,
        )
        if ok and name.strip():
            self.class_changed.emit(shown.name, "name", name.strip())
