"""``segment``: label images of pictures, without a study."""

from pathlib import Path
from typing import Annotated

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
from napari_dinobloom.cli.how_cells import (
    CytoplasmReach,
    Diameter,
    RedCell,
    SegmenterWeights,
    Sensitivity,
    SmallestWhite,
    segmenter_parameters,
)


@app.command(rich_help_panel="Without a study")
@explained
def segment(
    inputs: Annotated[
        list[Path], typer.Argument(help="Pictures, or folders of pictures.")
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for the label images; made if missing.")
    ],
    segmenter: Annotated[str, typer.Option(help="How cells are found.")] = "smear",
    red_cell_diameter: Diameter = None,
    red_cell_um: RedCell = None,
    smallest_white_um: SmallestWhite = None,
    cytoplasm_reach_um: CytoplasmReach = None,
    sensitivity: Sensitivity = None,
    segmenter_weights: SegmenterWeights = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one per core unless given.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist.")
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
    Whole slides are searched in parts; stop it and the same command goes on.

    Example: napari-dinobloom segment smears/ --out masks/
    """
    from napari_dinobloom.storage.tiled_masks import label_files
    from napari_dinobloom.workflows.segment_files import SegmentFiles

    parameters = segmenter_parameters(
        segmenter,
        red_cell_diameter,
        red_cell_um,
        smallest_white_um,
        cytoplasm_reach_um,
        sensitivity,
        segmenter_weights,
    )
    task = SegmentFiles.of(
        inputs,
        out,
        segmenter,
        parameters=parameters,
        overwrite=overwrite,
        workers=workers,
        tiled=label_files,
    )
    found = finish(task.compute(), task.title)
    kinds = ("wbc", "rbc", "platelet", "other")
    if as_json:
        print_json(
            {
                "pictures": [
                    {
                        "path": file.job.path,
                        "label_image": file.job.labels,
                        "nucleus_image": file.job.nuclei,
                        "table": file.job.table,
                        "counts": {kind: file.counts.get(kind, 0) for kind in kinds},
                        "red_cell_diameter_px": file.red_cell_diameter_px,
                        "notes": file.notes,
                    }
                    for file in found.files
                ],
                "failures": found.failures,
            }
        )
    elif found.files:
        print_table(
            ["picture", *kinds, "red cell px"],
            [
                (
                    file.job.labels.relative_to(out).with_suffix(""),
                    *(file.counts.get(kind, 0) for kind in kinds),
                    file.red_cell_diameter_px,
                )
                for file in found.files
            ],
        )
    _say_notes({str(f.job.path): f.notes for f in found.files})
    say(f"{len(found.files)} pictures searched; label images in {out}")
    report_failures(found.failures, "picture")
    if not found.files:
        raise typer.Exit(MENDABLE)
    leave(found.failures)


def _say_notes(notes: dict[str, tuple[str, ...]]) -> None:
    for path, sentences in notes.items():
        for sentence in sentences:
            say(f"{path}: {sentence}")
