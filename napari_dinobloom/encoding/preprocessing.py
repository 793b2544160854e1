"""Windows as DinoBloom saw them in training: squashed to 224 px, ImageNet's scale."""

from typing import TYPE_CHECKING

import numpy as np

from napari_dinobloom.encoding.transformer import INPUT_PX

if TYPE_CHECKING:
    import torch

MEAN = (0.485, 0.456, 0.406)
"""ImageNet's mean of red, green and blue, of 1."""

DEVIATION = (0.229, 0.224, 0.225)
"""ImageNet's standard deviation of red, green and blue, of 1."""

PREPROCESSING = "rgb-squash224-bilinear-antialias-imagenet"
"""Name of these steps, part of every fingerprint."""


def prepare(windows: np.ndarray) -> "torch.Tensor":
    """Pictures resized and scaled for the network, (n, 3, 224, 224) float32.

    The whole window is squashed to 224 px (bilinear, antialiased); nothing is cropped.
    The resizing is done in 8 bits on the processor, so that every device gets the same
    pixels.

    Parameters
    ----------
    windows
        (n, s, s, 3) uint8 RGB.
    """
    import torch
    from torch.nn.functional import interpolate

    pixels = torch.from_numpy(np.ascontiguousarray(windows)).permute(0, 3, 1, 2)
    if pixels.shape[-1] != INPUT_PX:
        pixels = interpolate(
            pixels, (INPUT_PX, INPUT_PX), mode="bilinear", antialias=True
        )
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    deviation = torch.tensor(DEVIATION).view(1, 3, 1, 1)
    scaled: torch.Tensor = (pixels.to(torch.float32) / 255 - mean) / deviation
    return scaled
