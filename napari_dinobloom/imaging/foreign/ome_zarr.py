"""Labels of OME-Zarr (NGFF 0.1 to 0.5): the group ``labels`` of an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.cells import ForeignCells, as_text
from napari_dinobloom.imaging.foreign.label_file import as_numbers, require_size
from napari_dinobloom.imaging.foreign.label_image import cells_of
from napari_dinobloom.imaging.picture import MAX_PIXELS

_MARKS = (".zgroup", ".zattrs", "zarr.json", ".zarray")
_MOST_CHUNKS = 100_000


@dataclass(frozen=True)
class ZarrLabels:
    """One label image of an OME-Zarr, at full size, and that of its nuclei."""

    file: Path
    picture: str
    name: str
    nuclei: str | None
    size: tuple[int, int] | None = None

    def cells(self, shape: tuple[int, int]) -> ForeignCells:
        """The cells, numbered anew from 1."""
        group = _opened(self.file)
        values, about = _values(self.file, group, self.name, shape)
        nuclei = None
        if self.nuclei is not None:
            nuclei, _ = _values(self.file, group, self.nuclei, shape)
        numbers, note = as_numbers(self.file, values)
        return cells_of(
            self.file, numbers, nuclei, _table(about), [note] if note else []
        )


def is_zarr(path: Path) -> bool:
    """Whether a folder is a Zarr group or array."""
    return path.is_dir() and any((path / mark).is_file() for mark in _MARKS)


def open_ome_zarr(path: Path) -> list[ZarrLabels]:
    """The cells of an OME-Zarr: an image with labels, or the label image itself.

    Raises
    ------
    BadInputError
        If it has no labels, or several and nobody knows which are the cells.
    """
    attributes = _attributes(_opened(path))
    if "image-label" in attributes:
        return [ZarrLabels(path, _picture_of(path), "", None)]
    names = attributes.get("labels")
    prefix = ""
    if not isinstance(names, list):
        prefix = "labels/"
        names = _attributes(_member(path, _opened(path), "labels")).get("labels")
    if not isinstance(names, list) or not names:
        raise _without_labels(path)
    for name in names:
        _require_inside(path, name)
    nuclei = [name for name in names if "nucle" in name.casefold()]
    cells = [name for name in names if name not in nuclei] or nuclei
    if len(cells) != 1 or len(nuclei) > 1:
        raise BadInputError(
            f"{path.name} has several label images: {', '.join(map(str, names[:20]))}.",
            f"Name one of them: {path / (prefix + str(names[0]))}",
        )
    inner = nuclei[0] if nuclei and nuclei != cells else None
    return [
        ZarrLabels(
            path,
            _picture_of(path),
            prefix + cells[0],
            None if inner is None else prefix + inner,
        )
    ]


def _opened(path: Path) -> Any:
    import zarr

    try:
        return zarr.open_group(zarr.storage.LocalStore(path, read_only=True), mode="r")
    except Exception as error:
        raise BadInputError(
            f"{path} cannot be opened as OME-Zarr ({error}).",
            "It is a folder that holds zarr.json, or .zgroup and .zattrs.",
        ) from error


def _member(path: Path, group: Any, name: str) -> Any:
    try:
        return group[name] if name else group
    except KeyError as error:
        if name == "labels":
            raise _without_labels(path) from error
        raise BadInputError(f"{path} has no part called {name}.") from error
    except Exception as error:
        raise BadInputError(f"{path / name} cannot be read ({error}).") from error


def _without_labels(path: Path) -> BadInputError:
    return BadInputError(
        f"{path} has no labels: there is no group “labels” with a list of them.",
        "Write them beside the image, as OME-Zarr has it: NAME.zarr/labels/cells.",
    )


def _attributes(group: Any) -> Mapping[str, Any]:
    """The attributes, which version 0.5 keeps one step deeper."""
    attributes = dict(group.attrs)
    ome = attributes.get("ome")
    return ome if isinstance(ome, Mapping) else attributes


def _require_inside(path: Path, name: object) -> None:
    parts = name.replace("\\", "/").split("/") if isinstance(name, str) else [".."]
    if not all(parts) or ".." in parts or ":" in parts[0]:
        raise BadInputError(
            f"{path} names a part outside itself: {name!r}.",
            "Do not trust this file; ask where it comes from.",
        )


def _values(
    path: Path, group: Any, name: str, shape: tuple[int, int]
) -> tuple[np.ndarray, Mapping[str, Any]]:
    """The plane of a label image at full size, and what its attributes say."""
    attributes = _attributes(_member(path, group, name))
    try:
        dataset = attributes["multiscales"][0]["datasets"][0]["path"]
    except (KeyError, IndexError, TypeError) as error:
        raise BadInputError(
            f"{path / name} has no multiscales, so no pixels."
        ) from error
    _require_inside(path, dataset)
    array = _member(path, group, f"{name}/{dataset}".lstrip("/"))
    size = tuple(getattr(array, "shape", ()))
    if len(size) < 2 or any(n != 1 for n in size[:-2]):
        raise BadInputError(
            f"{path / name} has the shape {size}; the labels of a smear are one plane.",
            "Write the plane with the labels alone.",
        )
    require_size(path / name, size[-2:], shape)
    chunk = int(np.prod(array.chunks, dtype=np.float64))
    if chunk > MAX_PIXELS or array.nchunks > _MOST_CHUNKS:
        raise BadInputError(f"{path / name} is cut into chunks that no picture needs.")
    try:
        plane = np.asarray(array[(0,) * (len(size) - 2)])
    except Exception as error:
        raise BadInputError(f"{path / name} cannot be read ({error}).") from error
    about = attributes.get("image-label")
    return plane, about if isinstance(about, Mapping) else {}


def _table(about: Mapping[str, Any]) -> dict[int, dict[str, str]]:
    """What ``image-label`` says of each value: its class under whatever name."""
    said: dict[int, dict[str, str]] = {}
    properties = about.get("properties")
    for entry in properties if isinstance(properties, list) else ():
        value = entry.get("label-value") if isinstance(entry, Mapping) else None
        if isinstance(value, bool) or not isinstance(value, int):
            continue
        named = {str(key).casefold(): text for key, text in entry.items()}
        name = next(
            (
                as_text(named[key])
                for key in ("class", "cell type", "cell_type", "type", "name", "label")
                if as_text(named.get(key))
            ),
            "",
        )
        said[value] = {"name": name, "kind": as_text(named.get("kind"))}
    return said


def _picture_of(path: Path) -> str:
    """What the image is called: the folder above ``labels``, or the Zarr itself."""
    parts = path.absolute().parts
    if "labels" in parts[:-1]:
        above = len(parts) - 2 - parts[:-1][::-1].index("labels")
        return parts[above - 1]
    return path.name
