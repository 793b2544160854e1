"""Where on a slide cells lie side by side, as a layer of its own."""

from typing import Any

import numpy as np
from napari.layers import Labels
from napari.utils import DirectLabelColormap

NAME = "Where cells lie side by side"

# Blue and orange, apart for colour-blind eyes and on a pink smear.
_GOOD, _THICK = (0.0, 0.45, 0.70, 0.45), (0.90, 0.62, 0.0, 0.55)


class PartsLayer:
    """Blue where cells lie side by side, orange where they lie in heaps.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layer: Labels | None = None

    def show(
        self, good: np.ndarray, thick: np.ndarray, block_px: float, um: float | None
    ) -> None:
        """Draw blocks; both are (n, m) bool."""
        self.clear()
        blocks = good.astype(np.uint8) + 2 * thick.astype(np.uint8)
        active = self._viewer.layers.selection.active
        side = block_px * (um or 1.0)
        pixel = um or 1.0
        self._layer = self._viewer.add_labels(
            blocks,
            name=NAME,
            scale=(side, side),
            # the middle of the first block, where that of the first pixel is 0
            translate=((side - pixel) / 2, (side - pixel) / 2),
            units=("um", "um") if um else ("pixel", "pixel"),
            colormap=DirectLabelColormap(
                color_dict={None: (0.0, 0.0, 0.0, 0.0), 1: _GOOD, 2: _THICK}
            ),
        )
        self._layer.editable = False
        layers = self._viewer.layers
        layers.move(len(layers) - 1, min(1, len(layers) - 1))  # over the smear
        layers.selection.active = active

    def clear(self) -> None:
        """Take the layer away."""
        if self._layer is not None and self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)
        self._layer = None

    def abandon(self) -> None:
        """Leave everything as it is: the viewer is being taken apart."""
        self._layer = None
