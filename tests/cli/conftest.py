"""Synthetic smears, drawn once; a study of them, made by the command itself."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_dinobloom.cli.commands import app


class Cli:
    """Calls the command line in this process; results are typer's."""

    def __call__(self, *words, code=0):
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, f"{result.exit_code}: {result.output}"
        return result


@pytest.fixture(scope="session")
def cli():
    return Cli()


@pytest.fixture(scope="session")
def smears(cli, tmp_path_factory) -> Path:
    """Two laboratories, one patient each, one field each."""
    folder = tmp_path_factory.mktemp("smears") / "smears"
    cli("samples", folder, "--laboratories", 2, "--patients", 1, "--fields", 1)
    return folder


@pytest.fixture(scope="session")
def finished_study(cli, smears, tmp_path_factory) -> Path:
    """Cells, features, a map (PCA), labels of every cell, predictions."""
    study = tmp_path_factory.mktemp("studies") / "finished.study"
    cli("run", smears, "--study", study, "--projector", "pca",
        "--metadata", smears / "metadata.csv")  # fmt: skip
    table = study.parent / "labels.csv"
    table.write_text("image,x,y,label\n" + "\n".join(_truth(smears)) + "\n")
    cli("label", study, "--csv", table, "--author", "Ada", code=3)
    cli("classify", study, "--k", 5)
    return study


def _truth(smears):
    lines = (smears / "truth/cells.csv").read_text().splitlines()
    names = lines[0].split(",")
    for line in lines[1:]:
        cell = dict(zip(names, line.split(","), strict=True))
        yield ",".join(cell[name] for name in ("image", "x", "y", "class"))


@pytest.fixture
def study(finished_study, tmp_path) -> Path:
    """A copy of the finished study that a test may change."""
    copy = tmp_path / "copy.study"
    shutil.copytree(finished_study, copy)
    return copy


class Process:
    """The command line in a process of its own, as a person starts it."""

    def __init__(self, *words):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "napari_dinobloom", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def interrupt_after(self, words):
        """Press Ctrl-C once these words stand on stderr."""
        for line in self._process.stderr:
            if words in line:
                break
        else:
            pytest.fail(f"it ended without saying {words!r}")
        os.killpg(self._process.pid, signal.SIGINT)
        return self

    def end(self):
        out, err = self._process.communicate(timeout=240)
        return self._process.returncode, out, err


@pytest.fixture
def process():
    # started in the background, by nohup or a shell's &, programs ignore Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Process
    signal.signal(signal.SIGINT, before)
