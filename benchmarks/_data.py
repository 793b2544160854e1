"""Where the real smears lie and where results go."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(
    os.environ.get("NAPARI_DINOBLOOM_SHARED_DATA", ROOT.parent / "shared/data")
)
RESULTS = ROOT / "benchmarks" / "results"


def give_display() -> object:
    """A virtual screen where there is none; keep what is returned while drawing."""
    if sys.platform != "linux" or os.environ.get("DISPLAY"):
        return None
    from pyvirtualdisplay import Display

    return Display(size=(1400, 900)).start()


def save(name: str, rows: object) -> Path:
    """Write a benchmark's rows as JSON, with machine and date."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
    when = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"machine": machine, "date": when, "rows": rows}
    path.write_text(json.dumps(content, indent=1))
    return path
