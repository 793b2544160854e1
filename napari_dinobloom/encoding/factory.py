"""A network encoder by name, with the weights in the folder or those of a path."""

import logging
from collections.abc import Callable
from pathlib import Path

from napari_dinobloom.core import BadInputError
from napari_dinobloom.encoding.catalogue import NETWORKS, WEIGHT_FILES
from napari_dinobloom.encoding.network import NetworkEncoder, require_torch
from napari_dinobloom.encoding.weights import verify

log = logging.getLogger(__name__)


def create_network(
    name: str,
    weights: Path | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    heads: int | None = None,
    on_warning: Callable[[str], None] = log.warning,
) -> NetworkEncoder:
    """The named network with its fetched weights, or with those of a path.

    Raises
    ------
    BadInputError
        If no weights have been fetched for it, or they are not what they should be.
    MissingDependencyError
        If torch or timm is not installed.
    """
    require_torch()
    info, digest = NETWORKS[name], None
    if weights is None:
        if name not in WEIGHT_FILES:
            raise BadInputError(
                f"{name} stands for a network of your own; nothing is published.",
                "Give the path of its checkpoint (weights=…).",
            )
        verified = verify(name)
        weights, digest = verified.path, verified.sha256
    return NetworkEncoder(info, weights, device, batch_size, heads, on_warning, digest)
