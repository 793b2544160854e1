import subprocess
import sys

import pytest

from napari_dinobloom.cli import commands

PATHS = [
    ["samples"], ["run"], ["import-masks"], ["open"], ["label"], ["classify"],
    ["evaluate"], ["history"],
    ["undo"], ["report"], ["export"], ["segment"], ["embed"], ["doctor"],
    ["weights", "list"], ["weights", "fetch"], ["weights", "add"],
    ["weights", "verify"], ["weights", "remove"],
    ["scheme", "list"], ["scheme", "show"], ["scheme", "use"],
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(cli, path):
    text = cli(*path, "--help").output
    assert f"Example: napari-dinobloom {' '.join(path)}" in " ".join(text.split())


def test_every_command_is_listed_in_the_tests_above():
    from typer.main import get_command

    commands_there = set(get_command(commands.app).commands)
    assert commands_there == {path[0] for path in PATHS}


def test_help_loads_nothing_heavy():
    code = (
        "import sys, napari_dinobloom.cli.commands;"
        "heavy = {'torch', 'napari', 'numpy', 'pandas', 'skimage', 'anndata', 'qtpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_a_command_the_help_is_shown(cli):
    assert "segment" in cli(code=2).output


@pytest.mark.parametrize(
    "words", [["nonsense"], ["segment"], ["export", "s", "--out", "x"], ["run"]]
)
def test_a_wrong_call_is_exit_code_2(cli, words):
    cli(*words, code=2)
