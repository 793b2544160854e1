"""Label and prediction of a cell: chips, words, and bars of the likeliest classes."""

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.elided import LEAST_PX, cut_name
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, readable_on

BAR_PX = 20
CHIP_FRAME_PX = 24
TITLED_PX = 200
"""Below this the chips need the room of their titles; the words tell them apart."""


class Chip(QLabel):
    """A class in its colour; a long name is cut in its middle."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum, policy.Fixed)

    @property
    def whole_text(self) -> str:
        """What it says where there is room."""
        return self._whole

    def show_class(self, name: str, colour: str, none: str) -> None:
        """Show a class, or a word where there is none."""
        self._whole = name or none
        self.setAccessibleName(self._whole)
        self.setToolTip(name)
        if name:
            text = readable_on(colour)
            look = f"background: {colour}; color: {text}; font-weight: bold;"
        else:
            look = "border: 1px dashed #888888;"
        self.setStyleSheet(f"QLabel {{ {look} border-radius: 4px; padding: 1px 8px; }}")
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Room for the whole name."""
        self.ensurePolished()  # in bold letters, or not
        wide = self.fontMetrics().horizontalAdvance(self._whole) + CHIP_FRAME_PX
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        least = min(LEAST_PX, self.sizeHint().width())
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event) -> None:
        """Cut the name anew."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.width() - CHIP_FRAME_PX
        self.setText(cut_name(self.fontMetrics(), self._whole, room))


class ShareBar(QWidget):
    """One class with its share, as a bar with words."""

    def __init__(self, share) -> None:
        super().__init__()
        self._share = share
        self.setFixedHeight(BAR_PX)
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self.setAccessibleName(f"{share.name}: {share.text}")
        self.setToolTip(
            f"{share.name}: {share.text}\nThe bar is its part of the vote, in which "
            "nearer cells may count more."
        )

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
        name = cut_name(painter.fontMetrics(), self._share.name, names)
        painter.drawText(QRectF(0, 0, names, BAR_PX), int(middle), name)
        right = int(middle | Qt.AlignmentFlag.AlignRight)
        place = QRectF(self.width() - said, 0, said, BAR_PX)
        painter.drawText(place, right, self._share.text)


class ShareBars(QWidget):
    """The likeliest classes, each with its part of the vote."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE, 0, 0, 0)
        self._column.setSpacing(0)
        self._shares = ()

    def show_shares(self, shares) -> None:
        """Show these, the largest first."""
        if shares == self._shares:
            return
        self._shares = shares
        while self._column.count():
            widget = self._column.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        for share in shares:
            self._column.addWidget(ShareBar(share))
        self.setVisible(bool(shares))


class StandingPanel(QWidget):
    """What a person said, what is predicted, and whether both agree."""

    def __init__(self) -> None:
        super().__init__()
        self.label, self.predicted = Chip(), Chip()
        self.label_said, self.predicted_said = QuietLabel(), QuietLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self._titles: list[QLabel] = []
        for title, chip, said in (
            ("Label", self.label, self.label_said),
            ("Prediction", self.predicted, self.predicted_said),
        ):
            line, name = QHBoxLayout(), QuietLabel(title)
            name.setWordWrap(False)
            name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            self._titles.append(name)
            line.setSpacing(SPACE)
            line.addWidget(name)
            line.addWidget(chip)
            line.addStretch(1)
            layout.addLayout(line)
            layout.addWidget(said)
        self.verdict = QuietLabel(name="verdict")
        layout.addWidget(self.verdict)

    def resizeEvent(self, event) -> None:
        """Name the chips where there is room."""
        super().resizeEvent(event)
        for title in self._titles:
            title.setVisible(event.size().width() >= TITLED_PX)

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
