"""How the live classifier is, in a word and in sentences."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["empty", "missing", "ready", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """How the live classifier is.

    Parameters
    ----------
    stage
        "empty": no study, cells or features; "missing": too few labels; "ready";
        "stopped": a person stopped the learning; "failed".
    text
        One or two sentences for a person.
    is_learning
        Whether something is being learned now.
    """

    stage: Stage
    text: str
    is_learning: bool = False
