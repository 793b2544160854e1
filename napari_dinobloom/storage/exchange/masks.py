"""Label images with a table beside each, for any program that reads TIFF."""

from pathlib import Path

import numpy as np
import pandas as pd

from napari_dinobloom.core import Progress
from napari_dinobloom.core.counting import counted
from napari_dinobloom.core.label_images import write_label_image
from napari_dinobloom.core.new_files import replacing, require_free
from napari_dinobloom.storage.exchange.table import cell_table
from napari_dinobloom.storage.exchange.writing import (
    Export,
    Written,
    masks_or_reason,
    picture_stems,
    searched_pictures,
    with_ending,
)
from napari_dinobloom.study import Picture, Study

ENDINGS = ("", "_nucleus")


def export_masks(
    study: Study,
    out: Path,
    *,
    overwrite: bool = False,
    predictions: str | None = None,
) -> Export:
    """Write STEM.tif, STEM_nucleus.tif and STEM.csv per picture into a folder.

    The images are int32, as large as the picture; 0 is background, other values are
    the column ``label`` of the table, in which ``x, y, width, height`` is the bounding
    box and ``class`` the kind that the segmenter found. What a person said stands in
    ``cell_label``, what a classifier believes in ``predicted_class``.

    Raises
    ------
    BadInputError
        If a file exists or cannot be written, or there are no cells.
    """
    pictures = searched_pictures(study)
    fields = [p for p in pictures if study.findings[p.picture_id].mask_file]
    stems = picture_stems(fields, ENDINGS)
    targets = {
        p: tuple(with_ending(out, stem, e) for e in (".tif", "_nucleus.tif", ".csv"))
        for p, stem in stems.items()
    }
    require_free((path for paths in targets.values() for path in paths), overwrite)
    table = cell_table(study, predictions=predictions)
    written = Written()
    if len(fields) < len(pictures):
        written.notes.append(
            f"{counted(len(pictures) - len(fields), 'picture')} of a single cell: "
            "without a label image."
        )
    if not out.is_dir():
        _mark_as_no_pictures(out)
    for done, picture in enumerate(fields):
        yield Progress(done, len(fields), picture.path.name)
        masks = masks_or_reason(study, picture)
        if masks is None or isinstance(masks, str):
            written.failed[str(picture.path)] = masks or "It has no label image."
            continue
        rows = table[table["picture_id"] == picture.picture_id]
        _write(targets[picture.picture_id], masks, rows, picture)
        written.files += targets[picture.picture_id]
        written.cells += len(rows)
    return written


def _mark_as_no_pictures(out: Path) -> None:
    """Keep a new folder of label images from being searched for pictures later."""
    with replacing(out / ".nopictures") as marker:
        marker.write_text("Label images by napari-dinobloom; no pictures to search.\n")


def _write(
    targets: tuple[Path, ...],
    masks: tuple[np.ndarray, np.ndarray],
    rows: pd.DataFrame,
    picture: Picture,
) -> None:
    for path, image in zip(targets[:2], masks, strict=True):
        write_label_image(path, image, picture.pixel_size_um)
    with replacing(targets[2]) as temporary:
        picture_rows(rows).to_csv(temporary, index=False, encoding="utf-8")


def picture_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The table beside a label image, from rows of `cell_table`."""
    return pd.DataFrame(
        {
            "label": rows["mask_label"],
            "class": rows["kind"],
            "x": rows["left"],
            "y": rows["top"],
            "width": rows["width"],
            "height": rows["height"],
            "area_px": rows["area_px"],
            "nucleus_area_px": rows["nucleus_area_px"],
            "centre_x": rows["x"],
            "centre_y": rows["y"],
            "score": rows["score"],
            "cut_by_border": rows["cut_by_border"],
            "cell_id": rows["cell_id"],
            "cell_label": rows["label"],
            "predicted_class": rows["predicted_class"],
            "probability": rows["probability"],
            "synthetic": rows["synthetic"],
            "path": rows["picture"],
        }
    ).sort_values("label")
