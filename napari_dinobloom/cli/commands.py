"""Every command, in the order in which help shows them."""

from importlib import import_module

from napari_dinobloom.cli.app import app

MODULES = (
    "samples", "run", "import_masks", "open_viewer", "label", "scheme", "classify",
    "evaluate", "history", "report", "export", "segment", "embed", "weights", "doctor",
)  # fmt: skip

for module in MODULES:
    # Importing a module of commands registers them with the app.
    import_module(f"napari_dinobloom.cli.{module}")

__all__ = ["app"]
