"""With which cells a cell is compared, and how its neighbours vote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.gui.presenters.card.words import Share
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.gui.presenters.votes import Vote
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES
from napari_dinobloom.workflows.compare_features import FEWEST_PEERS
from napari_dinobloom.workflows.live_classifier import NearestLabel, Voting

MOST_SHARES = 3


@dataclass(frozen=True, slots=True)
class Peers:
    """Ids of cells of one sort, and what to call them."""

    cell_ids: np.ndarray
    words: str


def peers_of(roster: Roster, row: int) -> Callable[[], Peers]:
    """A job, fit for any thread, that finds whom to compare a cell with.

    Those labelled as it is; else those predicted as it is; else those of its kind. A
    sort with too few cells is passed over.
    """
    ids, kinds = roster.cells.cell_id, roster.cells.kind
    label, predicted = roster.label, roster.predicted
    names, kind = roster.class_names, int(kinds[row])
    own_label, own_guess = int(label[row]), int(predicted[row])
    wanted = own_label if own_label != NONE else own_guess

    def find() -> Peers:
        for codes, said in ((label, "labelled"), (predicted, "predicted as")):
            if wanted == NONE:
                break
            rows = np.flatnonzero(codes == wanted)
            if len(rows) - (int(codes[row]) == wanted) >= FEWEST_PEERS:
                return Peers(_others(ids, rows, row), f"cells {said} {names[wanted]}")
        rows = np.flatnonzero(kinds == kind)
        return Peers(_others(ids, rows, row), _many(CELL_KINDS[kind]))

    return find


def _others(ids: np.ndarray, rows: np.ndarray, row: int) -> np.ndarray:
    """(n,) int64 ids of these rows without the cell itself."""
    others: np.ndarray = ids[rows[rows != row]]
    return others


def _many(kind: str) -> str:
    return "other cells" if kind == "other" else f"{KIND_NAMES[kind]}s"


def votes(
    nearest: Sequence[NearestLabel], voting: Voting, colours: dict[str, str]
) -> tuple[Share, ...]:
    """The likeliest classes by the votes of the k nearest labelled cells."""
    voters = nearest[: voting.k]
    if not voters:
        return ()
    weight = np.ones(len(voters))
    if voting.weights == "distance":
        far = np.array([n.distance for n in voters])
        weight = (far == 0) * 1.0 if (far == 0).any() else 1 / far
    total: dict[str, float] = {}
    count: dict[str, int] = {}
    for neighbour, w in zip(voters, weight.tolist(), strict=True):
        name = neighbour.class_name
        total[name] = total.get(name, 0.0) + w
        count[name] = count.get(name, 0) + 1
    best = sorted(total, key=lambda name: -total[name])[:MOST_SHARES]
    return tuple(
        Share(
            name,
            colours.get(name, "#888888"),
            total[name] / weight.sum(),
            f"{count[name]} of {len(voters)}",
        )
        for name in best
    )


def stored_shares(
    names: Sequence[str], values: np.ndarray, colours: dict[str, str]
) -> tuple[Share, ...]:
    """The likeliest classes of predictions that were computed by a run.

    Parameters
    ----------
    values
        (C,) float32 share of each class in the vote.
    """
    best = np.argsort(-values, kind="stable")[:MOST_SHARES]
    return tuple(
        Share(
            names[i],
            colours.get(names[i], "#888888"),
            float(values[i]),
            Vote(float(values[i])).briefly,
        )
        for i in best.tolist()
        if values[i] > 0
    )
