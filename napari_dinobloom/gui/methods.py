"""Which segmenters and encoders can be chosen, and what keeps the others away."""

from importlib.util import find_spec

from napari_dinobloom.core import BadInputError
from napari_dinobloom.encoding import EncoderInfo, encoder_info, encoders
from napari_dinobloom.encoding.weights import list_weights
from napari_dinobloom.gui.presenters.study.run_presenter import MethodChoice
from napari_dinobloom.segmentation import segmenters
from napari_dinobloom.segmentation.cellpose import usual_weights

SEGMENTERS = {
    "smear": (
        "Stained smear",
        "White cells, red cells and platelets. Needs no training and no download.",
    ),
    "cellpose": (
        "Cellpose-SAM",
        "Outlines by a trained network that you bring; kinds by the stain.",
    ),
}

TITLES = {
    "morphology": "Morphology",
    "dinobloom-s": "DinoBloom S",
    "dinobloom-b": "DinoBloom B",
    "dinobloom-l": "DinoBloom L",
    "dinobloom-g": "DinoBloom G",
    "reddino-s": "RedDino S (red cells)",
    "reddino-b": "RedDino B (red cells)",
    "reddino-l": "RedDino L (red cells)",
    "dinov2": "Your own DINOv2 network",
}


def list_methods() -> tuple[list[MethodChoice], list[MethodChoice]]:
    """Segmenters and encoders as the panel offers them; loads no network."""
    here = {status.file.name for status in list_weights() if status.path is not None}
    has_torch = all(find_spec(package) is not None for package in ("torch", "timm"))
    found = [
        MethodChoice(name, *SEGMENTERS.get(name, (name, "")), obstacle_to_segment(name))
        for name in segmenters
    ]
    known = [encoder_info(name) for name in encoders]
    return found, [encoder_choice(info, here, has_torch) for info in known]


def obstacle_to_segment(name: str) -> str:
    """What keeps a segmenter from being used, in two or three words, or ""."""
    if name != "cellpose":
        return ""
    if find_spec("cellpose") is None:
        return "not installed"
    try:
        usual_weights()
    except BadInputError:
        return "weights not there"
    return ""


def encoder_choice(info: EncoderInfo, here: set[str], has_torch: bool) -> MethodChoice:
    """An encoder as the panel offers it."""
    obstacle = ""
    if info.needs_weights and not has_torch:
        obstacle = "torch is not installed"
    elif info.needs_weights and info.name not in here:
        obstacle = "weights not there"
    title = TITLES.get(info.name, info.name)
    return MethodChoice(info.name, title, info.description, obstacle)
