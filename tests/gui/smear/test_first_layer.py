"""What the first field on the canvas no longer waits for."""

import subprocess
import sys

PROGRAM = """
import numpy as np
from numba.core.event import install_recorder
from napari.layers import Labels
from napari_dinobloom.gui.layers.first_layer import prepare_first_layer
from napari_dinobloom.gui.layers.smear_layers import colormap_of
prepare_first_layer()
colours = {0: (0.0, 0.0, 0.0, 0.0), 3: (1.0, 0.0, 0.0, 1.0)}
with install_recorder("numba:compile") as compiled:
    Labels(np.full((9, 9), 3, np.uint8), colormap=colormap_of(colours))
print(len(compiled.buffer))
"""


def test_nothing_is_left_to_compile_for_the_first_field() -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "0"
