"""``open``: the viewer."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.core import BadInputError, MissingDependencyError


@app.command("open", rich_help_panel="Start here")
@explained
def open_command(
    study: Annotated[
        Path | None, typer.Argument(help="The study folder; none starts empty.")
    ] = None,
) -> None:
    """Open a study in napari, or an empty window.

    Example: napari-dinobloom open my.study
    """
    if study is not None:
        from napari_dinobloom.storage import is_study

        if not is_study(study):
            raise BadInputError(
                f"{study} is not a study folder.",
                "Make one: napari-dinobloom run PICTURES --study NAME.study",
            )
    if find_spec("PyQt6") is not None:
        # napari is giving PyQt5 up; qtpy would still take it where both are there.
        os.environ.setdefault("QT_API", "pyqt6")
    try:
        from napari_dinobloom.gui.plugin import open_viewer
    except ImportError as error:
        raise MissingDependencyError(
            f"The viewer cannot start: {error}.",
            "Install a Qt: pip install 'napari-dinobloom[pyqt6]'; then see: "
            "napari-dinobloom doctor",
        ) from error
    open_viewer(study)
