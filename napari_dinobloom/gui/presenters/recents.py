"""The studies that were open last, kept over restarts."""

import json
from pathlib import Path

MOST = 8


class RecentStudies:
    """Study folders, the last opened first.

    Parameters
    ----------
    file
        A JSON list of paths; need not exist.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def folders(self) -> list[Path]:
        """Those that still exist."""
        return [folder for folder in self._read() if folder.is_dir()]

    def remember(self, folder: Path) -> None:
        """Put a folder first; where nothing can be written, forget about it."""
        folder = folder.resolve()
        others = [known for known in self._read() if known != folder]
        text = json.dumps([str(f) for f in [folder, *others][:MOST]], indent=1)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(text, encoding="utf-8")
        except OSError:
            return

    def _read(self) -> list[Path]:
        try:
            listed = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [Path(p) for p in listed if isinstance(p, str)]
