"""The command line: thin callers of workflows and storage.

Importing it loads no numerics beyond what a study's types need; each command imports
what it uses.
"""

from napari_dinobloom.cli.app import app


def main() -> None:
    """Run the command line, as installed under ``napari-dinobloom``."""
    from napari_dinobloom.cli import commands

    commands.app()


__all__ = ["app", "main"]
