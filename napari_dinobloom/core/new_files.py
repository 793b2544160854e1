"""Files that appear whole or not at all, and never in place of another's work."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_dinobloom.core import BadInputError


def require_free(paths: Iterable[Path], overwrite: bool) -> None:
    """Refuse to write where something lies already.

    Raises
    ------
    BadInputError
        If one of the paths exists and ``overwrite`` is false, or is a folder.
    """
    for path in paths:
        if path.is_dir():
            raise BadInputError(
                f"{path} is a folder, where a file is to be written.",
                "Name a file that does not exist yet.",
            )
        if path.exists() and not overwrite:
            raise BadInputError(
                f"{path} exists already and is left alone.",
                "Name another place, or overwrite it: --overwrite.",
            )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name when all went well.

    Missing folders are made. When anything fails, Ctrl-C included, the temporary file
    is removed and what was there before stays.

    Raises
    ------
    BadInputError
        If the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInputError(
            f"{path} cannot be written ({reason}).",
            "Check the folder's permissions and the free space, or name another place.",
        ) from error
    finally:
        with suppress(OSError):
            # Where the folder could not be made, there is nothing to remove.
            temporary.unlink(missing_ok=True)
