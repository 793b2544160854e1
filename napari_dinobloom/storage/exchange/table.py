"""All that is known about each cell, one row each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from napari_dinobloom.study import CellTable, Picture, Predictions, Slide, Study


def cell_table(
    study: Study,
    *,
    predictions: str | None = None,
    features: str | None = None,
) -> pd.DataFrame:
    """One row per cell, by ascending id; what is not known is empty.

    ``label`` is what a person said; ``predicted_class`` is what a classifier believes.
    Neither ever stands in for the other.

    Parameters
    ----------
    predictions
        Which classifier's; the last one of the study unless given.
    features
        Adds the columns of this feature matrix, as ``NAME:feature``.

    Returns
    -------
    DataFrame
        ``x, y`` is the centroid and ``left, top, width, height`` the bounding box, in
        pixels of the picture. Areas in µm² are nan where the pixel size is not known.

    Raises
    ------
    UnknownNameError
        If the study has no such predictions or features.
    """
    cells = study.cells
    columns: dict[str, object] = {
        "cell_id": cells.cell_id,
        **_origin(study, cells),
        "kind": cells.kind_names().astype(object),
        **{name: getattr(cells, name) for name in _PLACE},
        **_areas(study, cells),
        "score": cells.score,
        "cut_by_border": cells.cut_by_border,
        "mask_label": cells.mask_label,
        **_labels(study, cells),
        **_predicted(study, cells, standing_predictions(study, predictions)),
    }
    table = pd.DataFrame(columns)
    if features is None:
        return table
    matrix = study.features(features)
    values, _ = matrix.rows.of(cells.cell_id)
    names = [f"{features}:{name}" for name in matrix.feature_names]
    return pd.concat([table, pd.DataFrame(values, columns=names)], axis=1)


_PLACE = ("x", "y", "left", "top", "width", "height")


def standing_predictions(study: Study, name: str | None) -> Predictions | None:
    """The named predictions, else the study's last ones, else None."""
    if name is not None:
        return study.predictions(name)
    names = study.names_of("predictions")
    return study.predictions(names[-1]) if names else None


def pixel_sizes(study: Study, cells: CellTable) -> np.ndarray:
    """(n,) float64 µm per pixel of each cell's picture; nan where not known."""
    known = {p: picture.pixel_size_um for p, picture in study.pictures.items()}
    sizes = [known[p] or np.nan for p in cells.picture_id.tolist()]
    return np.array(sizes, dtype=np.float64)


def _origin(study: Study, cells: CellTable) -> dict[str, object]:
    ids, inverse = np.unique(cells.picture_id, return_inverse=True)
    pictures = [study.pictures[int(i)] for i in ids]
    slides = [study.slides[p.slide] for p in pictures]

    def spread(values: Sequence[object]) -> np.ndarray:
        out = np.empty(len(values), dtype=object)
        out[:] = values
        return out[inverse] if len(out) else np.empty(0, object)

    return {
        "slide": spread([s.name for s in slides]),
        "picture": spread([str(p.path) for p in pictures]),
        "picture_id": cells.picture_id,
        **{
            name: spread([getattr(s.acquisition, name) for s in slides])
            for name in ("patient", "site", "scanner", "stain")
        },
        "diagnosis": spread([s.diagnosis for s in slides]),
        "synthetic": spread(
            [is_synthetic(p, s) for p, s in zip(pictures, slides, strict=True)]
        ).astype(bool),
        "pixel_size_um": pixel_sizes(study, cells),
    }


def is_synthetic(picture: Picture, slide: Slide) -> bool:
    """Whether a generator made this picture."""
    return picture.synthetic or slide.synthetic


def _areas(study: Study, cells: CellTable) -> dict[str, object]:
    square = (pixel_sizes(study, cells) ** 2).astype(np.float32)
    return {
        "area_px": cells.area_px,
        "area_um2": cells.area_px * square,
        "nucleus_area_px": cells.nucleus_area_px,
        "nucleus_area_um2": cells.nucleus_area_px * square,
    }


def _labels(study: Study, cells: CellTable) -> dict[str, object]:
    standing = [study.labels.standing(cell_id) for cell_id in cells]
    records = [r if r is not None and r.class_name is not None else None
               for r in standing]  # fmt: skip
    return {
        column: np.array([getattr(r, name) if r else None for r in records], object)
        for column, name in (
            ("label", "class_name"),
            ("label_author", "author"),
            ("label_time", "at"),
            ("label_source", "source"),
        )
    }


def _predicted(
    study: Study, cells: CellTable, predictions: Predictions | None
) -> dict[str, object]:
    n = len(cells)
    nothing = np.full(n, None, dtype=object)
    if predictions is None:
        return {
            "predicted_class": nothing,
            "probability": np.full(n, np.nan, np.float32),
            "classifier": nothing.copy(),
            "prediction_outdated": np.zeros(n, bool),
        }
    names, probability = predictions.best(cells.cell_id)
    present = ~np.isnan(probability)
    return {
        "predicted_class": names,
        "probability": probability,
        "classifier": np.array(
            [predictions.name if p else None for p in present], object
        ),
        "prediction_outdated": present & study.is_outdated(predictions.recipe),
    }
