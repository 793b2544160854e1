"""To which picture of a study a file of masks belongs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from napari_dinobloom.imaging.foreign.opening import (
    IMAGES,
    OUTLINES,
    bare_stem,
    shortened,
)

NOT_THERE = (
    "No masks lie in this folder or below it.\n"
    f"Looked for were label images ({', '.join(sorted(IMAGES))}), outlines "
    f"({', '.join(sorted(OUTLINES))}) and OME-Zarr folders (.zarr); pictures of the "
    "study, *_nucleus images and folders called *.study are passed by."
)


def picture_named(name: str, pictures: Mapping[int, Path]) -> int | str:
    """The picture that a name or a path means, or a sentence why there is none.

    The last part has to agree with a picture's name, or with its stem, also behind
    what programs append for masks ("field-1_cp_masks.png"). Of several, the one whose
    folders agree the furthest is meant. Names are compared; nothing is opened.

    Parameters
    ----------
    pictures
        Path by picture id.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    if ".." in parts:
        return f"The name {name!r} leads out of its folder and is not followed."
    parts = [part for part in parts if part]
    if not parts:
        return "Nothing says to which picture these masks belong."
    ranked = {
        number: _agreement(parts, path)
        for number, path in pictures.items()
        if _level(parts[-1], path)
    }
    if not ranked:
        return f"The study has no picture called like {name!r}."
    best = max(ranked.values())
    chosen = [number for number, rank in ranked.items() if rank == best]
    if len(chosen) > 1:
        return (
            f"{len(chosen)} pictures are called like {name!r}; it is not known which "
            "one is meant."
        )
    return chosen[0]


def _level(last: str, path: Path) -> int:
    """How well a name agrees with a picture's: 0 not at all."""
    if last == path.name:
        return 4
    folded, stem = last.casefold(), path.stem.casefold()
    if folded == path.name.casefold():
        return 3
    bare = bare_stem(folded)
    if stem in (bare, folded):
        return 2
    return int(shortened(bare) == stem)


def _agreement(parts: list[str], path: Path) -> tuple[int, int]:
    above = 0
    for given, own in zip(parts[-2::-1], path.parts[-2::-1], strict=False):
        if given.casefold() != own.casefold():
            break
        above += 1
    return _level(parts[-1], path), above


def without_masks(
    given: Sequence[Path],
    found: Sequence[tuple[Path, Path]],
    pictures: Iterable[Path],
) -> dict[str, str]:
    """What was looked for in folders in which nothing can be masks, by folder.

    Parameters
    ----------
    found
        As `find_mask_files` gave it.
    pictures
        The study's own, which are no masks.
    """
    own = {path.resolve() for path in pictures}
    others = [path for path, _ in found if path.resolve() not in own]
    empty = [
        folder
        for folder in given
        if folder.is_dir() and not any(path.is_relative_to(folder) for path in others)
    ]
    return {str(folder): NOT_THERE for folder in empty}
