"""What a person has set once and for all, kept by napari's preferences.

napari 0.9 makes a settings page out of the manifest's ``configurations`` and keeps the
values; older ones know nothing of it, and the defaults hold.
"""

from dataclasses import asdict, dataclass
from typing import Any

PLUGIN = "napari-dinobloom"


@dataclass(frozen=True, slots=True)
class Settings:
    """As in ``napari.yaml``; a test keeps both alike.

    Parameters
    ----------
    author
        Whose name stands beside each label; empty for the account's name.
    device
        "auto", "cpu", "cuda" or "mps": where networks run.
    batch_size
        Cells per pass of a network; 0 leaves it to the program.
    weights_folder
        Where weights lie; empty for the usual place.
    workers
        Processes that search pictures; 0 for one per core.
    """

    author: str = ""
    device: str = "auto"
    batch_size: int = 0
    weights_folder: str = ""
    workers: int = 0


def read_settings() -> Settings:
    """What is set now; the defaults where this napari keeps no plugin settings."""
    kept = _kept()
    if kept is None:
        return Settings()
    return Settings(**{name: getattr(kept, name) for name in asdict(Settings())})


def write_settings(settings: Settings) -> bool:
    """Keep them; False where this napari cannot."""
    kept = _kept()
    if kept is None:
        return False
    for name, value in asdict(settings).items():
        if getattr(kept, name) != value:
            setattr(kept, name, value)
    return True


def _kept() -> Any:
    """Napari's own settings model of this plugin, or None."""
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # before napari 0.9
        return None
    try:
        return get_plugin_settings(PLUGIN).general
    except KeyError:  # the plugin is switched off, or runs without its manifest
        return None
