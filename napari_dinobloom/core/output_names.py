"""Names for the files that are written per input file."""

import os
from collections.abc import Sequence
from pathlib import Path


def relative_stems(
    paths: Sequence[Path],
    endings: Sequence[str] = ("",),
    base: Path | None = None,
) -> list[Path]:
    """A relative path without suffix for each file, so that no two outputs collide.

    The folder structure below the common parent is kept. Where two files differ in
    their suffix only (a.png, a.jpg), or where one's output would be called like
    another's (a.png → a_nucleus.tif, a_nucleus.png), the whole name is the stem.

    Parameters
    ----------
    paths
        The input files, all different.
    endings
        What will be appended to a stem: ("", "_nucleus").
    base
        The folder to which the stems are relative; the common parent unless given.
        A file outside of it keeps its name only.
    """
    absolute = [Path(os.path.normpath(path.absolute())) for path in paths]
    if not absolute:
        return []
    root = base and Path(os.path.normpath(base.absolute()))
    root = root or Path(os.path.commonpath([path.parent for path in absolute]))
    inside = [
        path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
        for path in absolute
    ]
    wanted = [[_key(p.with_suffix(""), e) for e in endings] for p in inside]
    times: dict[str, int] = {}
    for keys in wanted:
        for key in keys:
            times[key] = times.get(key, 0) + 1
    taken: set[str] = set()
    stems = []
    for path, keys in zip(inside, wanted, strict=True):
        alone = all(times[key] == 1 for key in keys)
        stem = path.with_suffix("") if alone else path
        number = 2
        while any(_key(stem, e) in taken for e in endings):
            stem = path.with_name(f"{path.name}-{number}")
            number += 1
        taken.update(_key(stem, e) for e in endings)
        stems.append(stem)
    return stems


def _key(stem: Path, ending: str) -> str:
    """What two file names share on a disk that ignores case."""
    return f"{stem}{ending}".casefold()
