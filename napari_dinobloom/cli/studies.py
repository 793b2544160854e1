"""Opening a study for a command, and the options they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dinobloom.core import BadInputError

if TYPE_CHECKING:
    # Only for reading: a study brings NumPy and pandas, which --help does not need.
    from napari_dinobloom.study import Study

StudyPath = Annotated[Path, typer.Argument(help="The study folder (NAME.study).")]
Author = Annotated[
    str | None,
    typer.Option(help="Who is at work; the account's name unless given."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that exist.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@contextmanager
def opened(
    path: Path, *, write: bool = False, author: str | None = None
) -> "Iterator[Study]":
    """The study in a folder, saved and released at the end, Ctrl-C included.

    Raises
    ------
    BadInputError
        If there is none, or it is to be written and another program has it open.
    """
    from napari_dinobloom.storage import open_study

    with open_study(path, author=author, read_only=not write) as folder:
        if write:
            folder.study.require_writable()
        yield folder.study


def require_cells(study: "Study", path: Path) -> None:
    """Fail with the command that finds cells where there are none.

    Raises
    ------
    BadInputError
        If the study has no cells.
    """
    if not len(study.cells):
        raise BadInputError(
            f"{path} has no cells yet.",
            f"Find them first: napari-dinobloom run PICTURES --study {path}",
        )
