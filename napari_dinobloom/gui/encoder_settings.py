"""What the settings say about how an encoder computes."""

import os
from typing import Any

from napari_dinobloom.encoding.weights import FOLDER_VARIABLE
from napari_dinobloom.gui.settings import read_settings


def encoder_settings(encoder: str) -> dict[str, Any]:
    """Parameters from the settings; only networks know a device.

    The folder of weights, where one is set, is told to this process.
    """
    settings = read_settings()
    if settings.weights_folder:
        os.environ[FOLDER_VARIABLE] = settings.weights_folder
    parameters: dict[str, Any] = {}
    if encoder != "morphology":
        if settings.device != "auto":
            parameters["device"] = settings.device
        if settings.batch_size:
            parameters["batch_size"] = settings.batch_size
    return parameters
