"""One file per verb; the only place where a study meets a method."""

from napari_dinobloom.workflows.add_pictures import AddPictures
from napari_dinobloom.workflows.cell_pictures import CellPictures, CellView
from napari_dinobloom.workflows.classify_cells import ClassifyCells
from napari_dinobloom.workflows.compare_cells import CellChanges, compare_cells
from napari_dinobloom.workflows.describe_study import (
    SlideSummary,
    StudySummary,
    describe_study,
)
from napari_dinobloom.workflows.embed_cells import EmbedCells
from napari_dinobloom.workflows.evaluate_study import EvaluateStudy
from napari_dinobloom.workflows.import_labels import ImportLabels
from napari_dinobloom.workflows.import_masks import ImportMasks
from napari_dinobloom.workflows.label_cells import (
    accept_predictions,
    clear_labels,
    label_cells,
    mark_unsure,
)
from napari_dinobloom.workflows.project_cells import ProjectCells
from napari_dinobloom.workflows.run_study import (
    RunOptions,
    run_steps,
    searched_otherwise,
)
from napari_dinobloom.workflows.segment_pictures import SegmentPictures

__all__ = [
    "AddPictures",
    "CellChanges",
    "CellPictures",
    "CellView",
    "ClassifyCells",
    "EmbedCells",
    "EvaluateStudy",
    "ImportLabels",
    "ImportMasks",
    "ProjectCells",
    "RunOptions",
    "SegmentPictures",
    "SlideSummary",
    "StudySummary",
    "accept_predictions",
    "clear_labels",
    "compare_cells",
    "describe_study",
    "label_cells",
    "mark_unsure",
    "run_steps",
    "searched_otherwise",
]
