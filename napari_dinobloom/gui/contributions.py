"""What napari's own menus ask of the plugin: sample pictures, opening a study."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

LayerTuple = tuple[Any, ...]
SHEET_COLUMNS = 4


def sample_field(laboratory: str, diagnosis: str) -> list[LayerTuple]:
    """One field of a synthetic smear as an Image layer."""
    from napari_dinobloom.imaging.synthetic import LABORATORIES, make_field

    field = make_field(laboratory, diagnosis, seed=1)
    um = LABORATORIES[laboratory].pixel_size_um
    name = f"Synthetic smear ({laboratory}, {diagnosis})"
    return [(field.rgb, _placed(name, um), "image")]


sample_lilac = partial(sample_field, "lilac", "healthy")
sample_magenta = partial(sample_field, "magenta", "acute leukaemia")
sample_green = partial(sample_field, "green", "eosinophilia")
sample_peach = partial(sample_field, "peach", "chronic lymphocytic leukaemia")


def sample_cells() -> list[LayerTuple]:
    """One picture of each kind of white cell, side by side."""
    from napari_dinobloom.imaging.synthetic import (
        LABORATORIES,
        WHITE_CELLS,
        make_cell_picture,
    )

    pictures = [
        make_cell_picture("lilac", name, seed=3, size_px=200).rgb
        for name in WHITE_CELLS
    ]
    rows = [
        np.concatenate(pictures[i : i + SHEET_COLUMNS], axis=1)
        for i in range(0, len(pictures), SHEET_COLUMNS)
    ]
    um = LABORATORIES["lilac"].pixel_size_um
    placed = _placed("Synthetic white cells", um)
    return [(np.concatenate(rows, axis=0), placed, "image")]


def study_reader(path: str | list[str]) -> Callable[[Any], list[LayerTuple]] | None:
    """What opens a study folder; None for everything else."""
    if not isinstance(path, str):
        return None
    folder = Path(path)
    is_study = folder.suffix == ".study" and (folder / "journal.sqlite").is_file()
    return _read_study if is_study else None


def _read_study(path: Any) -> list[LayerTuple]:
    """Open the study in the dock of the current viewer; its layers come from there."""
    import napari

    from napari_dinobloom.gui.plugin import open_study_in

    viewer = napari.current_viewer()
    if viewer is not None:
        open_study_in(viewer, Path(path))
    return [(None,)]


def _placed(name: str, um: float) -> dict[str, Any]:
    return {
        "name": name,
        "rgb": True,
        "scale": (um, um),
        "units": ("um", "um"),
        "metadata": {"synthetic": True},
    }
