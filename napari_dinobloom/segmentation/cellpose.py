"""Cellpose-SAM as a segmenter: its outlines; kinds and nuclei by our own means.

The package ``cellpose`` is an extra, and the network's weights are brought by the
user; nothing is downloaded here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from napari_dinobloom.core import BadInputError, MissingDependencyError
from napari_dinobloom.segmentation.judging import judge
from napari_dinobloom.segmentation.parameters import Parameter
from napari_dinobloom.segmentation.protocol import Segmentation, check_picture

PLACES = "CELLPOSE_LOCAL_MODELS_PATH"
"""Where Cellpose itself looks for networks; ~/.cellpose/models unless set."""
USUAL_FILES = ("cpsam_v2", "cpsam")
_NEEDED = "W2"  # a tensor that every network of Cellpose 4 has, and no earlier one
_SMALLEST_SIDE = 8

PARAMETERS = (
    Parameter(
        "cell_probability", "Least certainty of a pixel", 0.0, -6.0, 6.0, 0.5, "",
        "Lower it to find more and larger cells, raise it to find fewer.",
    ),
    Parameter(
        "flow_error", "Largest error of an outline", 0.4, 0.1, 3.0, 0.1, "",
        "Raise it where cells are missed, lower it where shapes are wrong.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellposeSegmenter:
    """Finds outlines by Cellpose-SAM; says what each cell is by how it is stained.

    Pachitariu, Rariden and Stringer 2025, doi:10.1101/2025.04.28.651001.

    Parameters
    ----------
    weights
        File of the network (``cpsam_v2``, or one of your own); where None is given, the
        one that Cellpose keeps in its folder.
    cell_probability, flow_error
        See `PARAMETERS`; None takes the usual number.
    device
        "auto", "cpu", "cuda" or "mps".

    Raises
    ------
    BadInputError
        If a number is out of its range.
    """

    weights: str | None = None
    cell_probability: float | None = None
    flow_error: float | None = None
    device: str = "auto"
    name: ClassVar[str] = "cellpose"
    parameters: ClassVar[tuple[Parameter, ...]] = PARAMETERS
    in_processes: ClassVar[bool] = False
    """A network of a gigabyte is loaded once, not once per core."""

    def __post_init__(self) -> None:
        said = (self.cell_probability, self.flow_error)
        for parameter, value in zip(PARAMETERS, said, strict=True):
            parameter.check(value)
        if self.device not in ("auto", "cpu", "cuda", "mps"):
            raise BadInputError(
                f"There is no device called {self.device!r}.",
                "Known: auto, cpu, cuda, mps.",
            )

    def require_ready(self) -> None:
        """Find out before the first picture what would fail at it.

        Raises
        ------
        MissingDependencyError
            If Cellpose is not installed.
        BadInputError
            If there are no weights, or they are not plain ones of Cellpose 4.
        """
        require_cellpose()
        check_weights(self._weights_file())

    def segment(
        self, rgb: np.ndarray, pixel_size_um: float | None = None
    ) -> Segmentation:
        """Find the cells of one picture.

        Parameters
        ----------
        rgb
            (H, W, 3) uint8; it is not changed.
        pixel_size_um
            Micrometres per pixel, where known: tells red cells from platelets better.

        Raises
        ------
        MissingDependencyError, BadInputError
            As `require_ready`; and if the picture is not (H, W, 3) uint8.
        """
        check_picture(rgb, pixel_size_um)
        shape = rgb.shape[:2]
        if min(shape) < _SMALLEST_SIDE:
            return Segmentation.empty(shape, "This picture is too small to show cells.")
        model = loaded(str(self._weights_file()), self.device)
        usual = {p.name: p.usual for p in PARAMETERS}
        masks, flows, _ = model.eval(
            np.array(rgb),
            channel_axis=-1,
            cellprob_threshold=_or(self.cell_probability, usual["cell_probability"]),
            flow_threshold=_or(self.flow_error, usual["flow_error"]),
        )
        labels = numbered(np.asarray(masks).reshape(shape))
        if not labels.any():
            return Segmentation.empty(shape, "No cell seen in this picture.")
        certainty = np.asarray(flows[2], np.float64).reshape(shape)
        return judge(np.array(rgb), labels, pixel_size_um, scores_of(labels, certainty))

    def _weights_file(self) -> Path:
        return usual_weights() if self.weights is None else Path(self.weights)


def require_cellpose() -> None:
    """Say how to install Cellpose where it is not.

    Raises
    ------
    MissingDependencyError
        If it is not installed, or in a version before 4.
    """
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    if find_spec("cellpose") is None:
        raise MissingDependencyError.of(
            "cellpose", "cellpose", "The segmenter cellpose"
        )
    try:
        found = version("cellpose")
    except PackageNotFoundError:
        return  # put beside us without being installed; its maker knows
    if int(found.split(".")[0]) < 4:
        raise MissingDependencyError(
            f"Cellpose {found} is installed; Cellpose-SAM came with version 4.",
            "Update it: pip install --upgrade 'cellpose>=4'",
        )


def usual_weights() -> Path:
    """The network that Cellpose keeps in its own folder.

    Raises
    ------
    BadInputError
        If there is none.
    """
    folder = Path(os.environ.get(PLACES) or Path.home() / ".cellpose" / "models")
    for name in USUAL_FILES:
        if (folder / name).is_file():
            return folder / name
    raise BadInputError(
        f"There are no weights of Cellpose in {folder}.",
        "Name the file with --segmenter-weights, or put cpsam_v2 into that folder; "
        "it is at huggingface.co/mouseland/cellpose-sam. Mind its licence.",
    )


def check_weights(path: Path) -> None:
    """Refuse what is not a plain set of tensors of Cellpose 4, before it is handed on.

    A file that passes holds nothing that could run when Cellpose opens it, in whatever
    way Cellpose does.

    Raises
    ------
    BadInputError
        If the file is absent, damaged, holds other objects, or is of an older version.
    """
    if not path.is_file():
        raise BadInputError(f"There is no file {path}.", "Check --segmenter-weights.")
    held = _tensors(path)
    names = {name.removeprefix("module.") for name in held}
    if _NEEDED not in names or not any(name.startswith("encoder.") for name in names):
        raise BadInputError(
            f"{path.name} holds no network of Cellpose-SAM (Cellpose 4).",
            "Networks of Cellpose 1 to 3 do not fit; cpsam_v2 or one made of it does.",
        )


def _tensors(path: Path) -> Mapping[str, Any]:
    from pickle import UnpicklingError  # noqa: TID251  # only to catch torch's refusal

    import torch

    try:
        # Mapped, not read: a gigabyte is looked at for its names alone.
        held = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except UnpicklingError as error:
        raise BadInputError(
            f"{path.name} holds pickled Python objects besides tensors; loading them "
            "could run code on this computer, so it is not opened.",
            "Save the plain state_dict with torch.save.",
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise BadInputError(
            f"{path.name} cannot be read as a network ({str(error)[:200]}).",
            "Copy or fetch it again.",
        ) from error
    plain = isinstance(held, Mapping) and all(
        isinstance(name, str) and isinstance(value, torch.Tensor)
        for name, value in held.items()
    )
    if not plain:
        raise BadInputError(
            f"{path.name} is no plain set of named tensors.",
            "Save model.state_dict(), nothing around it.",
        )
    tensors: Mapping[str, Any] = held
    return tensors


@lru_cache(maxsize=1)
def loaded(weights: str, device: str) -> Any:
    """The network, ready; the last one is kept.

    Raises
    ------
    MissingDependencyError, BadInputError
        As `CellposeSegmenter.require_ready`.
    """
    require_cellpose()
    check_weights(Path(weights))
    import torch
    from cellpose.models import CellposeModel

    chosen = None if device == "auto" else torch.device(device)
    try:
        # In half precision the same picture gives other cells on other processors.
        return CellposeModel(
            gpu=device == "auto",
            pretrained_model=weights,
            device=chosen,
            use_bfloat16=False,
        )
    except (RuntimeError, ValueError) as error:
        raise BadInputError(
            f"Cellpose cannot use {Path(weights).name} ({str(error)[:200]}).",
            "Use a network of Cellpose 4, and --device cpu where memory is short.",
        ) from error


def numbered(masks: np.ndarray) -> np.ndarray:
    """(H, W) int32, the same cells numbered 1 … n without a gap."""
    present = np.unique(masks)
    present = present[present > 0]
    labels = np.searchsorted(present, masks).astype(np.int32) + 1
    labels[masks <= 0] = 0
    return labels


def scores_of(labels: np.ndarray, certainty: np.ndarray) -> np.ndarray:
    """(n,) float32 in 0 … 1: the mean certainty (a logit) of each cell's pixels."""
    count = int(labels.max())
    chance = 1 / (1 + np.exp(-np.clip(certainty, -30, 30)))
    total = np.bincount(labels.ravel(), weights=chance.ravel(), minlength=count + 1)
    area = np.bincount(labels.ravel(), minlength=count + 1)
    means: np.ndarray = total[1:] / np.maximum(area[1:], 1)
    scores: np.ndarray = np.clip(means, 0, 1).astype(np.float32)
    return scores


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else float(value)
