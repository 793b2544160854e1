"""DinoBloom, RedDino and self-trained DINOv2 networks as encoders."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_dinobloom.core import BadInputError, DinoBloomError, MissingDependencyError
from napari_dinobloom.encoding.catalogue import NETWORKS
from napari_dinobloom.encoding.checkpoint import flatten, read_checkpoint
from napari_dinobloom.encoding.devices import Device, choose_device
from napari_dinobloom.encoding.digests import file_digest
from napari_dinobloom.encoding.preprocessing import PREPROCESSING, prepare
from napari_dinobloom.encoding.protocol import CellImages, EncoderInfo
from napari_dinobloom.encoding.transformer import Architecture, build, recognise
from napari_dinobloom.encoding.triton_apart import load_triton_apart

if TYPE_CHECKING:
    from torch import Tensor, nn

BATCH = {"cpu": 32, "mps": 64, "cuda": 256}
"""Cells that go through the network together, by kind of device."""

log = logging.getLogger(__name__)


class NetworkEncoder:
    """CLS token of a DINOv2 network after its final LayerNorm, one row per cell.

    Parameters
    ----------
    info
        What the encoder is; its dimension must be the checkpoint's, or None.
    weights
        The checkpoint, in any of the three layouts of `checkpoint`.
    device
        "auto", or as `devices.choose_device` takes it.
    batch_size
        Cells per pass; None takes what suits the device. It is halved for the rest
        of the session when the device runs out of memory.
    heads
        Attention heads of a self-trained network whose heads are not 64 wide.
    on_warning
        Told, in a sentence, when something was changed to go on.
    digest
        SHA-256 of the file where it was just computed; else it is computed here.

    Raises
    ------
    BadInputError
        If the file is not what its name promises; see `checkpoint` and `transformer`.
    MissingDependencyError
        If torch or timm is not installed.
    """

    def __init__(
        self,
        info: EncoderInfo,
        weights: Path,
        device: str = "auto",
        batch_size: int | None = None,
        heads: int | None = None,
        on_warning: Callable[[str], None] = log.warning,
        digest: str | None = None,
    ) -> None:
        weights = Path(weights)
        require_torch()
        self.device: Device = choose_device(device)
        self.architecture, network = _load(info, weights, heads)
        self.info = replace(info, dimension=self.architecture.dimension)
        self._network = network.to(self.device.name)
        self._batch_size = batch_size or BATCH[self.device.name.split(":")[0]]
        self._digest = digest or file_digest(weights)
        self._on_warning = on_warning

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``cls_0`` … ``cls_383``: the axes of the embedding have no names."""
        return tuple(f"cls_{i}" for i in range(self.architecture.dimension))

    @property
    def batch_size(self) -> int:
        """Cells per pass, as it stands now."""
        return self._batch_size

    def encode(self, cells: CellImages) -> np.ndarray:
        """Embedding of each window, (n, d) float32; masks are not looked at.

        Raises
        ------
        DinoBloomError
            If the device cannot hold even one cell.
        """
        rows = np.empty((len(cells), self.architecture.dimension), dtype=np.float32)
        start = 0
        while start < len(cells):
            stop = min(start + self._batch_size, len(cells))
            embedded = self._try(cells.windows[start:stop])
            if embedded is None:
                self._halve()
                continue
            rows[start:stop] = embedded
            start = stop
        return rows

    def fingerprint(self) -> str:
        """SHA-256 of the weights, the preprocessing and the precision."""
        return f"{self._digest}-{PREPROCESSING}-{self.device.precision}"

    def _try(self, windows: np.ndarray) -> np.ndarray | None:
        """One pass; None if the device ran out of memory."""
        try:
            return self._embed(windows)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
        # Outside the except block: the traceback held the tensors of the failed pass
        _free_memory(self.device)
        return None

    def _embed(self, windows: np.ndarray) -> np.ndarray:
        import torch

        kind, precision = self.device.name.split(":")[0], self.device.precision
        narrow = precision != "float32"
        autocast = torch.autocast(
            kind,
            dtype=getattr(torch, precision) if narrow else torch.bfloat16,
            enabled=narrow,
        )
        with torch.inference_mode(), autocast:
            pixels: Tensor = prepare(windows).to(self.device.name)
            tokens: Tensor = self._network(pixels)
            embedded: np.ndarray = tokens.float().cpu().numpy()
        return embedded

    def _halve(self) -> None:
        if self._batch_size <= 1:
            raise DinoBloomError(
                f"{self.device.label} has not enough memory for a single cell with "
                f"{self.info.name}.",
                "Close other programs that use it, choose a smaller network, or "
                "device 'cpu'.",
            )
        was = self._batch_size
        self._batch_size = was // 2
        self._on_warning(
            f"{self.device.label} ran out of memory with {was} cells at a time; going "
            f"on with {self._batch_size}."
        )


def check_weights(info: EncoderInfo, path: Path) -> Architecture:
    """The architecture of a checkpoint, after it was fitted into its network.

    Raises
    ------
    BadInputError
        If the file is not what `info` promises.
    MissingDependencyError
        If torch or timm is not installed.
    """
    require_torch()
    return _load(info, Path(path), heads=None)[0]


def _load(
    info: EncoderInfo, path: Path, heads: int | None
) -> "tuple[Architecture, nn.Module]":
    flat = flatten(read_checkpoint(path), path.name)
    architecture = recognise(flat, path.name, heads)
    _check_dimension(info, architecture.dimension, path.name)
    return architecture, build(architecture, flat, path.name)


def require_torch() -> None:
    """Raise MissingDependencyError if torch or timm is not installed."""
    load_triton_apart()
    for package in ("torch", "timm"):
        try:
            __import__(package)
        except ImportError as error:
            raise MissingDependencyError.of(
                package, "dinobloom", "DinoBloom"
            ) from error


def _check_dimension(info: EncoderInfo, dimension: int, filename: str) -> None:
    if info.dimension in (None, dimension):
        return
    fitting = [n for n, known in NETWORKS.items() if known.dimension == dimension]
    fitting = [n for n in fitting if NETWORKS[n].family == info.family] or fitting
    hint = f"It fits {fitting[0]}. " if fitting else ""
    raise BadInputError(
        f"{filename} gives {dimension} numbers per cell; {info.name} gives "
        f"{info.dimension}.",
        f"{hint}Name the encoder that the file belongs to, or 'dinov2' for a network "
        "of your own.",
    )


def _is_out_of_memory(error: RuntimeError) -> bool:
    import torch

    if isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    said = str(error).lower()
    return "out of memory" in said or "can't allocate memory" in said


def _free_memory(device: Device) -> None:
    import torch

    kind = device.name.split(":")[0]
    if kind == "cuda":
        torch.cuda.empty_cache()
    elif kind == "mps":
        torch.mps.empty_cache()
