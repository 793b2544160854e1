"""Sliders for how cells are found, with a preview; folded away until it is wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QLabeledDoubleSlider

from napari_dinobloom.gui.views.style import SPACE, QuietLabel, narrow

NO_RULER = (
    "Not used: the size of a pixel is not known, so red cells are measured in each "
    "picture. A metadata table with the column pixel_size_um tells it."
)


class HowPanel(QWidget):
    """Implements `HowView`; the run panel asks it what a run shall use."""

    moved = Signal()
    preview_wished = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._parameters: Sequence[Any] = ()
        self.sliders: dict[str, QLabeledDoubleSlider] = {}
        self._kept: dict[str, Any] = {}
        self._why_not: dict[str, QuietLabel] = {}
        self._has_ruler = True
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE // 2)
        self._none = QuietLabel("This method has no settings.")
        self.preview = QPushButton("Preview")
        self.preview.setCheckable(True)
        self.preview.setToolTip(
            "Outlines of what would be found in the part of the smear in view.\n"
            "Nothing is stored; the study stays as it is."
        )
        self.preview.clicked.connect(self.preview_wished)
        self.reset = QPushButton("Back to the defaults")
        self.reset.clicked.connect(self._reset)
        self.use = QCheckBox("Use for the next run")
        self.use.setToolTip("Off: the run goes by the defaults, as without this panel.")
        self.said = QuietLabel()
        self._lay_out()
        self.offer(())

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.preview, self.reset):
            buttons.addWidget(narrow(button), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(self._rows)
        layout.addWidget(self._none)
        layout.addLayout(buttons)
        layout.addWidget(self.said)
        layout.addWidget(self.use)
        self.said.hide()

    # -- HowView -----------------------------------------------------------------

    def offer(self, parameters: Sequence[Any]) -> None:
        """Show a slider for each, at its usual number."""
        while self._rows.count():
            row = self._rows.takeAt(0).widget()
            row.setParent(None)
            row.deleteLater()
        self._parameters = tuple(parameters)
        self._why_not = {}
        self.sliders = {p.name: self._slider(p) for p in self._parameters}
        self.show_ruler(self._has_ruler)
        self._none.setVisible(not self._parameters)
        for part in (self.reset, self.use):
            part.setVisible(bool(self._parameters))
        self._kept = {}
        self.use.setChecked(False)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Put sliders where they were; the others at their usual number."""
        for parameter in self._parameters:
            slider = self.sliders[parameter.name]
            slider.blockSignals(True)
            slider.setValue(float(values.get(parameter.name) or parameter.usual))
            slider.blockSignals(False)
        self._kept = {
            name: value for name, value in values.items() if name not in self.sliders
        }
        self.use.setChecked(bool(values))

    def values(self) -> dict[str, Any]:
        """What differs from the usual numbers, and what was said by other means."""
        moved = {
            p.name: round(self.sliders[p.name].value(), 3)
            for p in self._parameters
            if abs(self.sliders[p.name].value() - p.usual) > p.step / 2
            and self.sliders[p.name].isEnabled()
        }
        return {**self._kept, **moved}

    def show_ruler(self, pixels_have_a_size: bool) -> None:
        """Whether sliders that need the size of a pixel can be moved."""
        self._has_ruler = pixels_have_a_size
        for parameter in self._parameters:
            if parameter.needs_pixel_size:
                slider = self.sliders[parameter.name]
                slider.setEnabled(pixels_have_a_size)
                self._why_not[parameter.name].setVisible(not pixels_have_a_size)

    def set_previewing(self, on: bool) -> None:
        """Whether a preview is shown."""
        self.preview.setChecked(on)

    def show_said(self, text: str) -> None:
        """What was found in view, or why nothing is shown."""
        self.said.setText(text)
        self.said.setVisible(bool(text))

    # -- what a run uses -----------------------------------------------------------

    def for_a_run(self) -> dict[str, Any]:
        """What the next run is to use; {} for the defaults."""
        return self.values() if self.use.isChecked() else {}

    # -- inside --------------------------------------------------------------------

    def _slider(self, parameter: Any) -> QLabeledDoubleSlider:
        unit = f" ({parameter.unit})" if parameter.unit else ""
        title = QLabel(f"{parameter.title}{unit}")
        slider = QLabeledDoubleSlider(Qt.Orientation.Horizontal)
        decimals = 2 if parameter.step < 0.1 else 1
        slider.setDecimals(decimals)
        slider.setRange(parameter.low, parameter.high)
        slider.setSingleStep(parameter.step)
        slider.setValue(parameter.usual)
        slider.setAccessibleName(title.text())
        for part in (title, slider):
            part.setToolTip(_wrapped(parameter.about))
        slider.valueChanged.connect(self._moved)
        row = QWidget()
        inner = QVBoxLayout(row)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(title)
        inner.addWidget(narrow(slider))
        if parameter.needs_pixel_size:
            why_not = self._why_not[parameter.name] = QuietLabel(NO_RULER)
            inner.addWidget(why_not)
        self._rows.addWidget(row)
        return slider

    def _moved(self) -> None:
        self.use.setChecked(True)
        self.moved.emit()

    def _reset(self) -> None:
        self.set_values({})
        self.moved.emit()


def _wrapped(text: str) -> str:
    """A tooltip that Qt breaks into lines."""
    return f"<p>{text}</p>"
