"""Networks beside a window that draws."""

import subprocess
import sys

import pytest

pytest.importorskip("timm")

PROGRAM = """
import faulthandler
faulthandler.enable()
import numpy as np
from qtpy import API_NAME
from vispy import scene
canvas = scene.SceneCanvas(app=API_NAME.lower(), show=True, size=(200, 200))
view = canvas.central_widget.add_view()
scene.visuals.Image(np.eye(50, dtype=np.float32), parent=view.scene)
canvas.render()
from napari_dinobloom.encoding.network import require_torch
require_torch()
import torch
import timm
import torch._dynamo
network = timm.create_model("vit_tiny_patch16_224", num_classes=0, depth=1)
with torch.inference_mode():
    print(network.eval()(torch.zeros(1, 3, 224, 224)).shape)
canvas.render()
print("alive")
"""


@pytest.mark.gui
def test_a_window_that_has_drawn_survives_the_networks() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "alive" in done.stdout
