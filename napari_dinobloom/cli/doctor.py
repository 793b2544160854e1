"""``doctor``: what this computer has, and what is missing for what."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import typer

from napari_dinobloom import __version__
from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import MENDABLE, print_json, results
from napari_dinobloom.cli.studies import AsJson

_PACKAGES = {
    "napari": "the viewer",
    "PyQt6": "the viewer (or PyQt5)",
    "PyQt5": "the viewer (or PyQt6)",
    "torch": "DinoBloom and RedDino (extra dinobloom)",
    "timm": "DinoBloom and RedDino (extra dinobloom)",
    "anndata": "studies",
    "zarr": "studies",
    "umap-learn": "maps",
    "scikit-learn": "evaluation",
    "scikit-image": "finding cells",
    "openpyxl": "metadata in .xlsx (extra xlsx)",
}
_NEEDED = ("anndata", "zarr", "umap-learn", "scikit-learn", "scikit-image", "napari")


@app.command(rich_help_panel="This computer")
@explained
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, whether Qt and OpenGL start, and which weights are here.

    Exit code 1 if something that every command needs is missing.

    Example: napari-dinobloom doctor
    """
    packages = {name: _version(name) for name in _PACKAGES}
    qt = _qt()
    findings = {
        "napari-dinobloom": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages,
        "qt": qt,
        "opengl": _opengl() if qt["works"] else "not tried: Qt does not start",
        "devices": _devices(packages),
        "weights": _weights(),
    }
    missing = [name for name in _NEEDED if packages[name] is None]
    if as_json:
        print_json({**findings, "missing": missing})
    else:
        _print(findings, missing)
    if missing:
        raise typer.Exit(MENDABLE)


def _print(findings: dict[str, Any], missing: list[str]) -> None:
    from rich.markup import escape

    results.print(
        f"napari-dinobloom {findings['napari-dinobloom']}, "
        f"Python {findings['python']}, {escape(findings['platform'])}"
    )
    for name, installed in findings["packages"].items():
        shown = installed or "[yellow]not installed[/yellow]"
        results.print(f"  {name:<14} {shown:<12} [dim]{_PACKAGES[name]}[/dim]")
    results.print(f"Qt       {escape(findings['qt']['says'])}")
    results.print(f"OpenGL   {escape(findings['opengl'])}")
    results.print(f"Devices  {escape(', '.join(findings['devices']))}")
    results.print(f"Weights  {escape(findings['weights'])}")
    for name in missing:
        results.print(f"[red]Missing:[/red] {name}, for {_PACKAGES[name]}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _qt() -> dict[str, Any]:
    """Whether a Qt application starts, tried in a process of its own."""
    code = (
        "import qtpy; from qtpy.QtWidgets import QApplication; QApplication([]); "
        "print(qtpy.API_NAME, qtpy.QT_VERSION)"
    )
    return _tried(code)


def _opengl() -> str:
    code = (
        "from qtpy.QtWidgets import QApplication; a = QApplication([]);"
        "from vispy import app, gloo; app.use_app(); c = app.Canvas(show=False);"
        "c.set_current(); g = gloo.gl;"
        "print(g.glGetParameter(g.GL_RENDERER), g.glGetParameter(g.GL_VERSION))"
    )
    return str(_tried(code)["says"])


def _tried(code: str) -> dict[str, Any]:
    """What a fresh interpreter prints: Qt aborts the process when it cannot start."""
    import subprocess

    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"works": False, "says": "does not answer"}
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    works = done.returncode == 0
    words = "says nothing" if works else f"ended with code {done.returncode}"
    if lines:
        # Qt's reason comes first; a traceback's last.
        traced = lines[0].startswith("Traceback")
        words = lines[-1] if works or traced else lines[0]
    return {"works": works, "says": words if works else f"does not start: {words}"}


def _devices(packages: dict[str, str | None]) -> list[str]:
    if packages["torch"] is None:
        return ["CPU (torch is not installed)"]
    from napari_dinobloom.encoding.devices import describe_devices

    return [str(device) for device in describe_devices()]


def _weights() -> str:
    from napari_dinobloom.encoding.weights import list_weights, weights_folder

    here = [s.file.name for s in list_weights() if s.path]
    return f"{', '.join(here) or 'none'} in {weights_folder()}"
