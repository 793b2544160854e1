"""Where a person put the pages, remembered from one day to the next."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_BYTES = 100_000


class LayoutMemory:
    """A small JSON file; a damaged or foreign one is as good as none.

    Parameters
    ----------
    path
        Where it lies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, dict[str, Any]]:
        """What was kept last, {} where nothing was."""
        try:
            if self._path.stat().st_size > MOST_BYTES:
                return {}
            kept = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        parts = kept.items() if isinstance(kept, dict) else ()
        return {name: part for name, part in parts if isinstance(part, dict)}

    def keep(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep one part beside the others; a full disk is no reason to stop working."""
        kept = self.read()
        if kept.get(name) == value:
            return
        kept[name] = dict(value)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(kept, indent=1), "utf-8")
            fresh.replace(self._path)
        except OSError:
            return
