"""What a new search made of the cells that were there: which stayed, went and came."""

from dataclasses import dataclass, replace

import numpy as np

from napari_dinobloom.study import CellTable, LabelJournal, Study


@dataclass(frozen=True, slots=True)
class CellChanges:
    """Counts of cells, and of their labels.

    Parameters
    ----------
    stayed
        Still there, with id and label.
    redrawn
        Of these, those whose outline is another one now.
    went, came
        No longer there; new.
    labelled_went
        Of those that went, the ones that somebody had labelled.
    classes_went
        Class → how many of these.
    stay_away
        Cells that a person had deleted, which therefore did not come back.
    """

    stayed: int = 0
    redrawn: int = 0
    went: int = 0
    came: int = 0
    labelled_went: int = 0
    classes_went: tuple[tuple[str, int], ...] = ()
    stay_away: int = 0

    @property
    def sentence(self) -> str:
        """One line for a person."""
        parts = [f"{self.stayed:,} cell{'s' * (self.stayed != 1)} stayed"]
        if self.redrawn:
            parts[0] += f" ({self.redrawn:,} with another outline)"
        went = f"{self.went:,} went"
        if self.labelled_went:
            named = ", ".join(f"{n:,} {name}" for name, n in self.classes_went)
            went += f", {self.labelled_went:,} of them labelled ({named})"
        away = ""
        if self.stay_away:
            verb = "stays" if self.stay_away == 1 else "stay"
            away = f" {self.stay_away:,} deleted by hand {verb} away."
        return ", ".join([*parts, f"{self.came:,} came"]) + f"; {went}.{away}"

    @property
    def warning(self) -> str:
        """What to do where labels went with their cells, else ""."""
        if not self.labelled_went:
            return ""
        return (
            "Undo brings these cells back with their labels; what was computed since, "
            "such as a map, is taken back first."
        )


def compare_cells(study: Study, before: CellTable) -> CellChanges:
    """Compare the cells that are there now with those that were, in their pictures.

    Parameters
    ----------
    before
        `Study.cells` as it was. Pictures in which there were none, and pictures that
        are gone, are left out.
    """
    pictures = np.intersect1d(np.unique(before.picture_id), list(study.pictures))
    before = before.take(np.isin(before.picture_id, pictures))
    after = study.cells
    after = after.take(np.isin(after.picture_id, pictures))
    changes = changes_between(before, after, study.labels)
    findings = (study.findings.get(number) for number in pictures.tolist())
    away = sum(len(finding.deleted) for finding in findings if finding is not None)
    return replace(changes, stay_away=away)


def changes_between(
    before: CellTable, after: CellTable, labels: LabelJournal
) -> CellChanges:
    """The same for two tables of the same pictures."""
    stays = after.has(before.cell_id)
    stayed, went = before.take(stays), before.cell_id[~stays]
    now = after.outline_id[after.rows_of(stayed.cell_id)]
    codes, _ = labels.classes_of(went)
    names = np.array([*labels.class_names, ""], object)[codes]
    named, counts = np.unique(names[codes >= 0].astype(str), return_counts=True)
    return CellChanges(
        stayed=len(stayed),
        redrawn=int((now != stayed.outline_id).sum()),
        went=len(went),
        came=int((~before.has(after.cell_id)).sum()),
        labelled_went=int(counts.sum()),
        classes_went=tuple(zip(named.tolist(), counts.tolist(), strict=True)),
    )
