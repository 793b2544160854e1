"""What every test may ask for."""

import os
from pathlib import Path

import pytest

# One thread per test process: with two cores, oversubscription is slower and noisier.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Both bindings lie side by side; pytest-qt would take PyQt6 whatever napari takes.
os.environ.setdefault("PYTEST_QT_API", os.environ.setdefault("QT_API", "pyqt5"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real smears; skips where it is absent."""
    named = os.environ.get("NAPARI_DINOBLOOM_SHARED_DATA")
    folder = (
        Path(named) if named else Path(__file__).resolve().parents[2] / "shared/data"
    )
    if not folder.is_dir():
        pytest.skip(f"the real smears are not at {folder}")
    return folder
