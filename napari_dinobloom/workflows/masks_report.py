"""What became of files of foreign masks."""

from collections.abc import Mapping
from dataclasses import dataclass

from napari_dinobloom.core.counting import counted
from napari_dinobloom.study import KIND_NAMES
from napari_dinobloom.workflows.mask_kinds import Taken


@dataclass(frozen=True, slots=True)
class MasksReport:
    """What became of all files.

    Parameters
    ----------
    pictures, cells, replaced
        How many pictures got masks, with how many cells, in place of how many.
    taken
        What each name was taken for.
    problems
        Reason by file (and picture) that gave nothing.
    remarks
        Sentences about what was left out or taken otherwise, by picture.
    """

    pictures: int
    cells: int
    replaced: int
    taken: tuple[Taken, ...]
    problems: Mapping[str, str]
    remarks: Mapping[str, tuple[str, ...]]


def describe(report: MasksReport) -> list[str]:
    """A report in sentences, for a person: what was taken for what comes last."""
    if not report.pictures:
        return []
    cells, pictures = counted(report.cells, "cell"), counted(report.pictures, "picture")
    said = [f"{cells} in {pictures}, in place of {report.replaced:,}."]
    for taken in report.taken:
        name = f"“{taken.name}”" if taken.name else "without a name"
        said.append(
            f"{counted(taken.cells, 'cell')} {name}: {KIND_NAMES[taken.kind]} "
            f"({taken.reason})."
        )
    return said
