"""What all exports share: they report progress and say what they wrote."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError, DinoBloomError, Progress
from napari_dinobloom.core.output_names import relative_stems
from napari_dinobloom.study import CellTable, Picture, Study


@dataclass
class Written:
    """What an export left on disk.

    Parameters
    ----------
    files
        Every file, in the order in which it was written.
    cells
        How many cells they describe.
    failed
        Reason by picture that could not be exported.
    notes
        Sentences for the person: what is not in the files.
    """

    files: list[Path] = field(default_factory=list)
    cells: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


Export = Generator[Progress, None, Written]
"""A running export; each yield is progress and a place to cancel."""


def searched_pictures(study: Study) -> list[Picture]:
    """Pictures of which the cells are known.

    Raises
    ------
    BadInputError
        If there is none yet.
    """
    pictures = [p for p in study.pictures.values() if p.picture_id in study.findings]
    if not pictures:
        raise BadInputError(
            "The study has no cells yet, so there is nothing to export.",
            "Find them first: napari-dinobloom run PICTURES --study STUDY",
        )
    return pictures


def picture_stems(
    pictures: list[Picture], endings: tuple[str, ...] = ("",)
) -> dict[int, Path]:
    """A relative file name without suffix for each picture, by id."""
    stems = relative_stems([picture.path for picture in pictures], endings)
    return {p.picture_id: stem for p, stem in zip(pictures, stems, strict=True)}


def with_ending(folder: Path, stem: Path, ending: str) -> Path:
    """``folder/stem`` + ending; dots inside the stem are left alone."""
    return folder / stem.with_name(stem.name + ending)


def cell_masks(
    cells: CellTable, labels: np.ndarray, nuclei: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray, int, int]]:
    """Row, cell mask, nucleus mask, left and top of each cell that has pixels."""
    from scipy import ndimage

    boxes = ndimage.find_objects(labels)
    for row, value in enumerate(cells.mask_label.tolist()):
        box = boxes[value - 1] if 0 < value <= len(boxes) else None
        if box is None:
            continue
        mask, nucleus = labels[box] == value, nuclei[box] == value
        yield row, mask, nucleus, box[1].start, box[0].start


def masks_or_reason(
    study: Study, picture: Picture
) -> tuple[np.ndarray, np.ndarray] | str | None:
    """The picture's label images, None where it has none, or why they fail."""
    try:
        return study.masks_of(picture.picture_id)
    except (DinoBloomError, OSError, KeyError, ValueError) as error:
        return f"Its label image cannot be read ({error})."
