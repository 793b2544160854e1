"""Where the networks run: CUDA, Apple's MPS, or the processor."""

from dataclasses import dataclass
from typing import Literal

from napari_dinobloom.core import BadInputError, MissingDependencyError

Precision = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Device:
    """A place where a network can run.

    Parameters
    ----------
    name
        As torch calls it: "cuda:0", "mps", "cpu".
    label
        As a person calls it: "NVIDIA RTX A4000".
    precision
        The number format used there for the forward pass.
    memory_bytes
        Its own memory; None where it shares the computer's.
    """

    name: str
    label: str
    precision: Precision
    memory_bytes: int | None = None

    def __str__(self) -> str:
        size = f", {self.memory_bytes / 2**30:.0f} GiB" if self.memory_bytes else ""
        return f"{self.label} ({self.name}, {self.precision}{size})"


def choose_device(wish: str = "auto") -> Device:
    """The device wished for; for "auto" CUDA before MPS before the processor.

    Parameters
    ----------
    wish
        "auto", "cpu", "cuda", "cuda:1", "mps".

    Raises
    ------
    BadInputError
        If the wished-for device is not on this computer.
    MissingDependencyError
        If torch is not installed.
    """
    present = describe_devices()
    if not present:
        raise MissingDependencyError.of("torch", "dinobloom", "Running a network")
    if wish == "auto":
        return present[0]
    for device in present:
        if wish in (device.name, device.name.split(":")[0]):
            return device
    raise BadInputError(
        f"The device {wish!r} is not available on this computer.",
        f"Use one of: auto, {', '.join(d.name for d in present)}.",
    )


def describe_devices() -> list[Device]:
    """Every device a network could run on, the best first; empty without torch."""
    try:
        import torch
    except ImportError:
        return []
    devices = [_cuda(index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append(Device("mps", "Apple GPU", _apple_precision()))
    # Measured: bfloat16 on processors without AMX runs at 0.6-0.7 times the speed.
    return [*devices, Device("cpu", "processor", "float32")]


def _apple_precision() -> Precision:
    import torch

    # Autocast came to Apple's GPUs with torch 2.5, and with it the way to ask
    ask = getattr(torch.amp, "is_autocast_available", None)
    return "float16" if ask is not None and ask("mps") else "float32"


def _cuda(index: int) -> Device:
    import torch

    properties = torch.cuda.get_device_properties(index)
    # bfloat16 keeps float32's range; cards before Ampere only emulate it
    precision: Precision = "bfloat16" if properties.major >= 8 else "float16"
    return Device(
        f"cuda:{index}", properties.name, precision, int(properties.total_memory)
    )
