"""Triton beside a graphics driver that holds another LLVM.

Where napari draws through Mesa on Linux (without a graphics card, on most AMD cards),
the driver brings the system's LLVM into the process, open to all. Triton, which timm
imports by way of torchvision and torch, has one of its own inside and shows its names
too. Loaded second, it is bound to the driver's functions, of another version, and the
process dies. Loaded so that it looks at its own names first, it does not.
"""

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec


def load_triton_apart() -> None:
    """Load Triton bound to itself, where it is installed; before timm is imported."""
    own_names_first = getattr(os, "RTLD_DEEPBIND", None)  # Linux with glibc has it
    if own_names_first is None or "triton" in sys.modules or not find_spec("triton"):
        return
    before = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_NOW | own_names_first)
    try:
        with suppress(ImportError):  # a broken one is no trouble of ours: nobody asks
            import_module("triton")
    finally:
        sys.setdlopenflags(before)
