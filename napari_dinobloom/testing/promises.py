"""What all suites share."""

import numpy as np


def promise(kept: bool | np.bool, broken: str) -> None:
    """Raise AssertionError with a sentence about what was promised and not kept."""
    if not kept:
        raise AssertionError(broken)
