"""What a prediction rests on, in words."""

import numpy as np
import pytest

from napari_dinobloom.gui.presenters.votes import Vote, share_in_words


@pytest.mark.parametrize(
    ("vote", "briefly", "in_words"),
    [
        (Vote(1.0, 3, 3), "3 of 3", "3 of 3 nearest labelled cells"),
        (Vote(0.41, 1, 3), "1 of 3", "1 of 3 nearest labelled cells"),
        (Vote(0.873), "87 %", "87 % of the vote"),
        (Vote(1.0), "all", "all of the vote"),
        (Vote(float("nan")), "", "share of the vote not known"),
    ],
)
def test_a_vote_is_told_by_its_voters_where_they_are_known(vote, briefly, in_words):
    assert (vote.briefly, vote.in_words) == (briefly, in_words)


def test_no_vote_reads_as_a_hundred_per_cent():
    for share in np.linspace(0, 1, 2001):
        assert "100" not in share_in_words(float(share))
        assert "100" not in Vote(float(share)).briefly
