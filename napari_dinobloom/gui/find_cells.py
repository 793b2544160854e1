"""Layers ▸ Segment: the cells of the chosen picture, without any study."""

from typing import Any

import numpy as np
from napari.layers import Image
from napari.utils import DirectLabelColormap
from napari.utils.notifications import show_error, show_info, show_warning

from napari_dinobloom.gui.presenters.smear.palette import rgb_of
from napari_dinobloom.gui.scene_loader import SceneLoader
from napari_dinobloom.segmentation import Segmentation, segmenters
from napari_dinobloom.study import KIND_COLOURS, KIND_NAMES

_under_way: set[SceneLoader] = set()
"""Searches that were started and are not answered: nobody else holds them."""


def find_cells(viewer: Any, segmenter: str = "smear") -> None:
    """Search the active RGB image of a viewer; adds a Labels layer when done."""
    layer = viewer.layers.selection.active
    problem = why_not(layer)
    if problem:
        show_warning(problem)
        return
    rgb = np.ascontiguousarray(layer.data[..., :3])
    um = pixel_size_of(layer)
    loader = SceneLoader()
    _under_way.add(loader)

    def done(found: Segmentation) -> None:
        _under_way.discard(loader)
        loader.close()
        add_cells(viewer, layer, found)

    def failed(error: Exception) -> None:
        _under_way.discard(loader)
        loader.close()
        show_error(str(error))

    show_info(f"Searching {layer.name} for cells …")
    loader.load(lambda: segmenters.create(segmenter).segment(rgb, um), done, failed)


def why_not(layer: Any) -> str:
    """Why this layer cannot be searched, or ""."""
    if not isinstance(layer, Image) or not layer.rgb or np.ndim(layer.data) != 3:
        return "Choose a colour picture (an RGB Image layer) in the layer list first."
    if np.asarray(layer.data).dtype != np.uint8:
        return f"{layer.name} is not 8-bit colour; save it as PNG or JPEG first."
    return ""


def pixel_size_of(layer: Any) -> float | None:
    """µm per pixel where the layer says so, else None."""
    unit = str(layer.units[-1])
    return float(layer.scale[-1]) if unit in ("micrometer", "um", "µm") else None


def add_cells(viewer: Any, layer: Any, found: Segmentation) -> None:
    """Add the cells above their picture, coloured by kind."""
    import pandas as pd

    names = [KIND_NAMES[kind] for kind in found.kinds]
    colours: dict[int | None, Any] = {None: (0, 0, 0, 0), 0: (0, 0, 0, 0)}
    for label, kind in enumerate(found.kinds, start=1):
        colours[label] = (*rgb_of(KIND_COLOURS[kind]), 1.0)
    cells = viewer.add_labels(
        found.labels,
        name=f"Cells of {layer.name}",
        scale=layer.scale,
        translate=layer.translate,
        units=layer.units,
        colormap=DirectLabelColormap(color_dict=colours),
        features=pd.DataFrame(
            {
                "index": np.arange(len(found) + 1),
                "kind": ["", *names],
                "score": [0.0, *found.scores.round(2).tolist()],
            }
        ),
    )
    cells.contour = 2
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    told = ", ".join(f"{n} {name}{'s' * (n != 1)}" for name, n in counts.items())
    show_info(" ".join([told or "No cell found.", *found.notes]))
