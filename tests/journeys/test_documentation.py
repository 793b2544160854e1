"""What README and docs tell people to type, typed."""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import typer.main
from PIL import Image
from typer.testing import CliRunner

from napari_dinobloom.cli import commands
from napari_dinobloom.storage import open_study

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PROGRAM = "napari-dinobloom"
PYTHON_PAGES = ("exchange.md", "formats.md", "python.md")

if not PAGES[0].is_file() or not (ROOT / "docs").is_dir():
    pytest.skip("the documentation is not beside the tests", allow_module_level=True)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of that language."""
    pattern = rf"^```{language}\n(.*?)^```$"
    text = page.read_text(encoding="utf-8")
    return re.findall(pattern, text, re.MULTILINE | re.DOTALL)


def typed(page: Path) -> list[str]:
    """Every command of ours on a page, in order."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    lines += [answer.command for answer in answers(page)]
    return [line for line in lines if line.split()[:1] == [PROGRAM]]


@dataclass(frozen=True)
class Answer:
    """A command and the lines that it is said to answer."""

    command: str
    lines: tuple[str, ...]


def answers(page: Path) -> list[Answer]:
    found = []
    for block in blocks(page, "console"):
        for part in block.split("$ ")[1:]:
            command, *lines = part.splitlines()
            found.append(Answer(command, tuple(lines)))
    return found


def documented() -> list[str]:
    return list(dict.fromkeys(line for page in PAGES for line in typed(page)))


def leaves(group, prefix=()):
    """(words, command) of every command, groups opened."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*prefix, name))
        else:
            yield (*prefix, name), command


COMMANDS = dict(leaves(typer.main.get_command(commands.app)))


def run(command: str):
    program, *arguments = shlex.split(command)
    assert program == PROGRAM
    return CliRunner().invoke(commands.app, arguments, catch_exceptions=False)


@pytest.mark.parametrize("line", documented())
def test_every_documented_command_and_option_exists(line):
    words = shlex.split(line)[1:]
    if words in ([], ["--help"]):
        return
    name = next((n for n in COMMANDS if tuple(words[: len(n)]) == n), None)
    assert name is not None, f"there is no command {' '.join(words[:2])}"
    arguments = [word for word in words[len(name) :] if word != "--help"]
    if "--help" in words:
        return
    # Parses and converts every value, and raises what a person would be told.
    COMMANDS[name].make_context(" ".join(name), arguments)


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_every_command_is_documented_with_all_its_options(name):
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    section = sections[" ".join(name)]
    parameters = {
        option
        for parameter in COMMANDS[name].params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    assert set(re.findall(r"^\| `(--[a-z-]+)`", section, re.M)) == parameters


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The first study, typed in order in an empty folder; (folder, exit codes)."""
    folder = tmp_path_factory.mktemp("first-study")
    return folder, type_all(ROOT / "docs" / "first-study.md", folder, quick=True)


def type_all(page: Path, folder: Path, *, quick: bool) -> list[tuple[str, int, str]]:
    """Command, exit code and output of each; quick: without compiling UMAP."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in typed(page):
            if line.startswith(f"{PROGRAM} open"):
                continue  # waits for a person to close the window
            umap = line.startswith(f"{PROGRAM} run") and "--projector" not in line
            result = run(f"{line} --projector pca" if quick and umap else line)
            said.append((line, result.exit_code, result.output))
    return said


def check_tutorial(folder: Path, said: list[tuple[str, int, str]]) -> None:
    for line, code, output in said:
        # Exit code 3: done, and rows that found no cell were listed, as the page says.
        expected = 3 if line.startswith(f"{PROGRAM} label") else 0
        assert code == expected, f"{line}\n{output}"
    for made in ("report.html", "cells.csv", "first.study/cells.zarr"):
        assert (folder / made).exists(), made
    assert len(list((folder / "qupath").rglob("*.geojson"))) == 4


def test_the_tutorial_does_what_it_says(tutorial):
    folder, said = tutorial
    check_tutorial(folder, said)
    table = (folder / "cells.csv").read_text(encoding="utf-8")
    assert "lymphocyte" in table
    assert "A. Person" in table


@pytest.mark.slow
def test_the_tutorial_as_written_with_umap(tmp_path):
    check_tutorial(
        tmp_path, type_all(ROOT / "docs" / "first-study.md", tmp_path, quick=False)
    )


def test_the_python_examples_run(tutorial, monkeypatch):
    folder, _ = tutorial
    monkeypatch.chdir(folder)
    for line in typed(ROOT / "docs" / "formats.md"):
        assert run(line).exit_code == 0, line
    # A module, so that what is defined in it can be sent to other processes.
    module = ModuleType("documented")
    monkeypatch.setitem(sys.modules, "documented", module)
    for name in PYTHON_PAGES:
        for number, block in enumerate(blocks(ROOT / "docs" / name, "python")):
            exec(compile(block, f"{name}, block {number}", "exec"), module.__dict__)  # noqa: S102  # our own pages
    assert module.present.all()
    assert module.stored["features"].shape[0] > 0


def test_mistakes_are_answered_as_documented(tutorial, monkeypatch):
    folder, _ = tutorial
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NAPARI_DINOBLOOM_WEIGHTS", str(folder / "weights"))
    make_mistakes(folder)
    for answer in answers(ROOT / "docs" / "trouble.md"):
        result = run(answer.command)
        assert result.exit_code in (1, 3), answer.command
        assert result.exit_code == 1 or "Error" not in result.output
        for line in answer.lines:
            assert line in result.output, f"{answer.command}\n{result.output}"


def test_a_second_program_is_told_who_has_the_study_open(tutorial):
    folder, _ = tutorial
    page = (ROOT / "docs" / "trouble.md").read_text(encoding="utf-8")
    with open_study(folder / "first.study"):
        result = run(f"{PROGRAM} undo {folder / 'first.study'}")
    assert result.exit_code == 1
    for words in (
        "The study is open for reading only:",
        "has it open since",
        "→ Close",
    ):
        assert words in page
        assert words in result.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    for link in links:
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_targets_of_make_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [
        line for page in PAGES for line in "".join(blocks(page, "sh")).splitlines()
    ]
    targets = {line.split()[1] for line in lines if line.startswith("make ")}
    assert {"demo", "test"} <= targets
    assert targets <= set(re.findall(r"^([a-z]+):", makefile, re.M))


def make_mistakes(folder: Path) -> None:
    """The files and studies that the page on trouble speaks of."""
    field = folder / "smears/lilac/lilac-patient-1/field-01.jpg"
    broken = folder / "broken"
    broken.mkdir()
    with Image.open(field) as picture:
        picture.crop((0, 0, 320, 240)).save(broken / "good.png")
    (broken / "cut.jpg").write_bytes(field.read_bytes()[:3000])
    (broken / "empty.png").touch()
    (broken / "text.tif").write_text("no picture")
    (folder / "wrong.csv").write_text("name,slide\na.jpg,1\n")
    (folder / "page.pth").write_text("<html>Please log in</html>")
    made = run(f"{PROGRAM} run broken --study unlabelled.study --projector pca")
    assert made.exit_code == 3, made.output
