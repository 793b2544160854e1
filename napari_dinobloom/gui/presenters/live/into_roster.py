"""What the classifier predicts, written into the roster row by row."""

import numpy as np

from napari_dinobloom.gui.presenters.roster import AT_ONCE as VERY_MANY
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.workflows.live_classifier import LiveUpdate

AT_ONCE = 1 << 16
"""Rows compared at once: they stay in the processor's cache."""
Columns = tuple[np.ndarray, ...]
"""Rows, codes, shares, votes and voters."""


def write_into(roster: Roster, update: LiveUpdate) -> None:
    """Show what is predicted otherwise than before; rows that stay are not named.

    Of very many all may be.
    """
    told = _in_roster(update, roster)
    # to compare very many takes longer than to look at all of them a moment later
    is_all = len(told[0]) == len(roster) > VERY_MANY
    if update.is_whole and not is_all:
        told = _differing(roster, told)
    roster.set_predictions(*told)


def _differing(roster: Roster, told: Columns) -> Columns:
    """Of all rows of the roster those that differ; no other has a prediction now."""
    found = []
    for lo in range(0, max(len(roster), 1), AT_ONCE):
        size = min(AT_ONCE, len(roster) - lo)
        first, end = np.searchsorted(told[0], (lo, lo + size))
        rows, *columns = (column[first:end] for column in told)
        now = tuple(columns)
        if len(rows) < size:
            now = _nothing(size)
            for of_all, column in zip(now, columns, strict=True):
                of_all[rows - lo] = column
        part = slice(lo, lo + size)
        codes, chance, votes, voters = now
        other = roster.predicted[part] != codes
        other |= (roster.chance[part] != chance) & (codes != NONE)
        other |= (roster.votes[part] != votes) | (roster.voters[part] != voters)
        at = np.flatnonzero(other)
        found.append((at + lo, *(of_all[at] for of_all in now)))
    return tuple(map(np.concatenate, zip(*found, strict=True)))


def _nothing(n: int) -> Columns:
    """Codes, shares, votes and voters of n rows of which nothing is predicted."""
    codes, chance = np.full(n, NONE, np.int16), np.full(n, np.nan, np.float32)
    return codes, chance, np.zeros(n, np.int16), np.zeros(n, np.int16)


def _in_roster(update: LiveUpdate, roster: Roster) -> Columns:
    """Rows, codes, shares and votes as in the roster; not of cells gone by now."""
    code = {name: i for i, name in enumerate(roster.class_names)}
    table = np.array([*(code.get(n, NONE) for n in update.class_names), NONE], np.int16)
    codes, chance = table[update.codes], update.chance
    if update.cells is roster.cells:
        return update.rows, codes, chance, update.votes, update.voters
    ids = update.cell_ids
    here = roster.cells.has(ids)
    told = codes, chance, update.votes, update.voters
    return roster.rows_of(ids[here]), *(column[here] for column in told)
