"""What the gallery paints: an order of ids, and what stands about some of them."""

from typing import NamedTuple

import numpy as np

from napari_dinobloom.gui.presenters.gallery.order import NOTHING, Arrangement, Section
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.gui.presenters.votes import Vote
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, Selection


class Face(NamedTuple):
    """One cell as it stands now; names are "" and colours "" where there is none."""

    cell_id: int
    kind: str
    label: str
    label_colour: str
    predicted: str
    predicted_colour: str
    vote: Vote
    unsure: bool
    in_hand: bool
    synthetic: bool

    @property
    def agrees(self) -> bool:
        """Label and prediction say the same."""
        return bool(self.label) and self.label == self.predicted

    @property
    def disagrees(self) -> bool:
        """Label and prediction say something different."""
        return bool(self.label and self.predicted) and self.label != self.predicted


class Shown:
    """Display order with a window on roster and selection; nothing is kept per cell."""

    def __init__(
        self, roster: Roster, selection: Selection, order: Arrangement = NOTHING
    ) -> None:
        self._roster, self._selection, self.order = roster, selection, order

    def __len__(self) -> int:
        return len(self.order.ids)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Stretches of the order, each under its heading."""
        return self.order.sections

    def id_at(self, index: int) -> int | None:
        """The cell there, or None."""
        inside = 0 <= index < len(self)
        return int(self.order.ids[index]) if inside else None

    def faces(self, start: int, stop: int) -> list[Face | None]:
        """Those of a stretch of the order; None for a cell that is gone by now."""
        roster = self._roster
        ids = self.order.ids[start:stop]
        here = _here(roster, ids)
        some = ids[here]
        rows = roster.rows_of(some)
        in_hand = self._selection.has(some)
        faces = iter(self._faces(some, rows, in_hand))
        return [next(faces) if there else None for there in here.tolist()]

    def describe(self, index: int) -> str:
        """All that is known about a cell in words, for a tooltip."""
        faces = self.faces(index, index + 1) if 0 <= index < len(self) else []
        face = faces[0] if faces else None
        if face is None:
            return ""
        row = self._roster.row_of(face.cell_id)
        slide = self._slide_of(row)
        lines = [f"Cell {face.cell_id}, {KIND_NAMES[face.kind]}"]
        lines += [f"Slide: {slide}"] if slide else []
        lines.append(f"Label: {face.label or 'unsure' * face.unsure or 'none'}")
        if face.predicted:
            lines.append(f"Predicted: {face.predicted}, {face.vote.in_words}")
        if face.synthetic:
            lines.append("Synthetic: drawn by a program, no patient's cell")
        return "\n".join(lines)

    def _slide_of(self, row: int | None) -> str:
        study = self._roster.study
        if row is None or study is None:
            return ""
        picture = study.pictures.get(int(self._roster.cells.picture_id[row]))
        return picture.slide if picture is not None else ""

    def _faces(
        self, ids: np.ndarray, rows: np.ndarray, in_hand: np.ndarray
    ) -> list[Face]:
        roster, looks = self._roster, self._roster.classes
        columns = (
            ids,
            roster.cells.kind[rows],
            roster.label[rows],
            roster.predicted[rows],
            roster.chance[rows],
            roster.votes[rows],
            roster.voters[rows],
            roster.unsure[rows],
            in_hand,
            roster.cells.picture_id[rows],
        )
        pictures = roster.study.pictures if roster.study else {}
        faces = []
        for cell_id, kind, label, predicted, *vote, unsure, held, picture in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            said = looks[label] if label != NONE else None
            guess = looks[predicted] if predicted != NONE else None
            faces.append(
                Face(
                    cell_id,
                    CELL_KINDS[kind],
                    said.name if said else "",
                    said.colour if said else "",
                    guess.name if guess else "",
                    guess.colour if guess else "",
                    Vote(*vote),
                    unsure,
                    held,
                    picture in pictures and pictures[picture].synthetic,
                )
            )
        return faces


def _here(roster: Roster, ids: np.ndarray) -> np.ndarray:
    """(n,) bool, without a search through all cells."""
    known = roster.cells.cell_id
    if not len(known):
        return np.zeros(len(ids), bool)
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    here: np.ndarray = known[at] == ids
    return here
