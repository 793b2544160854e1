"""Who may import whom, and what importing may load."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "timm", "napari", "qtpy", "PyQt5", "PyQt6", "PySide6")
METHODS = ("sklearn", "skimage", "umap", "numba", "anndata", "zarr", "tifffile")


def loaded_after(statement: str, modules: tuple[str, ...]) -> str:
    script = (
        f"import sys\n{statement}\nprint(sorted(set({modules}) & set(sys.modules)))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout.strip()


def headless_modules() -> list[str]:
    """Every module but those that are there to draw."""
    files = (ROOT / "napari_dinobloom").rglob("*.py")
    names = [
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for f in sorted(files)
    ]
    drawing = ("napari_dinobloom.gui", "napari_dinobloom.__main__")
    presenters = "napari_dinobloom.gui.presenters"
    return [n for n in names if not n.startswith(drawing) or n.startswith(presenters)]


@pytest.mark.parametrize(
    "package", ["", ".core", ".study", ".storage", ".workflows", ".cli"]
)
def test_importing_loads_neither_torch_nor_napari_nor_qt(package: str) -> None:
    assert loaded_after(f"import napari_dinobloom{package}", HEAVY) == "[]"


def test_importing_the_study_and_its_storage_is_light() -> None:
    statement = "import napari_dinobloom.study, napari_dinobloom.storage"
    assert loaded_after(statement, METHODS) == "[]"


def test_no_headless_module_loads_a_window_or_a_network() -> None:
    modules = headless_modules()
    assert len(modules) > 50
    statement = "import " + ", ".join(modules)
    assert loaded_after(statement, HEAVY) == "[]"


def test_the_check_sees_a_heavy_import() -> None:
    assert loaded_after("import tifffile", METHODS) == "['tifffile']"


# -- layers ----------------------------------------------------------------------


def lint(folder: Path) -> subprocess.CompletedProcess:
    command = (
        "import sys; from importlinter.cli import lint_imports_command; "
        "sys.path.insert(0, '.'); lint_imports_command(['--no-cache'])"
    )
    return subprocess.run(
        [sys.executable, "-c", command],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )


def test_every_layer_imports_only_what_it_may() -> None:
    pytest.importorskip("importlinter")
    finished = lint(ROOT)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "0 broken" in finished.stdout


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("core/task.py", "import numpy", "core could serve any project"),
        ("study/slide.py", "import sklearn", "study knows no method"),
        ("study/slide.py", "import qtpy", "study knows no method"),
        ("imaging/crops.py", "import napari_dinobloom.study", "methods take arrays"),
        (
            "classification/knn.py",
            "import napari_dinobloom.encoding",
            "methods know core, imaging and neighbours",
        ),
        ("storage/masks.py", "import napari_dinobloom.workflows", "storage keeps"),
        ("workflows/gather.py", "import napari_dinobloom.storage", "workflows do not"),
        ("cli/__init__.py", "import napari_dinobloom.gui.views", "command line"),
        ("gui/presenters/desk.py", "import qtpy", "presenters decide"),
        ("gui/presenters/desk.py", "import napari", "presenters decide"),
        ("gui/views/__init__.py", "import napari_dinobloom.workflows", "views draw"),
    ],
)
def test_a_forbidden_import_is_found(
    tmp_path: Path, module: str, forbidden: str, contract: str
) -> None:
    pytest.importorskip("importlinter")
    shutil.copy(ROOT / ".importlinter", tmp_path)
    shutil.copytree(
        ROOT / "napari_dinobloom",
        tmp_path / "napari_dinobloom",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    planted = tmp_path / "napari_dinobloom" / module
    # Inside a function: a late import is an import all the same.
    with planted.open("a") as stream:
        stream.write(f"\n\ndef planted() -> None:\n    {forbidden}\n")
    finished = lint(tmp_path)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    broken = [line for line in finished.stdout.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), finished.stdout
