"""One row per cell, everything a reader may ask about it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from napari_dinobloom.study import UNSURE, Predictions, Slide, Study


def cells_table(study: Study) -> pd.DataFrame:
    """All cells with where they lie, what was said and what is predicted.

    Returns
    -------
    pandas.DataFrame
        Index: cell id. `label*` is what a person said; `predicted_<classifier>` and
        `probability_<classifier>` what a classifier believes. Text columns are
        categorical with object categories; "" where nothing is known.
    """
    cells = study.cells
    pictures, slides = study.pictures, study.slides
    of_picture = [pictures[int(i)] for i in np.unique(cells.picture_id)]
    row = np.searchsorted([p.picture_id for p in of_picture], cells.picture_id)
    of_slide = [slides.get(p.slide) or Slide(p.slide) for p in of_picture]
    columns: dict[str, object] = {
        "slide": _spread([p.slide for p in of_picture], row),
        "picture": _spread([str(p.path) for p in of_picture], row),
        "patient": _spread([s.acquisition.patient for s in of_slide], row),
        "site": _spread([s.acquisition.site for s in of_slide], row),
        "scanner": _spread([s.acquisition.scanner for s in of_slide], row),
        "stain": _spread([s.acquisition.stain for s in of_slide], row),
        "diagnosis": _spread([s.diagnosis for s in of_slide], row),
        "synthetic": np.array(
            [
                p.synthetic or s.synthetic
                for p, s in zip(of_picture, of_slide, strict=True)
            ],
            bool,
        )[row],
        "pixel_size_um": np.array(
            [p.pixel_size_um or np.nan for p in of_picture], np.float32
        )[row],
        "picture_id": cells.picture_id,
        "kind": pd.Categorical(cells.kind_names().astype(object)),
    }
    columns |= {name: getattr(cells, name) for name in _MEASURED}
    columns |= _said(study)
    for name in study.names_of("predictions"):
        key = name.replace("/", "_")  # a folder inside Zarr
        believed = study.predictions(name)
        codes, probability = _best(believed, cells.cell_id)
        columns[f"predicted_{key}"] = _coded(("", *believed.class_names), codes + 1)
        columns[f"probability_{key}"] = probability
    index = pd.Index(cells.cell_id, name="cell_id")
    return pd.DataFrame(columns, index=index)


_MEASURED = (
    *("mask_label", "x", "y", "left", "top", "width", "height"),
    *("area_px", "nucleus_area_px", "score", "cut_by_border"),
)


def _spread(values: list[str], row: np.ndarray) -> pd.Categorical:
    """Values per picture, spread over the pictures' cells."""
    names = sorted(set(values))
    code_of = {name: code for code, name in enumerate(names)}
    codes = np.array([code_of[v] for v in values], dtype=np.int32)[row]
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=object))


def _said(study: Study) -> dict[str, pd.Categorical | np.ndarray]:
    """What people said, where anybody did: few cells among many."""
    ids = study.cells.cell_id
    said = study.labels.cell_ids
    said = said[study.cells.has(said)]
    rows = np.searchsorted(ids, said)
    standing = study.labels.standing_on(said)
    columns: dict[str, pd.Categorical | np.ndarray] = {}
    for column, field in _SAID.items():
        values = [
            "" if saying.class_name is None else str(getattr(saying, field))
            for saying in standing.sayings
        ]
        names = ("", *dict.fromkeys(values))
        code_of = {name: code for code, name in enumerate(names)}
        codes = np.zeros(len(ids), dtype=np.int32)
        of_saying = np.array([code_of[value] for value in values], np.int32)
        codes[rows] = of_saying[standing.which]
        columns[column] = _coded(names, codes)
    columns["label_unsure"] = np.zeros(len(ids), dtype=bool)
    unsure = np.array([saying.note == UNSURE for saying in standing.sayings], bool)
    columns["label_unsure"][rows] = unsure[standing.which]
    return columns


_SAID = {
    "label": "class_name",
    "label_author": "author",
    "label_source": "source",
    "label_at": "at",
}


def _best(believed: Predictions, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int32 likeliest class, -1 where none; (n,) float32 its probability."""
    codes = np.full(len(ids), -1, dtype=np.int32)
    probability = np.full(len(ids), np.nan, np.float32)
    values, present = believed.rows.of(ids)
    if present.any() and believed.class_names:
        codes[present] = values[present].argmax(axis=1)
        probability[present] = values[present].max(axis=1)
    return codes, probability


def _coded(names: Sequence[str], codes: np.ndarray) -> pd.Categorical:
    """Names of these codes; those that occur are the categories, sorted."""
    used = np.bincount(codes, minlength=len(names)) > 0
    present = sorted(
        {name for name, is_used in zip(names, used, strict=True) if is_used}
    )
    place = {name: code for code, name in enumerate(present)}
    moved = np.array([place.get(name, -1) for name in names], dtype=np.int32)
    return pd.Categorical.from_codes(moved[codes], pd.Index(present, dtype=object))
