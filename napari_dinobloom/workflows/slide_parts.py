"""Where on a slide of a study cells lie side by side, as its search found."""

from pathlib import Path

from napari_dinobloom.segmentation.monolayer import PARTS, SIDE_BY_SIDE, Monolayer
from napari_dinobloom.study import Study
from napari_dinobloom.workflows.tile_files import load_survey

__all__ = ["PARTS", "SIDE_BY_SIDE", "Monolayer", "monolayer_of"]


def monolayer_of(study: Study, picture_id: int) -> Monolayer | None:
    """What lies where on a huge picture; None where it was not looked over yet.

    A small file is read. It is there as soon as the search has begun.
    """
    newest = _surveys(study.folder, picture_id)
    kept = load_survey(newest[-1].parent) if newest else None
    return kept[1] if kept is not None else None


def _surveys(folder: Path | None, picture_id: int) -> list[Path]:
    if folder is None:
        return []
    files = folder.glob(f"tiles/{picture_id:06d}-*/survey.npz")
    return sorted(files, key=lambda file: file.stat().st_mtime_ns)
