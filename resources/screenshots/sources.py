"""The studies that are shown: drawn smears, real ones, and 100,000 sample cells."""

import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

Says = dict[int, str]
"""Class by cell id."""


def sample_study(home: Path, laboratories: int = 4) -> tuple[Path, Path]:
    """Draw smears and find their cells; the study's folder and the pictures'."""
    smears, folder = home / "smears", home / "samples.study"
    _run("samples", smears, "--laboratories", laboratories)
    _run("run", smears, "--study", folder, "--metadata", smears / "metadata.csv")
    return folder, smears


def white_cell_study(home: Path) -> tuple[Path, Path]:
    """Draw more smears, and describe and map their white cells only."""
    smears, folder = home / "smears", home / "smears.study"
    _run("samples", smears, "--patients", 4, "--fields", 5)
    table = smears / "metadata.csv"
    _run("run", smears, "--study", folder, "--metadata", table, "--classes", "wbc")
    return folder, smears


def copy_of(folder: Path, home: Path, name: str = "") -> Path:
    """A study that may be written to."""
    home.mkdir(parents=True, exist_ok=True)
    copied = home / (name or folder.name)
    shutil.copytree(folder, copied)
    return copied


def drawn_classes(study, smears: Path) -> Says:
    """What was drawn where the program found a white cell."""
    drawn = pd.read_csv(smears / "truth" / "cells.csv")
    drawn = drawn[drawn["kind"] == "wbc"]
    said: Says = {}
    for number, finding in study.findings.items():
        name = study.pictures[number].path.relative_to(smears).as_posix()
        here = drawn[drawn["image"] == name]
        cells = finding.cells
        for i in np.flatnonzero(cells.kind == 0):
            far = np.hypot(here["x"] - cells.x[i], here["y"] - cells.y[i])
            if len(far) and far.min() < 0.5 * cells.width[i]:
                said[int(cells.cell_id[i])] = str(here["class"][far.idxmin()])
    return said


def listed_classes(study, table: Path) -> Says:
    """Classes of single-cell pictures, from a table with ``image`` and ``class``."""
    rows = pd.read_csv(table)
    names = [Path(image).name for image in rows["image"]]
    by_name = dict(zip(names, rows["class"].str.replace("_", " "), strict=True))
    said: Says = {}
    for number, finding in study.findings.items():
        name = by_name.get(study.pictures[number].path.name)
        if name:
            said.update(dict.fromkeys(finding.cells.cell_id.tolist(), name))
    return said


def some_of(said: Says, share: float, seed: int = 7) -> Says:
    """A part of what is known, so that something is left to be predicted."""
    ids = np.array(sorted(said))
    chosen = np.random.default_rng(seed).random(len(ids)) < share
    return {int(i): said[int(i)] for i in ids[chosen]}


def say(study, said: Says, scheme: str = "") -> None:
    """Use a scheme, if one is named, and label."""
    from napari_dinobloom.study.presets import PRESETS
    from napari_dinobloom.workflows import label_cells
    from napari_dinobloom.workflows.use_scheme import use_scheme

    if scheme:
        offered = next(p for p in PRESETS if p.name == scheme)
        use_scheme(study, offered.taxonomy)
    for name in sorted(set(said.values())):
        label_cells(study, [i for i, given in said.items() if given == name], name)


def many_cells(source: Path, folder: Path, n: int = 100_000) -> Path:
    """Fill a study with the fields of another, again and again; features vary a little.

    So the gallery shows real pictures; only their number is made up.
    """
    from napari_dinobloom.storage import create_study, open_study

    opened, made = open_study(source), create_study(folder)
    try:
        _repeat(opened.study, made.study, source, folder, n)
    finally:
        opened.close()
        made.close()
    return folder


# -- parts -------------------------------------------------------------------------


def _run(*words: object) -> None:
    program = Path(sys.executable).with_name("napari-dinobloom")
    subprocess.run([program, *map(str, words)], check=True, capture_output=True)


def _repeat(old, new, source: Path, folder: Path, n: int) -> None:
    from napari_dinobloom.study import ChangeSlides, ReplaceCells

    times = -(-n // len(old.cells))
    slides, pictures, findings, origin = {}, {}, {}, []
    cell = 1
    for turn in range(times):
        for slide in old.slides.values():
            name = f"{slide.name}-{turn + 1}"
            slides[name] = replace(slide, name=name)
        for number, picture in old.pictures.items():
            again = turn * len(old.pictures) + number
            slide_name = f"{picture.slide}-{turn + 1}"
            pictures[again] = replace(picture, picture_id=again, slide=slide_name)
            found = old.findings[number]
            origin.append(found.cells.cell_id)
            cells = _renumbered(found.cells, cell, again)
            findings[again] = replace(found, cells=cells)
            cell += len(cells)
    shutil.copytree(source / "masks", folder / "masks", dirs_exist_ok=True)
    new.apply(ChangeSlides(slides, pictures))
    new.never_below(cell, len(pictures) + 1)
    new.apply(ReplaceCells(findings))
    _describe(old, new, np.concatenate(origin))


def _renumbered(cells, first: int, picture: int):
    columns = {c.name: getattr(cells, c.name) for c in fields(cells)}
    ids = np.arange(first, first + len(cells))
    columns["cell_id"] = columns["outline_id"] = ids
    columns["picture_id"] = np.full(len(cells), picture)
    return type(cells)(**columns)


def _describe(old, new, origin: np.ndarray) -> None:
    """Features and map of the cell each one repeats, with a little noise."""
    from napari_dinobloom.study import Rows, set_element

    draw = np.random.default_rng(0)
    ids = new.cells.cell_id
    for name in old.names_of("features"):
        matrix = old.features(name)
        values = matrix.rows.of(origin)[0].copy()
        values += 0.15 * np.nanstd(values, axis=0) * draw.normal(size=values.shape)
        matrix = replace(matrix, blocks=(Rows(ids, values),), _joined=[])
        new.apply(set_element(matrix))
    for name in old.names_of("projection"):
        drawn = old.projection(name)
        xy = drawn.rows.of(origin)[0].copy()
        xy += draw.normal(scale=0.35, size=xy.shape)
        new.apply(set_element(replace(drawn, rows=Rows(ids, xy))))
