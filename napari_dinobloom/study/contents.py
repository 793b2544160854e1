"""What a study holds at one moment; changed by edits only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.study.cells import CellTable
from napari_dinobloom.study.features import FeatureMatrix
from napari_dinobloom.study.journal import LabelJournal
from napari_dinobloom.study.predictions import Predictions
from napari_dinobloom.study.projection import Projection
from napari_dinobloom.study.recipe import Recipe
from napari_dinobloom.study.slide import Picture, Slide
from napari_dinobloom.study.taxonomy import Taxonomy

SEARCHED_AGAIN = "Searched again: "
"""How the note of a picture begins that says what became of its cells."""

IMPORTED = "import"
"""What a recipe calls the method where another program found the cells."""

Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""

Element = FeatureMatrix | Projection | Predictions
"""A computed result that covers many cells."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A computed result that lies on disk and is read when first asked for."""

    kind: str
    name: str
    revision: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a segmenter found in one picture; an empty table is a result too.

    Parameters
    ----------
    mask_file
        Label image (TIFF, int32) inside the study folder, or None for a picture that
        shows a single cell. The nuclei lie beside it, `*_nucleus.tif`.
    red_cell_diameter_px
        The scale the segmenter worked with; nan where it could not tell.
    notes
        Sentences for the person: "no white cell seen".
    deleted
        Left, top, width, height of cells that a person took away: a new search is to
        leave them out.
    """

    cells: CellTable
    recipe: Recipe
    mask_file: str | None = None
    red_cell_diameter_px: float = float("nan")
    notes: tuple[str, ...] = ()
    deleted: tuple[Box, ...] = ()

    @property
    def is_imported(self) -> bool:
        """Whether another program found these cells."""
        return self.recipe.method == IMPORTED


@dataclass
class Contents:
    """Slides, pictures, findings, labels and computed results of one study."""

    slides: dict[str, Slide] = field(default_factory=dict)
    pictures: dict[int, Picture] = field(default_factory=dict)
    findings: dict[int, Finding] = field(default_factory=dict)
    labels: LabelJournal = field(default_factory=LabelJournal)
    taxonomy: Taxonomy = field(default_factory=Taxonomy)
    elements: dict[tuple[str, str], Element | Stored] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Touched:
    """What an edit changed, for those who draw it.

    Parameters
    ----------
    labelled
        (n,) int64, ascending: cells whose standing label may differ.
    """

    slides: bool = False
    taxonomy: bool = False
    pictures: frozenset[int] = frozenset()
    labelled: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    element: tuple[str, str] | None = None


def updated(mapping: dict, changes: Mapping, order: tuple = ()) -> tuple[dict, tuple]:
    """Apply changes in place, None meaning "take away"; return what undoes them.

    Parameters
    ----------
    order
        All keys in the order they shall have, or () to keep the one that arises.

    Returns
    -------
    before
        The changes that take these ones back.
    order
        Where a key was taken away, all keys as they were ordered before; else ().
    """
    before = {key: mapping.get(key) for key in changes}
    takes_away = any(v is None and k in mapping for k, v in changes.items())
    order_before = tuple(mapping) if takes_away else ()
    for key, value in changes.items():
        if value is None:
            mapping.pop(key, None)
        else:
            mapping[key] = value
    if order:
        in_order = {key: mapping[key] for key in order}
        mapping.clear()
        mapping.update(in_order)
    return before, order_before
