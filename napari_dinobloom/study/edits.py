"""Everything that can be done to a study, each with what undoes it.

An edit is a value. Applying it returns the edit that takes it back, so undo and redo
are the same operation, and what has to be stored is only what came new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from napari_dinobloom.core.counting import counted
from napari_dinobloom.study.contents import (
    Contents,
    Element,
    Finding,
    Stored,
    Touched,
    updated,
)
from napari_dinobloom.study.slide import Picture, Slide
from napari_dinobloom.study.statements import (
    ACCEPTED,
    SURE,
    UNSURE,
    LabelRecord,
    Statements,
)
from napari_dinobloom.study.taxonomy import Taxonomy


class Edit(Protocol):
    """One change of a study."""

    kind: ClassVar[str]
    """What storage calls it."""

    @property
    def summary(self) -> str:
        """What an undo menu says: "label 12 cells", "the map (UMAP)"."""
        ...

    @property
    def touched(self) -> Touched:
        """What has to be drawn anew."""
        ...

    def apply(self, contents: Contents) -> "Edit":
        """Change the contents; return the edit that takes the change back."""
        ...


@dataclass(frozen=True)
class ChangeSlides:
    """Add, describe or take away slides and pictures; None takes away.

    The orders are set only where taking back a removal has to restore them.
    """

    slides: Mapping[str, Slide | None] = field(default_factory=dict)
    pictures: Mapping[int, Picture | None] = field(default_factory=dict)
    slide_order: tuple[str, ...] = field(default=(), repr=False)
    picture_order: tuple[int, ...] = field(default=(), repr=False)
    kind: ClassVar[str] = "slides"

    @property
    def summary(self) -> str:
        """How many slides and pictures come, change or go."""
        parts = [
            counted(len(changes), noun)
            for changes, noun in ((self.slides, "slide"), (self.pictures, "picture"))
            if changes
        ]
        after = (*self.slides.values(), *self.pictures.values())
        # whether one that stays is new only the contents know
        is_gone = bool(after) and all(described is None for described in after)
        verb = "take away" if is_gone else "add or change"
        return f"{verb} {' and '.join(parts or ['nothing'])}"

    @property
    def touched(self) -> Touched:
        """The slide list and these pictures' cells."""
        return Touched(slides=True, pictures=frozenset(self.pictures))

    def apply(self, contents: Contents) -> "ChangeSlides":
        """Write the new descriptions."""
        slides, slide_order = updated(contents.slides, self.slides, self.slide_order)
        pictures, picture_order = updated(
            contents.pictures, self.pictures, self.picture_order
        )
        return ChangeSlides(slides, pictures, slide_order, picture_order)


@dataclass(frozen=True)
class ReplaceCells:
    """Put new cells into pictures in place of the old ones; None takes them away."""

    findings: Mapping[int, Finding | None]
    kind: ClassVar[str] = "cells"

    @property
    def highest_cell_id(self) -> int:
        """The highest id among the new cells and outlines, 0 where there are none."""
        tables = [f.cells for f in self.findings.values() if f and len(f.cells)]
        highest = (max(int(t.cell_id[-1]), int(t.outline_id.max())) for t in tables)
        return max(highest, default=0)

    @property
    def summary(self) -> str:
        """How many cells in how many pictures."""
        there = [f for f in self.findings.values() if f is not None]
        cells = counted(sum(len(finding.cells) for finding in there), "cell")
        pictures = counted(len(self.findings), "picture")
        if there and all(finding.is_imported for finding in there):
            return f"import {cells} into {pictures}"
        return f"find {cells} in {pictures}"

    @property
    def touched(self) -> Touched:
        """These pictures."""
        return Touched(pictures=frozenset(self.findings))

    def apply(self, contents: Contents) -> "ReplaceCells":
        """Write the new findings."""
        before, _ = updated(contents.findings, self.findings)
        return ReplaceCells(before)


@dataclass(frozen=True)
class CorrectCells(ReplaceCells):
    """The same where a person drew, took away, parted or joined cells.

    Parameters
    ----------
    said
        What was done, as an undo menu says it: "delete 2 cells".
    """

    said: str = "correct cells"
    kind: ClassVar[str] = "correction"

    @property
    def summary(self) -> str:
        """What was done."""
        return self.said

    def apply(self, contents: Contents) -> "CorrectCells":
        """Write the new findings."""
        return CorrectCells(super().apply(contents).findings, self.said)


@dataclass(frozen=True, slots=True)
class SetLabels:
    """Append label records; very many are best given as `Statements`."""

    records: Sequence[LabelRecord]
    kind: ClassVar[str] = "labels"

    @property
    def summary(self) -> str:
        """What was done to how many cells: "label 12 cells blast"."""
        statements = Statements.of(self.records)
        n, said = len(statements.about), statements.said()
        cells = counted(n, "cell")
        notes = {saying.note for saying in said}
        if notes == {UNSURE}:
            return f"mark {cells} unsure"
        if notes == {SURE}:
            return f"take the unsure mark off {cells}"
        if {saying.source for saying in said} == {ACCEPTED}:
            return f"accept {counted(n, 'prediction')}"
        names = {saying.class_name for saying in said}
        name = next(iter(names)) if len(names) == 1 else "with several classes"
        return f"clear {cells}" if name is None else f"label {cells} {name}"

    @property
    def touched(self) -> Touched:
        """These cells' labels."""
        return Touched(labelled=Statements.of(self.records).about)

    def apply(self, contents: Contents) -> "WithdrawLabels":
        """Append to the journal."""
        contents.labels.append(self.records)
        return WithdrawLabels(self.records)


@dataclass(frozen=True, slots=True)
class WithdrawLabels:
    """Take label records back; only ever the inverse of `SetLabels`."""

    records: Sequence[LabelRecord]
    kind: ClassVar[str] = "withdraw"

    @property
    def summary(self) -> str:
        """How many."""
        return f"take back {counted(len(self.records), 'label')}"

    @property
    def touched(self) -> Touched:
        """These cells' labels."""
        return Touched(labelled=Statements.of(self.records).about)

    def apply(self, contents: Contents) -> SetLabels:
        """Remove them from the journal."""
        contents.labels.withdraw(self.records)
        return SetLabels(self.records)


@dataclass(frozen=True)
class SetTaxonomy:
    """Use another scheme of classes."""

    taxonomy: Taxonomy
    kind: ClassVar[str] = "taxonomy"

    @property
    def summary(self) -> str:
        """The classes, and what their scheme is called where it has a name."""
        name = self.taxonomy.name
        named = f" ({name})" if name != Taxonomy().name else ""
        return f"change the classes{named}"

    @property
    def touched(self) -> Touched:
        """The classes."""
        return Touched(taxonomy=True)

    def apply(self, contents: Contents) -> "SetTaxonomy":
        """Exchange the scheme."""
        before = contents.taxonomy
        contents.taxonomy = self.taxonomy
        return SetTaxonomy(before)


@dataclass(frozen=True)
class SetElement:
    """Let another version of a computed result stand, or none.

    The order is set only where taking back a removal has to restore it.
    """

    key: tuple[str, str]
    element: Element | Stored | None
    order: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    kind: ClassVar[str] = "element"

    @property
    def summary(self) -> str:
        """What the result is to a person: "the map (UMAP)"."""
        return _result_in_words(*self.key)

    @property
    def touched(self) -> Touched:
        """The result of that kind and name."""
        return Touched(element=self.key)

    def apply(self, contents: Contents) -> "SetElement":
        """Exchange the standing version."""
        change = {self.key: self.element}
        before, order = updated(contents.elements, change, self.order)
        return SetElement(self.key, before[self.key], order)


_METHODS = {"umap": "UMAP", "pca": "PCA"}


def _result_in_words(kind: str, name: str) -> str:
    if kind == "predictions":
        how = "by nearest labelled cells" if name == "knn" else f"({name})"
        return f"the predictions {how}"
    result = "map" if kind == "projection" else kind
    return f"the {result} ({_METHODS.get(name, name)})"


def set_element(element: Element) -> SetElement:
    """The edit that lets this result stand."""
    return SetElement((element.kind, element.name), element)
