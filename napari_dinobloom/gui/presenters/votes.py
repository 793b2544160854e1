"""What a prediction rests on, in words: votes of labelled cells are no certainty.

Each cell takes the class that most of the labelled cells nearest to it have. If all
three of three have it, that is a vote of three, and not a probability of 100 %.
"""

import math
from typing import NamedTuple

NEAREST = "nearest labelled cells"
_WHOLE = 0.995
"""A share that would be written as 100 %."""


class Vote(NamedTuple):
    """By whom the predicted class of a cell was elected.

    Parameters
    ----------
    share
        0 … 1, what the class has of the vote, where nearer cells may count more; nan
        where it is not known.
    votes, voters
        So many of so many nearest labelled cells have the class; 0 of 0 where only
        the share was stored.
    """

    share: float
    votes: int = 0
    voters: int = 0

    @property
    def briefly(self) -> str:
        """Such as "2 of 3": where there is room for nothing else."""
        return f"{self.votes} of {self.voters}" if self.voters else _share(self.share)

    @property
    def in_words(self) -> str:
        """Such as "2 of 3 nearest labelled cells"."""
        if self.voters:
            return f"{self.votes} of {self.voters} {NEAREST}"
        return share_in_words(self.share)


def share_in_words(share: float) -> str:
    """A share of the vote whose voters are not known any more."""
    said = _share(share)
    return f"{said} of the vote" if said else "share of the vote not known"


def _share(share: float) -> str:
    if not math.isfinite(share):
        return ""
    return "all" if share >= _WHOLE else f"{100 * share:.0f} %"
