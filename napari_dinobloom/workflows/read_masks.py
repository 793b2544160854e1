"""The foreign masks of one picture as a segmentation, in whatever process this runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign import ForeignCells, PictureMasks
from napari_dinobloom.segmentation import Segmentation
from napari_dinobloom.workflows.mask_kinds import Taken, counted, decide
from napari_dinobloom.workflows.segment_pictures import PictureJob

_ENOUGH_RED = 3


@dataclass(frozen=True, slots=True)
class MaskJob:
    """Masks, and the picture to which they belong.

    ``shape`` is its height and width in pixels, ``sha256`` that of the masks' file,
    ``kinds`` the kind by name as a person wants it, ``diameter_px`` that of a red cell
    where the picture was searched before.
    """

    picture: PictureJob
    shape: tuple[int, int]
    masks: PictureMasks
    sha256: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    diameter_px: float = float("nan")


@dataclass(frozen=True, slots=True)
class ReadMasks:
    """The cells of one picture, what the file calls them, and what they were taken for.

    ``names[i - 1]`` belongs to label i of the segmentation.
    """

    segmentation: Segmentation
    names: tuple[str, ...]
    taken: tuple[Taken, ...]


def read_masks(job: MaskJob) -> ReadMasks:
    """Read the masks; where they lack kinds or nuclei, ask the picture.

    Raises
    ------
    BadInputError
        If they do not fit the picture, or there are none.
    """
    _require_same_size(job)
    found = job.masks.cells(job.shape)
    if not len(found):
        more = f" {found.notes[0]}" if found.notes else ""
        raise BadInputError(
            f"{job.masks.file.name} has no cells for this picture.{more}",
            "What was found in it before stays.",
        )
    area = np.bincount(found.nuclei.ravel(), minlength=len(found) + 1)[1:]
    decided = decide(found.names, found.kinds, (area > 0).tolist(), job.kinds)
    white = any(kind == "wbc" for kind, _ in decided)
    asks = any(not kind for kind, _ in decided) or (white and not found.knows_nuclei)
    judged = _judged(job, found) if asks else None
    if judged is not None:
        decided = [
            (kind or by_look, reason)
            for (kind, reason), by_look in zip(decided, judged.kinds, strict=True)
        ]
    kinds = tuple(kind for kind, _ in decided)
    notes = list(found.notes)
    nuclei = found.nuclei
    if judged is not None and not found.knows_nuclei:
        nuclei = judged.nuclei
        notes.append("The file has no nuclei; those of white cells were searched for.")
    is_white = np.array([False, *(kind == "wbc" for kind in kinds)])
    segmentation = Segmentation(
        found.labels,
        np.where(is_white[nuclei], nuclei, 0).astype(np.int32),
        kinds,
        np.where(np.isnan(found.scores), 1, found.scores).astype(np.float32),
        _red_cell_diameter(job, found.labels, kinds, judged),
        (f"Masks from {job.masks.file.name}.", *notes),
    )
    return ReadMasks(segmentation, found.names, tuple(counted(found.names, decided)))


def _require_same_size(job: MaskJob) -> None:
    size = job.masks.size
    if size is not None and size != job.shape:
        raise BadInputError(
            f"{job.masks.file.name} says that {job.masks.picture} is {size[1]} × "
            f"{size[0]} pixels; the picture is {job.shape[1]} × {job.shape[0]}.",
            "Masks have to be as large as the picture, pixel by pixel.",
        )


def _judged(job: MaskJob, found: ForeignCells) -> Segmentation:
    from napari_dinobloom.imaging import read_picture
    from napari_dinobloom.segmentation.judging import judge

    picture = read_picture(job.picture.path)
    if picture.rgb.shape[:2] != job.shape:
        raise BadInputError(
            f"{job.picture.path} has another size than when it was added.",
            "Add the picture again.",
        )
    um = job.picture.pixel_size_um or picture.pixel_size_um
    return judge(picture.rgb, found.labels, um)


def _red_cell_diameter(
    job: MaskJob,
    labels: np.ndarray,
    kinds: tuple[str, ...],
    judged: Segmentation | None,
) -> float:
    """As it was measured in the picture, else by the red cells' masks; nan if unknown.

    The picture's own ruler stays: by another one all features would count as others.
    """
    if np.isfinite(job.diameter_px):
        return job.diameter_px
    if judged is not None and np.isfinite(judged.red_cell_diameter_px):
        return judged.red_cell_diameter_px
    area = np.bincount(labels.ravel(), minlength=len(kinds) + 1)[1:]
    red = area[np.array(kinds) == "rbc"]
    if len(red) < _ENOUGH_RED:
        return float("nan")
    return float(np.sqrt(4 / np.pi * np.median(red)))
