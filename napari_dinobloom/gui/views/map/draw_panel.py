"""What a map is drawn from, and how: the form behind "Draw"."""

from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.views.map.strip import MapStrip
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section, narrow
from napari_dinobloom.study import KIND_NAMES

PLURALS = {"wbc": "White cells", "rbc": "Red cells", "platelet": "Platelets"}
METRICS = (
    ("euclidean", "distance"),
    ("cosine", "direction"),
)


class MapDrawPanel(QWidget):
    """Implements `DrawView`; its `strip` lies elsewhere on the page.

    Parameters
    ----------
    make_options
        Builds what ``draw_wished`` carries.
    """

    draw_wished = Signal(object)
    place_wished = Signal()
    cancel_wished = Signal()
    closed = Signal()
    readiness_changed = Signal(bool, str)
    """Whether a map can be drawn now, and why not."""

    def __init__(self, make_options: Callable[..., Any]) -> None:
        super().__init__()
        self._make = make_options
        self.strip = MapStrip()
        self.strip.cancel_wished.connect(self.cancel_wished)
        self.strip.place_wished.connect(self.place_wished)
        self.encoder, self.metric = QComboBox(), QComboBox()
        self.neighbours, self.seed = QSpinBox(), QSpinBox()
        self.distance = QDoubleSpinBox()
        self.kinds: dict[str, QCheckBox] = {}
        self._kinds = QGridLayout()
        self.draw_button = QPushButton("Draw the map")
        self.draw_button.setObjectName("primary")
        self.back_button = QPushButton("Back")
        self._why_not = QuietLabel()
        self._is_ready = False
        self._prepare()
        self._lay_out()

    def _prepare(self) -> None:
        for box in (self.encoder, self.metric, self.neighbours, self.distance):
            narrow(box)
        narrow(self.seed)
        for name, title in METRICS:
            self.metric.addItem(title, name)
        self.neighbours.setRange(2, 200)
        self.neighbours.setToolTip(
            "To how many cells each one is compared. Small (5): fine detail, many "
            "islands.\nLarge (50): broad shape. 15 suits most studies."
        )
        self.distance.setRange(0.0, 1.0)
        self.distance.setSingleStep(0.05)
        self.distance.setToolTip(
            "How close alike cells may lie. 0: tight clumps that are easy to lasso.\n"
            "0.5: loose clouds in which single cells can be clicked."
        )
        self.metric.setToolTip(
            "What makes two cells alike. Distance: all features count as they are.\n"
            "Direction: only their proportions count (usual for networks)."
        )
        self.seed.setRange(0, 999_999)
        self.seed.setToolTip(
            "Chance decides how the map is turned and where groups come to lie.\n"
            "The same number gives the same map again."
        )
        self.draw_button.clicked.connect(self._draw)
        self.back_button.clicked.connect(self.closed)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("Features of", self.encoder)
        form.addRow("Neighbours", self.neighbours)
        form.addRow("Least distance", self.distance)
        form.addRow("Alike by", self.metric)
        form.addRow("Seed", self.seed)
        self._kinds.setSpacing(SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("Draw the map"))
        layout.addWidget(
            QuietLabel(
                "Cells that look alike will lie close together. Principal components "
                "are shown at once; UMAP takes their place when it is done. The first "
                "UMAP after installing compiles for about half a minute."
            )
        )
        layout.addWidget(QuietLabel("Which cells", ""))
        layout.addLayout(self._kinds)
        layout.addLayout(form)
        layout.addWidget(self._why_not)
        buttons = QHBoxLayout()
        buttons.addWidget(self.draw_button, 1)
        buttons.addWidget(self.back_button)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self.setMaximumWidth(560)

    # -- DrawView ----------------------------------------------------------------

    def offer(
        self,
        encoders: Sequence[tuple[str, int]],
        kinds: Sequence[tuple[str, int]],
        options: Any,
    ) -> None:
        """Fill the form; what a person is filling in is left alone."""
        if self.isVisible() and self.encoder.count() == len(encoders):
            return
        self.encoder.clear()
        for name, n in encoders:
            self.encoder.addItem(f"{name} ({counted(n, 'cell')})", name)
        self.encoder.setCurrentIndex(max(self.encoder.findData(options.encoder), 0))
        self.neighbours.setValue(options.n_neighbours)
        self.distance.setValue(options.min_distance)
        self.metric.setCurrentIndex(self.metric.findData(options.metric))
        self.seed.setValue(options.seed)
        self._offer_kinds(kinds, options.kinds)

    def set_ready(self, ready: bool, why_not: str) -> None:
        """Whether a map can be drawn now."""
        self._is_ready, self._reason = ready, why_not
        self._check()
        for button in (self.strip.place, self.strip.again):
            button.setEnabled(ready)
        self.readiness_changed.emit(ready, why_not)

    def show_news(self, text: str, n_new: int) -> None:
        """In what the map is out of date."""
        self.strip.show_news(text, n_new)

    def show_running(self, title: str) -> None:
        """A step has begun."""
        self.strip.show_running(title)

    def show_progress(self, done: int, total: int, message: str) -> None:
        """How far it is."""
        self.strip.show_progress(done, total, message)

    def show_idle(self, message: str) -> None:
        """Nothing is drawn."""
        self.strip.show_idle(message)

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self.strip.show_error(what, remedy)

    # -- parts -------------------------------------------------------------------

    def _offer_kinds(
        self, kinds: Sequence[tuple[str, int]], chosen: Sequence[str]
    ) -> None:
        while self._kinds.count():
            self._kinds.takeAt(0).widget().deleteLater()
        self.kinds = {}
        for index, (kind, n) in enumerate(kinds):
            title = PLURALS.get(kind, KIND_NAMES[kind].capitalize())
            box = QCheckBox(f"{title} ({n:,})")
            box.setChecked(kind in chosen)
            box.toggled.connect(self._check)
            self.kinds[kind] = box
            self._kinds.addWidget(box, index // 2, index % 2)
        self._check()

    def _check(self) -> None:
        chosen = any(box.isChecked() for box in self.kinds.values())
        why_not = self._reason if not self._is_ready else ""
        if not why_not and self.kinds and not chosen:
            why_not = "Choose at least one kind of cell."
        self.draw_button.setEnabled(not why_not)
        self._why_not.setText(why_not)
        self._why_not.setVisible(bool(why_not))

    _reason = ""

    def _draw(self) -> None:
        self.draw_wished.emit(
            self._make(
                encoder=self.encoder.currentData(),
                kinds=tuple(k for k, box in self.kinds.items() if box.isChecked()),
                n_neighbours=self.neighbours.value(),
                min_distance=round(self.distance.value(), 3),
                metric=self.metric.currentData(),
                seed=self.seed.value(),
            )
        )
        self.closed.emit()
