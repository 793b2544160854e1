"""The menu that takes cells by what is known about them."""

from functools import partial
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QMenu, QWidget

from napari_dinobloom.gui.views.smear.field_legend import chip
from napari_dinobloom.study import KIND_NAMES

CLASS_GROUPS = {"labelled": "Labelled", "predicted": "Predicted"}
FACT_GROUPS = {
    "slide": "Of a slide",
    "patient": "Of a patient",
    "site": "Of a site",
    "scanner": "Of a scanner",
    "stain": "Of a stain",
}
SIMILAR_COUNTS = (10, 30, 100, 300)


class SelectionMenu(QMenu):
    """Built when it opens: it counts what each entry would take."""

    picked = Signal(str, int)
    kind_ticked = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: Any = None
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.build)

    def set_source(self, source: Any) -> None:
        """Whom to ask for entries."""
        self._source = source

    def build(self) -> None:
        """Read every entry anew."""
        self.clear()
        source = self._source
        if source is None:
            return
        for group, title in CLASS_GROUPS.items():
            self._add_submenu(group, title, source.choices(group))
        of = source.current_class()
        same = f"Class of this cell ({of})" if of else "Class of this cell"
        self._add_entry(self, same, "same", source.count("same") if of else 0)
        self.addSeparator()
        self._add_entry(self, "Marked unsure", "unsure", source.count("unsure"))
        differ = "Label and prediction differ"
        self._add_entry(self, differ, "differ", source.count("differ"))
        self._add_similar()
        self.addSeparator()
        self._add_entry(
            self, "Without a label", "unlabelled", source.count("unlabelled")
        )
        for group, title in FACT_GROUPS.items():
            choices = source.choices(group)
            if choices or group == "slide":
                self._add_submenu(group, title, choices)
        self._add_kinds()

    def _add_submenu(self, group: str, title: str, choices: list[Any]) -> None:
        menu = self.addMenu(title)
        menu.setStyleSheet("QMenu { menu-scrollable: 1; }")
        menu.setEnabled(bool(choices))
        for choice in choices:
            self._add_entry(
                menu, choice.name, group, choice.count, choice.code, choice.colour
            )

    def _add_entry(
        self,
        menu: QMenu,
        text: str,
        group: str,
        count: int,
        code: int = -1,
        colour: str = "",
    ) -> None:
        # an ampersand in a slide's name is not a key
        action = menu.addAction(f"{text}  ({count:,})".replace("&", "&&"))
        if colour:
            action.setIcon(QIcon(chip(colour, faint=group == "predicted")))
        action.setEnabled(count > 0)
        action.triggered.connect(partial(self._pick, group, code))

    def _add_similar(self) -> None:
        why_not = self._source.why_not_similar()
        menu = self.addMenu("Most like this cell")
        menu.menuAction().setToolTip(why_not or "Nearest by their features")
        menu.setEnabled(not why_not)
        for n in SIMILAR_COUNTS:
            action = menu.addAction(f"{n} cells")
            action.triggered.connect(partial(self._pick, "similar", n))

    def _add_kinds(self) -> None:
        menu = self.addMenu("Among which cells")
        for kind in self._source.kinds_here:
            action = menu.addAction(f"{KIND_NAMES[kind].capitalize()}s")
            action.setCheckable(True)
            action.setChecked(kind in self._source.kinds)
            action.toggled.connect(partial(self.kind_ticked.emit, kind))

    def _pick(self, group: str, code: int, *_: object) -> None:
        self.picked.emit(group, code)
