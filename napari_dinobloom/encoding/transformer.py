"""A DINOv2 vision transformer built to the measure of a checkpoint, through timm."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from napari_dinobloom.core import BadInputError, MissingDependencyError

if TYPE_CHECKING:
    import torch

INPUT_PX = 224
"""Side at which DinoBloom was trained: 16 × 16 patches of 14 px."""

HEAD_WIDTH = 64
"""Width of one attention head in every published DINOv2."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """The measures of a vision transformer, as its tensors show them.

    Parameters
    ----------
    dimension, depth, heads
        Width of a token, number of blocks, attention heads in each.
    hidden
        Width inside the MLP.
    mlp
        "gelu" for S, B and L; "swiglu" for G.
    patch_px
        Side of a patch.
    """

    dimension: int
    depth: int
    heads: int
    hidden: int
    mlp: Literal["gelu", "swiglu"]
    patch_px: int = 14
    scaled: bool = True


def recognise(
    flat: "Mapping[str, torch.Tensor]", filename: str, heads: int | None = None
) -> Architecture:
    """The architecture that the tensors' shapes show.

    Parameters
    ----------
    flat
        From `checkpoint.flatten`.
    filename
        For the messages.
    heads
        Attention heads; shapes do not show them. None takes one per 64 columns, as
        every published DINOv2 has.

    Raises
    ------
    BadInputError
        If the network is for another input size, incomplete, or its heads unknown.
    """
    dimension = int(flat["cls_token"].shape[-1])
    patch = int(flat["patch_embed.proj.weight"].shape[-1])
    _check_position(flat["pos_embed"], dimension, patch, filename)
    numbers = {int(m[1]) for n in flat if (m := re.match(r"blocks\.(\d+)\.", n))}
    first, second = (
        flat.get("blocks.0.mlp.fc1.weight"),
        flat.get("blocks.0.mlp.fc2.weight"),
    )
    if not numbers or first is None or second is None:
        raise BadInputError(
            f"{filename} holds no transformer blocks (blocks.0.mlp.fc1.weight).",
            "Save the whole backbone, or fetch a published one.",
        )
    hidden = int(second.shape[1])
    return Architecture(
        dimension,
        max(numbers) + 1,
        heads or _heads(dimension, filename),
        hidden,
        "swiglu" if first.shape[0] == 2 * hidden else "gelu",
        patch,
        "blocks.0.ls1.gamma" in flat,
    )


def _check_position(
    position: "torch.Tensor", dimension: int, patch: int, filename: str
) -> None:
    tokens = 1 + (INPUT_PX // patch) ** 2
    if tuple(position.shape) == (1, tokens, dimension):
        return
    side = max(int(position.shape[1]) - 1, 0) ** 0.5 * patch
    raise BadInputError(
        f"{filename} holds pos_embed for {side:.0f} px {tuple(position.shape)}; "
        f"DinoBloom models are trained at {INPUT_PX} px (1, {tokens}, {dimension}). "
        "This looks like a plain DINOv2 file.",
        "Fetch the right one: napari-dinobloom weights fetch dinobloom-s",
    )


def _heads(dimension: int, filename: str) -> int:
    if dimension % HEAD_WIDTH:
        raise BadInputError(
            f"{filename} has {dimension} columns, which are not attention heads of "
            f"{HEAD_WIDTH}; a checkpoint does not tell how many heads it has.",
            "Say how many heads it was trained with (heads=…).",
        )
    return dimension // HEAD_WIDTH


def build(
    architecture: Architecture, flat: "Mapping[str, torch.Tensor]", filename: str
) -> Any:
    """The network with these weights, in evaluation mode; its output is the CLS token.

    The CLS token is taken after the final LayerNorm. The tensors are shared with
    `flat`, not copied.

    Raises
    ------
    BadInputError
        If a tensor is missing, left over or of another shape.
    MissingDependencyError
        If timm is not installed.
    """
    try:
        from timm.layers import Mlp, SwiGLUPacked
        from timm.models.vision_transformer import VisionTransformer
    except ImportError as error:
        raise MissingDependencyError.of("timm", "dinobloom", "DinoBloom") from error
    from torch import nn

    gated = architecture.mlp == "swiglu"
    network = VisionTransformer(
        img_size=INPUT_PX,
        patch_size=architecture.patch_px,
        embed_dim=architecture.dimension,
        depth=architecture.depth,
        num_heads=architecture.heads,
        mlp_ratio=architecture.hidden * (2 if gated else 1) / architecture.dimension,
        mlp_layer=SwiGLUPacked if gated else Mlp,
        act_layer=nn.SiLU if gated else nn.GELU,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        init_values=1e-5 if architecture.scaled else None,
        num_classes=0,
        global_pool="token",
        weight_init="skip",
    )
    _check_tensors(network.state_dict(), flat, filename)
    network.load_state_dict(dict(flat), strict=True, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def _check_tensors(
    wanted: "Mapping[str, torch.Tensor]",
    given: "Mapping[str, torch.Tensor]",
    filename: str,
) -> None:
    missing = [name for name in wanted if name not in given]
    surplus = [name for name in given if name not in wanted]
    unlike = [
        f"{name} {tuple(given[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in wanted
        if name in given and given[name].shape != wanted[name].shape
    ]
    faults = [
        f"{what} {', '.join(names[:3])}{' …' if len(names) > 3 else ''} ({len(names)})"
        for what, names in (
            ("lacks", missing),
            ("has the unknown", surplus),
            ("has the ill-shaped", unlike),
        )
        if names
    ]
    if faults:
        raise BadInputError(
            f"{filename} does not fit a DINOv2 network: it {'; '.join(faults)}.",
            "Fetch the file again, or save the whole backbone of your own training.",
        )
