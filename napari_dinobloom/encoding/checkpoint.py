"""Checkpoint files of DINOv2 networks, in whichever layout, as one flat set of tensors.

Three layouts are read: the training teacher (``{"teacher": {"backbone.…": …}}``, as
DinoBloom lies on Zenodo), flat DINOv2 names with a ``mask_token``, and timm's names.
Nothing in a file is run: pickled objects are refused.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_dinobloom.core import BadInputError, MissingDependencyError

if TYPE_CHECKING:
    import torch

_WRAPPERS = ("teacher", "model", "state_dict")
_HEADS = ("dino_head.", "ibot_head.", "head.", "head_dist.")
_PREFIXES = ("module.", "_fsdp_wrapped_module.", "backbone.")
_CHUNKED = re.compile(r"blocks\.(\d+)\.(\d+)\.(.+)")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What the file holds, on the processor; tensors and plain containers only.

    Parameters
    ----------
    path
        A file written by ``torch.save`` or a safetensors file; which one it is
        is read from its first bytes, not from its name.

    Raises
    ------
    BadInputError
        If the file is absent, cut short, no checkpoint, or holds pickled objects.
    MissingDependencyError
        If torch (or safetensors, for such a file) is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInputError(
            f"There is no file {path}.",
            "Give the path of a weights file, or fetch one: napari-dinobloom "
            "weights fetch dinobloom-s",
        )
    with path.open("rb") as file:
        start = file.read(16)
    if start[8:9] == b"{":
        return _read_safetensors(path)
    if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80":
        return _read_torch(path)
    raise BadInputError(
        f"{path.name} is not a checkpoint: it begins with {start[:8]!r}, neither a "
        "torch file nor safetensors. Web pages saved by mistake look like this.",
        "Fetch the file again: napari-dinobloom weights fetch NAME",
    )


def _read_torch(path: Path) -> dict[str, Any]:
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError.of("torch", "dinobloom", "DinoBloom") from error
    from pickle import UnpicklingError  # noqa: TID251  # only to catch torch's refusal

    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise BadInputError(
            f"{path.name} holds pickled Python objects besides tensors; loading them "
            "could run code on this computer, so it is not opened.",
            "Save the plain state_dict with torch.save, or as safetensors.",
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise _cut_short(path) from error
    if not isinstance(held, Mapping):
        raise BadInputError(
            f"{path.name} holds a {type(held).__name__}, not the named tensors of a "
            "network.",
            "Save model.state_dict(), not a single tensor.",
        )
    return dict(held)


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise MissingDependencyError.of(
            "safetensors", "dinobloom", f"Reading {path.name}"
        ) from error
    try:
        return dict(load_file(path, device="cpu"))
    except (SafetensorError, OSError) as error:
        raise _cut_short(path) from error


def _cut_short(path: Path) -> BadInputError:
    size = path.stat().st_size
    return BadInputError(
        f"{path.name} cannot be read to its end ({size / 1e6:.1f} MB): it is cut short "
        "or damaged, as after an interrupted download.",
        "Fetch it again: napari-dinobloom weights fetch NAME",
    )


def flatten(held: Mapping[str, Any], filename: str) -> "dict[str, torch.Tensor]":
    """The backbone's tensors under timm's names, float32; `held` is left as it was.

    Parameters
    ----------
    held
        What `read_checkpoint` gave, in any of the three layouts.
    filename
        For the messages.

    Raises
    ------
    BadInputError
        If these are no tensors of a vision transformer, or it has register tokens.
    """
    import torch

    for wrapper in _WRAPPERS:
        inner = held.get(wrapper)
        if isinstance(inner, Mapping):
            held = inner
            break
    flat: dict[str, torch.Tensor] = {}
    for key, value in held.items():
        name = _without_prefixes(key)
        if isinstance(value, torch.Tensor) and not name.startswith(_HEADS):
            flat[name] = value.detach().to(torch.float32)
    flat = {_timm_name(name): value for name, value in _renumbered(flat).items()}
    flat.pop("mask_token", None)
    _refuse_foreign(flat, filename)
    return flat


def _without_prefixes(key: str) -> str:
    key = str(key)
    while True:
        prefix = next((p for p in _PREFIXES if key.startswith(p)), "")
        if not prefix:
            return key.replace("._fsdp_wrapped_module.", ".")
        key = key[len(prefix) :]


def _renumbered(flat: "dict[str, torch.Tensor]") -> "dict[str, torch.Tensor]":
    """Blocks that were stored in chunks (``blocks.1.7.…``) numbered in one row.

    DINOv2 counts the second number through all chunks; where it begins anew in each
    chunk, the chunks are laid one after another.
    """
    matches = {name: _CHUNKED.fullmatch(name) for name in flat}
    places = sorted({(int(m[1]), int(m[2])) for m in matches.values() if m})
    inner = [place[1] for place in places]
    unique = len(set(inner)) == len(inner)
    number = {place: place[1] if unique else i for i, place in enumerate(places)}
    renamed = {}
    for name, value in flat.items():
        match = matches[name]
        if match:
            block = number[int(match[1]), int(match[2])]
            name = f"blocks.{block}.{match[3]}"  # the new name
        renamed[name] = value
    return renamed


def _timm_name(name: str) -> str:
    return name.replace(".mlp.w12.", ".mlp.fc1.").replace(".mlp.w3.", ".mlp.fc2.")


def _refuse_foreign(flat: "dict[str, torch.Tensor]", filename: str) -> None:
    if any(name in flat for name in ("register_tokens", "reg_token")):
        raise BadInputError(
            f"{filename} has register tokens; DinoBloom and RedDino have none. This "
            "looks like a plain DINOv2 file with registers.",
            "Fetch the right one: napari-dinobloom weights fetch dinobloom-s",
        )
    needed = ("cls_token", "pos_embed", "patch_embed.proj.weight")
    missing = [name for name in needed if name not in flat]
    if missing:
        raise BadInputError(
            f"{filename} is no vision transformer of DINOv2's kind: it lacks "
            f"{', '.join(missing)} (it holds {len(flat)} tensors).",
            "Fetch the right one: napari-dinobloom weights fetch dinobloom-s",
        )
