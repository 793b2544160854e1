"""What napari does before its first Labels layer, done where nobody waits for it."""

from functools import cache

import numpy as np
from napari.layers import Labels
from napari.utils import DirectLabelColormap


@cache
def prepare_first_layer() -> None:
    """Have it import and compile what a layer with a colour for each value needs.

    That takes more than a second, once in a process. May run on any thread: the layer
    belongs to no viewer and is thrown away.
    """
    colours = {None: (0.0, 0.0, 0.0, 0.0), 1: (1.0, 1.0, 1.0, 1.0)}
    Labels(np.ones((2, 2), np.uint8), colormap=DirectLabelColormap(color_dict=colours))
