"""What a laboratory is looking at, and what it has said about it."""

from napari_dinobloom.study.cells import (
    CELL_KINDS,
    KIND_COLOURS,
    KIND_NAMES,
    CellTable,
)
from napari_dinobloom.study.contents import (
    SEARCHED_AGAIN,
    Contents,
    Element,
    Finding,
    Stored,
)
from napari_dinobloom.study.edits import (
    ChangeSlides,
    CorrectCells,
    Edit,
    ReplaceCells,
    SetElement,
    SetLabels,
    SetTaxonomy,
    set_element,
)
from napari_dinobloom.study.features import FeatureMatrix, Rows, scaled
from napari_dinobloom.study.history import History
from napari_dinobloom.study.journal import LabelJournal, now
from napari_dinobloom.study.kind_words import kind_of_name, says_only_the_kind
from napari_dinobloom.study.ledger import Ledger
from napari_dinobloom.study.predictions import Predictions
from napari_dinobloom.study.projection import Projection
from napari_dinobloom.study.recipe import Recipe
from napari_dinobloom.study.selection import Combine, Selection
from napari_dinobloom.study.slide import Acquisition, Picture, Slide
from napari_dinobloom.study.statements import (
    ACCEPTED,
    SURE,
    UNSURE,
    LabelRecord,
    Saying,
    Statements,
)
from napari_dinobloom.study.study import ReadOnlyStudyError, Study, StudyEvents
from napari_dinobloom.study.taxonomy import CellClass, Taxonomy

__all__ = [
    "ACCEPTED",
    "CELL_KINDS",
    "KIND_COLOURS",
    "KIND_NAMES",
    "SEARCHED_AGAIN",
    "SURE",
    "UNSURE",
    "Acquisition",
    "CellClass",
    "CellTable",
    "ChangeSlides",
    "Combine",
    "Contents",
    "CorrectCells",
    "Edit",
    "Element",
    "FeatureMatrix",
    "Finding",
    "History",
    "LabelJournal",
    "LabelRecord",
    "Ledger",
    "Picture",
    "Predictions",
    "Projection",
    "ReadOnlyStudyError",
    "Recipe",
    "ReplaceCells",
    "Rows",
    "Saying",
    "Selection",
    "SetElement",
    "SetLabels",
    "SetTaxonomy",
    "Slide",
    "Statements",
    "Stored",
    "Study",
    "StudyEvents",
    "Taxonomy",
    "kind_of_name",
    "now",
    "says_only_the_kind",
    "scaled",
    "set_element",
]
