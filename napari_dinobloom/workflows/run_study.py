"""The main job: find the cells, embed them, map them; only what is missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_dinobloom.core import Task
from napari_dinobloom.encoding import encoder_info, encoders
from napari_dinobloom.encoding.catalogue import NETWORKS
from napari_dinobloom.encoding.checkpoint import read_checkpoint
from napari_dinobloom.encoding.weights import locate
from napari_dinobloom.projection import projectors
from napari_dinobloom.segmentation import ready_segmenter
from napari_dinobloom.study import Study
from napari_dinobloom.workflows.embed_cells import EmbedCells
from napari_dinobloom.workflows.project_cells import ProjectCells
from napari_dinobloom.workflows.segment_pictures import SegmentPictures

ALL_KINDS = ("wbc", "rbc", "platelet", "other", "cell")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the main job uses.

    ``kinds`` are the kinds of cells that are embedded and mapped; ``workers`` the
    processes that search pictures, by default one per core. Pictures whose cells were
    imported are searched ``again`` only if ``imported_too``; cells that a person
    deleted come back only if ``deleted_too``.
    """

    segmenter: str = "smear"
    segmenter_parameters: Mapping[str, Any] = field(default_factory=dict)
    encoder: str = "morphology"
    encoder_parameters: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ALL_KINDS
    projector: str = "umap"
    again: bool = False
    workers: int | None = None
    imported_too: bool = False
    deleted_too: bool = False

    def check(self) -> None:
        """Find out before the first picture what would fail after the last.

        Raises
        ------
        UnknownNameError
            For a method that nobody registered.
        BadInputError
            If weights are absent, or the file given is no checkpoint.
        """
        ready_segmenter(self.segmenter, self.segmenter_parameters)
        encoders.require(self.encoder)
        projectors.require(self.projector)
        weights = self.encoder_parameters.get("weights")
        if weights is not None:
            read_checkpoint(Path(weights))
        elif self.encoder in NETWORKS and encoder_info(self.encoder).needs_weights:
            locate(self.encoder)


def searched_otherwise(study: Study, options: RunOptions) -> int:
    """How many pictures stay as another search left them, with other numbers.

    Where no numbers are given nobody expects another result.
    """
    asked = dict(options.segmenter_parameters)
    if not asked or options.again:
        return 0
    wanted = options.segmenter, asked
    recipes = [finding.recipe for finding in study.findings.values()]
    return sum((r.method, dict(r.parameters)) != wanted for r in recipes)


def imported_kept(study: Study, options: RunOptions) -> int:
    """How many pictures a new search passed by, as their cells were imported."""
    if not options.again or options.imported_too:
        return 0
    return sum(finding.is_imported for finding in study.findings.values())


Step = Callable[[Study], Task[Study, Any] | None]
"""Builds the next task from the study as it stands; None when nothing is left to do."""


def run_steps(options: RunOptions) -> tuple[Step, ...]:
    """The steps of the main job, to be built and run one after the other."""
    options.check()

    def segment(study: Study) -> Task[Study, Any] | None:
        task = SegmentPictures.from_study(
            study,
            options.segmenter,
            parameters=options.segmenter_parameters,
            again=options.again,
            imported_too=options.imported_too,
            deleted_too=options.deleted_too,
            workers=options.workers,
        )
        return task if task.jobs else None

    def embed(study: Study) -> Task[Study, Any] | None:
        if not len(study.cells.of_kinds(options.kinds)):
            return None
        task = EmbedCells.from_study(
            study,
            options.encoder,
            parameters=options.encoder_parameters,
            kinds=options.kinds,
        )
        return task if task.may_have_work else None

    def project(study: Study) -> Task[Study, Any] | None:
        if options.encoder not in study.names_of("features"):
            return None
        if options.projector in study.names_of("projection"):
            recipe = study.projection(options.projector).recipe
            same = f"features:{options.encoder}" in recipe.inputs
            if same and not study.is_outdated(recipe):
                return None
        return ProjectCells.from_study(
            study, options.projector, features=options.encoder, kinds=options.kinds
        )

    return segment, embed, project
