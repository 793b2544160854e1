"""Small painted parts: a key as it looks on the keyboard, a class with its counts."""

from typing import Any

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from qtpy.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from napari_dinobloom.gui.views.elided import cut_name

LINE_PX = 28
CHIP_PX, BAR_PX, GAP = 14, 3, 8


def key_title(key: str) -> str:
    """What stands on the key."""
    signs = {"space": "Space", "enter": "Enter", "delete": "Del"}
    return signs.get(key) or "+".join(part.capitalize() for part in key.split("+"))


def key_width(key: str, font: QFont) -> int:
    """How wide a painted key is, in pixels."""
    return max(20, QFontMetrics(font).horizontalAdvance(key_title(key)) + 10)


def paint_key(painter: QPainter, box: QRectF, key: str, text: QColor) -> None:
    """Draw a key into a box."""
    line = faint(text, 110)
    painter.setPen(QPen(line, 1))
    painter.setBrush(faint(text, 22))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(text)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key_title(key))


def faint(colour: QColor, alpha: int) -> QColor:
    """The colour, let through by so much of 255."""
    lighter = QColor(colour)
    lighter.setAlpha(alpha)
    return lighter


def text_colour(widget: QWidget) -> QColor:
    """In which colour the widget's text is written under this theme."""
    colour: QColor = widget.palette().color(widget.foregroundRole())
    return colour


class KeyCap(QWidget):
    """A key as it looks on the keyboard."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self.setAccessibleName(key_title(key))
        policy = QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, policy)

    def sizeHint(self) -> QSize:
        """As wide as what stands on it."""
        return QSize(key_width(self._key, self.font()), 20)

    def paintEvent(self, _: Any) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_key(painter, QRectF(self.rect()), self._key, text_colour(self))


class Chip(QWidget):
    """The colour of a class."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = QColor(colour)
        self.setFixedSize(CHIP_PX, CHIP_PX)

    def paintEvent(self, _: Any) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(faint(text_colour(self), 90), 1))
        painter.setBrush(self._colour)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 3, 3)


class ClassButton(QAbstractButton):
    """One class: colour, name, how many, key. A click labels the cells in hand.

    ::

        ■ lymphocyte                 +340   12  [L]
        ▬▬▬▬▬▬▬▬▬▬▬▭▭▭▭▭▭▭▭▭▭▭▭▭▭▭▭▭
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.class_name = name
        self._colour, self._key = QColor(), ""
        self._labelled = self._predicted = 0
        self._most, self._mark = 1, ""
        # a click must not take the keyboard: Space would press the button again
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(150)

    def set_look(self, colour: str, key: str) -> None:
        """Colour and key."""
        self._colour, self._key = QColor(colour), key
        self.update()

    def set_counts(self, labelled: int, predicted: int, most: int) -> None:
        """How many have the label, how many more are predicted, and the longest bar."""
        counts = (labelled, predicted, max(most, 1))
        if counts == (self._labelled, self._predicted, self._most):
            return
        self._labelled, self._predicted, self._most = counts
        said = f"{labelled:,} labelled, {predicted:,} predicted"
        key = f" ({self._key.upper()})" if self._key else ""
        self.setToolTip(
            f"Label the cells in hand {self.class_name}{key}\n{said}\n"
            "Right-click: take them in hand, or change name, colour, key, place"
        )
        self.setAccessibleName(f"{self.class_name}{key}, {said}")
        self.update()

    def set_mark(self, mark: str) -> None:
        """The single cell in hand is "labelled" so, or "predicted", or neither: ""."""
        if mark != self._mark:
            self._mark = mark
            self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(210, LINE_PX)

    def paintEvent(self, _: Any) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = text_colour(self)
        self._paint_ground(painter, text)
        line = QRectF(self.rect()).adjusted(GAP, 0, -4, -BAR_PX)
        self._paint_chip(painter, line, text)
        right = self._paint_key_and_counts(painter, line, text)
        left = line.left() + CHIP_PX + GAP
        painter.setPen(text)
        name = cut_name(QFontMetrics(self.font()), self.class_name, right - left)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, line.top(), right - left, line.height()),
                         middle | Qt.AlignmentFlag.AlignLeft, name)  # fmt: skip
        self._paint_bar(painter, text)

    def _paint_ground(self, painter: QPainter, text: QColor) -> None:
        alpha = 60 if self.isDown() else 28 if self.underMouse() else 0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint(text, alpha))
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, 4, 4)
        if self._mark:
            painter.setBrush(faint(self._colour, 70 if self._mark == "labelled" else 0))
            dashed = Qt.PenStyle.DashLine
            solid = Qt.PenStyle.SolidLine
            style = solid if self._mark == "labelled" else dashed
            painter.setPen(QPen(self._colour, 1.5, style))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -BAR_PX - 1), 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(text, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_chip(self, painter: QPainter, line: QRectF, text: QColor) -> None:
        top = line.center().y() - CHIP_PX / 2
        painter.setPen(QPen(faint(text, 90), 1))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(QRectF(line.left(), top, CHIP_PX, CHIP_PX), 3, 3)

    def _paint_key_and_counts(
        self, painter: QPainter, line: QRectF, text: QColor
    ) -> float:
        """Draw them from the right; return where they begin."""
        right, measure = line.right(), QFontMetrics(self.font())
        width = key_width(self._key or "W", self.font())
        if self._key:
            box = QRectF(right - width, line.center().y() - 10, width, 20)
            paint_key(painter, box, self._key, text)
        right -= width + GAP
        for number, form, alpha in (
            (self._labelled, "{:,}", 255),
            (self._predicted, "+{:,}", 150),
        ):
            shown = form.format(number) if number else ""
            wide = max(measure.horizontalAdvance(shown), 26)
            painter.setPen(faint(text, alpha))
            painter.drawText(
                QRectF(right - wide, line.top(), wide, line.height()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                shown,
            )
            right -= wide + GAP
        return right

    def _paint_bar(self, painter: QPainter, text: QColor) -> None:
        if not self._labelled + self._predicted:
            return
        whole = self.width() - GAP - 4
        top = self.height() - BAR_PX
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint(text, 20))
        painter.drawRect(QRectF(GAP, top, whole, BAR_PX))
        labelled = whole * self._labelled / self._most
        painter.setBrush(self._colour)
        painter.drawRect(QRectF(GAP, top, labelled, BAR_PX))
        painter.setBrush(faint(self._colour, 110))
        predicted = whole * self._predicted / self._most
        painter.drawRect(QRectF(GAP + labelled, top, predicted, BAR_PX))


class ActionButton(QAbstractButton):
    """What can be said about cells besides a class, with the key that says it."""

    def __init__(self, title: str, key: str) -> None:
        super().__init__()
        self._key = key
        self.setText(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for both."""
        title = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(title + key_width(self._key, self.font()) + 20, 30)

    def minimumSizeHint(self) -> QSize:
        """Never less."""
        return QSize(self.sizeHint().width() - 8, 30)

    def paintEvent(self, _: Any) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = text_colour(self)
        alpha = 80 if self.isDown() else 55 if self.underMouse() else 30
        box = QRectF(self.rect())
        painter.setPen(QPen(text, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(faint(text, alpha))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        measure = QFontMetrics(self.font())
        title = measure.horizontalAdvance(self.text())
        key = key_width(self._key, self.font())
        left = max(4.0, (box.width() - title - 6 - key) / 2)
        painter.setPen(text)
        painter.drawText(
            QRectF(left, 0, title + 2, box.height()),
            Qt.AlignmentFlag.AlignVCenter,
            self.text(),
        )
        cap = QRectF(left + title + 6, box.center().y() - 10, key, 20)
        paint_key(painter, cap, self._key, text)
