"""What every test may ask for."""

import gc
import os
from pathlib import Path

import hypothesis
import pytest

# One thread per test process: with two cores, oversubscription is slower and noisier.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Both bindings lie side by side; pytest-qt would take PyQt6 whatever napari takes.
os.environ.setdefault("PYTEST_QT_API", os.environ.setdefault("QT_API", "pyqt5"))

# How long an example takes says how busy the computer is, not whether it is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="module")
def few_objects_to_search() -> None:
    """Leave out of garbage collection what was there before a file of tests.

    napari searches for garbage with every layer and every window that goes. With torch
    and numba in memory that is most of the time in which a window is taken down.
    """
    gc.collect()
    gc.freeze()


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
