"""The tools that correct cells, put together for a session."""

from collections.abc import Callable

from qtpy.QtWidgets import QWidget

from napari_dinobloom.gui.presenters.smear.corrector import CorrectionState
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.theme import follow_theme
from napari_dinobloom.gui.views.smear.correct_panel import CorrectPanel


class CorrectionLink:
    """Connects a panel of tools with the session's corrector."""

    def __init__(self, session: Session) -> None:
        self._corrector, self._panel = session.corrector, CorrectPanel()
        corrector, panel = self._corrector, self._panel
        self.opened: Callable[[], None] = lambda: None
        """Done when somebody begins to correct."""
        self.grown: Callable[[], None] = lambda: None
        """Done when the panel says more than before, and so is higher."""
        corrector.changed.connect(self._show)
        panel.open_wished.connect(self._open)
        panel.tool_wished.connect(corrector.take)
        panel.merge_wished.connect(corrector.merge)
        panel.delete_wished.connect(corrector.delete)
        panel.kind_wished.connect(corrector.call)
        panel.show_correction(corrector.state)
        self._was = corrector.state
        self._forget_theme = follow_theme(session.viewer, panel.set_theme)

    @property
    def widget(self) -> QWidget:
        """The panel."""
        return self._panel

    def give_way(self, previewing: bool) -> None:
        """End the correcting where a preview hides the cells that would change."""
        if previewing and self._corrector.state.is_on:
            self._corrector.open(False)

    def _open(self, on: bool) -> None:
        if on:
            self.opened()
        self._corrector.open(on)

    def _show(self, state: CorrectionState) -> None:
        self._panel.show_correction(state)
        if state.is_on and (not self._was.is_on or state.tool != self._was.tool):
            self.grown()
        self._was = state

    def release(self) -> None:
        """Listen no more."""
        self._forget_theme()
        self._corrector.changed.disconnect(self._show)
