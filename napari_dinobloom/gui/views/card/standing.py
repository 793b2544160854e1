"""Label and prediction of a cell: chips, words, and bars of the likeliest classes."""

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.style import SPACE, QuietLabel, readable_on

BAR_PX = 20


class Chip(QLabel):
    """A class in its colour."""

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Fixed)

    def show_class(self, name: str, colour: str, none: str) -> None:
        """Show a class, or a word where there is none."""
        self.setText(name or none)
        if name:
            text = readable_on(colour)
            look = f"background: {colour}; color: {text}; font-weight: bold;"
        else:
            look = "border: 1px dashed #888888;"
        self.setStyleSheet(f"QLabel {{ {look} border-radius: 4px; padding: 2px 8px; }}")


class ShareBar(QWidget):
    """One class with its share, as a bar with words."""

    def __init__(self, share) -> None:
        super().__init__()
        self._share = share
        self.setFixedHeight(BAR_PX)
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self.setAccessibleName(f"{share.name}: {share.text}")
        self.setToolTip(f"{share.name}: {share.share:.0%} ({share.text})")

    def sizeHint(self) -> QSize:
        """Narrow docks are fine."""
        return QSize(160, BAR_PX)

    def paintEvent(self, _) -> None:
        """Draw the name, the bar and how much it is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().windowText().color()
        names = min(150, self.width() // 3)
        said = painter.fontMetrics().horizontalAdvance("20 of 20 ") + 4
        track = QRectF(names + 6, 6, self.width() - names - said - 12, BAR_PX - 12)
        ground = QColor(text)
        ground.setAlpha(40)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(track, 3, 3)
        filled = QRectF(track)
        filled.setWidth(max(2.0, track.width() * self._share.share))
        painter.setBrush(QColor(self._share.colour))
        painter.drawRoundedRect(filled, 3, 3)
        painter.setPen(text)
        middle = Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(
            self._share.name, Qt.TextElideMode.ElideRight, names
        )
        painter.drawText(QRectF(0, 0, names, BAR_PX), int(middle), name)
        right = int(middle | Qt.AlignmentFlag.AlignRight)
        place = QRectF(self.width() - said, 0, said, BAR_PX)
        painter.drawText(place, right, self._share.text)


class StandingPanel(QWidget):
    """What a person said, what is predicted, and whether both agree."""

    def __init__(self) -> None:
        super().__init__()
        self.label, self.predicted = Chip(), Chip()
        self.label_said, self.predicted_said = QuietLabel(), QuietLabel()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(2, 1)
        rows = (
            ("Label", self.label, self.label_said),
            ("Prediction", self.predicted, self.predicted_said),
        )
        for row, (title, chip, said) in enumerate(rows):
            grid.addWidget(QuietLabel(title), row, 0)
            grid.addWidget(chip, row, 1)
            grid.addWidget(said, row, 2)
            grid.itemAtPosition(row, 0).widget().setWordWrap(False)
        self.verdict = QuietLabel(name="verdict")
        self._bars = QVBoxLayout()
        self._bars.setContentsMargins(SPACE, 0, 0, 0)
        self._bars.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(grid)
        layout.addWidget(self.verdict)
        layout.addLayout(self._bars)
        self._shares = ()

    def show_standing(self, standing) -> None:
        """Show it."""
        self.label.show_class(standing.label, standing.label_colour, "none")
        self.label_said.setText(standing.label_said)
        chip = standing.predicted, standing.predicted_colour
        self.predicted.show_class(*chip, "none")
        self.predicted_said.setText(standing.predicted_said)
        mark = {True: "✓ ", False: "≠ ", None: ""}[standing.agree]
        self.verdict.setText(mark + standing.verdict)
        self.verdict.setObjectName("problem" if standing.agree is False else "verdict")
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)
        self.verdict.setVisible(bool(standing.verdict))
        if standing.shares != self._shares:
            self._shares = standing.shares
            self._show_bars()

    def _show_bars(self) -> None:
        while self._bars.count():
            widget = self._bars.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        for share in self._shares:
            self._bars.addWidget(ShareBar(share))
