"""Says that predictions are on their way, from opening a study until they stand."""

from typing import Any, Protocol

from napari_dinobloom.gui.presenters.live.presenter import LivePredictions


class PredictingView(Protocol):
    """What stands above all pages."""

    def show_predicting(self, is_predicting: bool) -> None:
        """Say that the first predictions are being computed, or no longer."""
        ...


class FirstPredictions:
    """Tells a view while labels and features are there and nothing is predicted yet."""

    def __init__(self, live: LivePredictions, view: PredictingView) -> None:
        self._live, self._view = live, view
        live.changed.connect(self._tell)
        self._tell()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._live.changed.disconnect(self._tell)

    def _tell(self, *_: Any) -> None:
        self._view.show_predicting(self._live.is_predicting_first)
