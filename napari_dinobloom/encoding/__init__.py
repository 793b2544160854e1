"""Cells to vectors: morphology without any download, DinoBloom and RedDino with one."""

from functools import partial
from pathlib import Path

from napari_dinobloom.core import Registry
from napari_dinobloom.encoding.catalogue import NETWORKS
from napari_dinobloom.encoding.devices import Device, choose_device, describe_devices
from napari_dinobloom.encoding.factory import create_network
from napari_dinobloom.encoding.morphology import (
    create_morphology,
    morphology_info,
    morphology_meanings,
)
from napari_dinobloom.encoding.protocol import (
    WINDOW_UM,
    CellImages,
    Encoder,
    EncoderInfo,
    FeatureMeaning,
)

encoders: Registry[Encoder] = Registry("encoder", "napari_dinobloom.encoders")
"""Every encoder by name; other packages add theirs by an entry point."""

encoders.register("morphology", create_morphology)
for _name in NETWORKS:
    encoders.register(_name, partial(create_network, _name))


def create(
    name: str,
    weights: Path | None = None,
    device: str = "auto",
    batch_size: int | None = None,
) -> Encoder:
    """The named encoder, ready to encode.

    Parameters
    ----------
    name
        One of `encoders`.
    weights
        A checkpoint; None takes the fetched one.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    batch_size
        Cells per pass; None takes what suits the device.

    Raises
    ------
    UnknownNameError
        If there is no such encoder.
    BadInputError
        If its weights are absent or wrong.
    MissingDependencyError
        If it needs torch or timm and they are not installed.
    """
    return encoders.create(name, weights=weights, device=device, batch_size=batch_size)


def encoder_info(name: str) -> EncoderInfo:
    """How the named encoder introduces itself; loads neither torch nor weights.

    An encoder of another package is built to be asked.

    Raises
    ------
    UnknownNameError
        If there is no such encoder.
    """
    if name in NETWORKS:
        return NETWORKS[name]
    if name == "morphology":
        return morphology_info()
    return encoders.create(name).info


def feature_meanings(name: str) -> tuple[FeatureMeaning, ...]:
    """What each column of an encoder says, for a tooltip; empty where nobody can say.

    The axes of a network's embedding have no meaning of their own.
    """
    return morphology_meanings() if name == "morphology" else ()


__all__ = [
    "WINDOW_UM",
    "CellImages",
    "Device",
    "Encoder",
    "EncoderInfo",
    "FeatureMeaning",
    "choose_device",
    "create",
    "describe_devices",
    "encoder_info",
    "encoders",
    "feature_meanings",
]
