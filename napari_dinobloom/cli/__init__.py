"""The command line: thin callers of workflows and storage.

Importing it loads no numerics beyond what a study's types need; each command imports
what it uses.
"""

import signal
from typing import NoReturn

from napari_dinobloom.cli.app import app


def main() -> None:
    """Run the command line, as installed under ``napari-dinobloom``."""
    from napari_dinobloom.cli import commands

    # asked to go, by a batch system or the viewer: nothing half-written stays
    signal.signal(signal.SIGTERM, _interrupt)
    commands.app()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


__all__ = ["app", "main"]
