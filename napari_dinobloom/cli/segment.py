"""``segment``: label images of pictures, without a study."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import (
    MENDABLE,
    finish,
    leave,
    print_json,
    print_table,
    report_failures,
    say,
)
from napari_dinobloom.cli.how_cells import HowCells, takes_how_cells
from napari_dinobloom.core.counting import counted

if TYPE_CHECKING:
    # Only for reading: it brings NumPy, which --help does not need.
    from napari_dinobloom.workflows.segment_files import SegmentedFiles

_KINDS = ("wbc", "rbc", "platelet", "other")


@app.command(rich_help_panel="Without a study")
@explained
@takes_how_cells
def segment(
    inputs: Annotated[
        list[Path], typer.Argument(help="Pictures, or folders of pictures.")
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for the label images; made if missing.")
    ],
    how: HowCells,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one per core unless given.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist.")
    ] = False,
    missing: Annotated[
        bool,
        typer.Option(
            "--missing", help="Search only pictures that have no label image yet."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was found as JSON.")
    ] = False,
) -> None:
    """Find the cells of pictures and write label images.

    Per picture: STEM.tif, an int32 label image in which 0 is background;
    STEM_nucleus.tif, the same for the nuclei of white cells; STEM.csv with one row per
    cell: label, class (wbc, rbc, platelet, other), x and y of the box's corner, width,
    height, area_px, centre_x, centre_y, score. Folders below DIR are kept.
    Whole slides are searched in parts; stop it and the same command goes on. Where
    files are there already nothing is written, unless --overwrite or --missing.

    Example: napari-dinobloom segment smears/ --out masks/
    """
    from napari_dinobloom.storage.tiled_masks import label_files
    from napari_dinobloom.workflows.segment_files import SegmentFiles

    task = SegmentFiles.of(
        inputs,
        out,
        how.segmenter,
        parameters=how.parameters,
        overwrite=overwrite,
        missing=missing,
        workers=workers,
        tiled=label_files,
    )
    found = finish(task.compute(), task.title)
    if as_json:
        print_json(_as_dict(found))
    elif found.files:
        _print_counts(found, out)
    for file in found.files:
        for sentence in file.notes:
            say(f"{file.job.path}: {sentence}")
    if missing and not task.jobs:
        say(f"Nothing left to do: every picture has its label images in {out}.")
    else:
        say(f"{counted(len(found.files), 'picture')} searched; label images in {out}")
    report_failures(found.failures, "picture")
    if task.jobs and not found.files:
        raise typer.Exit(MENDABLE)
    leave(found.failures)


def _print_counts(found: "SegmentedFiles", out: Path) -> None:
    rows = [
        (
            file.job.labels.relative_to(out).with_suffix(""),
            *(file.counts.get(kind, 0) for kind in _KINDS),
            _in_px(file.red_cell_diameter_px),
        )
        for file in found.files
    ]
    print_table(["picture", *_KINDS, "red cell px"], rows)


def _in_px(length: float) -> str:
    """A tenth of a pixel: more was not measured."""
    return "" if length != length else f"{length:.1f}"


def _as_dict(found: "SegmentedFiles") -> dict[str, object]:
    pictures = [
        {
            "path": file.job.path,
            "label_image": file.job.labels,
            "nucleus_image": file.job.nuclei,
            "table": file.job.table,
            "counts": {kind: file.counts.get(kind, 0) for kind in _KINDS},
            "red_cell_diameter_px": file.red_cell_diameter_px,
            "notes": file.notes,
        }
        for file in found.files
    ]
    return {"pictures": pictures, "failures": found.failures}
