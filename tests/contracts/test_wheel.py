"""What people install: the wheel, used from a folder without the source."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import napari_dinobloom

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("dist")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = run([*command, str(ROOT)], out)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone, unpacked by pip; dependencies come from this interpreter."""
    target = tmp_path_factory.mktemp("site")
    command = ["-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    done = run([*command, "--target", str(target), str(wheel)], target)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def run(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
    )


def in_wheel(site: Path, script: str) -> str:
    """Run a script that finds the wheel first, wherever the source is installed."""
    head = f"import sys; sys.path.insert(0, {str(site)!r})\n"
    done = run(["-c", head + script], site.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_the_wheel_is_imported_and_not_the_source(site: Path) -> None:
    script = "import napari_dinobloom as n; print(n.__file__, n.__version__)"
    file, version = in_wheel(site, script).split()
    assert Path(file).is_relative_to(site)
    assert version == napari_dinobloom.__version__


def test_every_module_and_every_file_read_at_run_time_is_inside(wheel: Path) -> None:
    source = ROOT / "napari_dinobloom"
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tracked = run_git(["ls-files", "napari_dinobloom"])
    assert (expected & tracked) <= names
    assert {"napari_dinobloom/napari.yaml", "napari_dinobloom/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests", "benchmarks"))]


def run_git(arguments: list[str]) -> set[str]:
    done = subprocess.run(
        ["git", *arguments], check=False, capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode != 0:
        pytest.skip("the source is no git checkout")
    return set(done.stdout.splitlines())


def test_the_installed_command_line_answers(site: Path) -> None:
    script = (
        "sys.argv = ['napari-dinobloom', '--help']\n"
        "from napari_dinobloom.cli import main; main()"
    )
    assert "Usage" in in_wheel(site, script)


def test_napari_finds_the_manifest_in_the_wheel(site: Path) -> None:
    pytest.importorskip("npe2")
    script = (
        "from importlib.metadata import distributions\n"
        "from npe2 import PluginManifest\n"
        "found = [d for d in distributions(path=[sys.path[0]])]\n"
        "manifest = PluginManifest.from_distribution('napari-dinobloom')\n"
        "print(len(found), manifest.name, manifest.package_version)\n"
        "import napari_dinobloom; print(napari_dinobloom.__file__)"
    )
    first, file = in_wheel(site, script).splitlines()
    version = napari_dinobloom.__version__
    assert first == f"1 napari-dinobloom {version}"
    assert Path(file).is_relative_to(site)
