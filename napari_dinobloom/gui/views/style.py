"""The few rules that napari's own style sheet leaves to us."""

from collections.abc import Mapping

from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget

SPACE = 6
WIDE_SPACE = 12


def style_sheet(theme: Mapping[str, str]) -> str:
    """Rules for the dock in the colours of a napari theme (name to "#rrggbb")."""
    text, accent = theme["text"], theme["current"]
    on_accent = readable_on(accent)
    line, quiet = theme["secondary"], muted(text, theme["background"])
    return f"""
    QLabel#title {{ font-weight: bold; }}
    QLabel#section {{ font-weight: bold; padding-top: 6px; }}
    QLabel#quiet {{ color: {quiet}; }}
    QLabel#problem {{ color: {text}; border-left: 3px solid {theme["warning"]};
                      padding: 4px 8px; }}
    QFrame#rule {{ background: {line}; border: none; padding: 0px;
                   max-height: 1px; min-height: 1px; }}
    QTabWidget::pane {{ border: none; }}
    QTabWidget::tab-bar {{ left: 6px; }}
    QTabBar {{ background: transparent; qproperty-drawBase: 0; }}
    QTabBar::tab {{ background: {theme["background"]}; color: {text};
                    border: none; border-bottom: 2px solid transparent;
                    padding: 5px 10px; margin: 0px; }}
    QTabBar::tab:hover {{ border-bottom-color: {line}; }}
    QTabBar::tab:selected {{ border-bottom-color: {accent}; }}
    QTabBar::tab:focus {{ color: {text}; border: 1px solid {accent}; }}
    QFrame#drop {{ border: 2px dashed {line}; border-radius: 6px; }}
    QFrame#drop[over="true"] {{ border-color: {accent}; }}
    QFrame#card {{ border: 1px solid {line}; border-radius: 4px; }}
    QPushButton, QToolButton {{ padding: 4px 8px; border: 1px solid transparent; }}
    QToolButton[popupMode="2"] {{ padding-right: 18px; }}
    QToolButton::menu-indicator {{ subcontrol-origin: padding;
                                   subcontrol-position: right center; right: 5px;
                                   width: 8px; height: 8px; }}
    QPushButton#primary {{ background-color: {accent}; color: {on_accent};
                           font-weight: bold; }}
    QPushButton#primary:disabled {{ background-color: {theme["primary"]};
                                    color: {quiet}; }}
    QPushButton:focus, QToolButton:focus, QComboBox:focus, QCheckBox:focus,
    QRadioButton:focus, QTableView:focus, QListView:focus, QSlider:focus,
    QLineEdit:focus, QSpinBox:focus
        {{ border: 1px solid {accent}; }}
    QPushButton#primary:focus {{ border: 1px solid {text}; }}
    QTableView {{ gridline-color: {line}; selection-background-color: {accent};
                  selection-color: {on_accent}; }}
    """


def muted(text: str, background: str) -> str:
    """A text colour two thirds of the way from background to text."""
    pairs = zip(_channels(text), _channels(background), strict=True)
    return "#" + "".join(f"{round(0.72 * t + 0.28 * b):02x}" for t, b in pairs)


def readable_on(background: str) -> str:
    """Black or white, whichever stands out more (WCAG relative luminance)."""
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (c / 255 for c in _channels(background))
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#ffffff"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


class QuietLabel(QLabel):
    """Secondary text that wraps and never widens the dock."""

    def __init__(self, text: str = "", name: str = "quiet") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class Section(QLabel):
    """Heading of a part of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setObjectName("section")


def narrow(widget: QWidget) -> QWidget:
    """The widget, free to be narrower than its contents would like."""
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
    widget.setSizePolicy(policy)
    widget.setMinimumWidth(60)
    return widget
