"""What the classifier predicts, written into the roster row by row."""

import numpy as np

from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.workflows.live_classifier import LiveUpdate


def write_into(roster: Roster, update: LiveUpdate) -> None:
    """Show what is predicted otherwise than before; rows that stay are not named."""
    rows, codes, chance, votes, voters = _in_roster(update, roster)
    if update.is_whole:
        every = np.full(len(roster), NONE, np.int16)
        chances = np.full(len(roster), np.nan, np.float32)
        counts = np.zeros((2, len(roster)), np.int16)
        every[rows], chances[rows] = codes, chance
        counts[0, rows], counts[1, rows] = votes, voters
        other = roster.predicted != every
        other |= (roster.chance != chances) & (every != NONE)
        other |= (roster.votes != counts[0]) | (roster.voters != counts[1])
        rows = np.flatnonzero(other)
        codes, chance = every[rows], chances[rows]
        votes, voters = counts[:, rows]
    roster.set_predictions(rows, codes, chance, votes, voters)


def _in_roster(update: LiveUpdate, roster: Roster) -> tuple[np.ndarray, ...]:
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
