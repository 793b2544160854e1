"""One row per cell, everything a reader may ask about it."""

import numpy as np
import pandas as pd

from napari_dinobloom.study import Slide, Study


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
        "synthetic": np.array([p.synthetic for p in of_picture], bool)[row],
        "pixel_size_um": np.array(
            [p.pixel_size_um or np.nan for p in of_picture], np.float32
        )[row],
        "picture_id": cells.picture_id,
        "kind": pd.Categorical(cells.kind_names().astype(object)),
    }
    columns |= {name: getattr(cells, name) for name in _MEASURED}
    standing = [study.labels.standing(i) for i in cells]
    known = [
        r if r is not None and r.class_name is not None else None for r in standing
    ]
    columns["label"] = _category([r.class_name if r else "" for r in known])
    columns["label_author"] = _category([r.author if r else "" for r in known])
    columns["label_source"] = _category([r.source if r else "" for r in known])
    columns["label_at"] = _category([r.at if r else "" for r in known])
    for name in study.names_of("predictions"):
        best, probability = study.predictions(name).best(cells.cell_id)
        key = name.replace("/", "_")  # a folder inside Zarr
        columns[f"predicted_{key}"] = _category([b or "" for b in best])
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


def _category(values: list[str | None]) -> pd.Categorical:
    names = sorted({str(v) for v in values})
    code_of = {name: code for code, name in enumerate(names)}
    codes = np.array([code_of[str(v)] for v in values], dtype=np.int32)
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=object))
