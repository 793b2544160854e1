"""The cells as AnnData, which scanpy and the scverse read."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from napari_dinobloom.core import Progress
from napari_dinobloom.core.new_files import replacing, require_free
from napari_dinobloom.storage.anndata_file import obsm_key
from napari_dinobloom.storage.exchange.table import cell_table
from napari_dinobloom.storage.exchange.writing import (
    Export,
    Written,
    searched_pictures,
)
from napari_dinobloom.study import Study

CATEGORIES = (
    "slide", "picture", "patient", "site", "scanner", "stain", "diagnosis", "kind",
    "label", "label_author", "label_source", "predicted_class", "classifier",
)  # fmt: skip


def export_h5ad(
    study: Study,
    out: Path,
    *,
    overwrite: bool = False,
    predictions: str | None = None,
    features: str | None = None,
) -> Export:
    """Write one .h5ad: cells as ``obs``, features as ``X``, maps as ``obsm``.

    ``obs_names`` are cell ids. ``X`` holds the features named, else the study's last;
    every feature matrix also stands in ``obsm["NAME"]``, maps in ``obsm["X_umap"]``,
    probabilities in ``obsm["NAME_probabilities"]``, as in the study's cells.zarr. A
    cell without a row has nan. Colours of the classes are where scanpy looks for them,
    recipes in ``uns["recipes"]`` as JSON.

    Raises
    ------
    BadInputError
        If ``out`` exists or cannot be written, or there are no cells.
    UnknownNameError
        If the study has no such features or predictions.
    """
    import anndata

    require_free([out], overwrite)
    searched_pictures(study)
    yield Progress(0, 3, "Gathering cells")
    obs = _obs(cell_table(study, predictions=predictions))
    names = study.names_of("features")
    if features is None and names:
        features = names[-1]
    matrix = study.features(features) if features else None
    cell_ids = study.cells.cell_id
    yield Progress(1, 3, "Gathering features and maps")
    adata = anndata.AnnData(
        X=None if matrix is None else matrix.rows.of(cell_ids)[0],
        obs=obs,
        var=pd.DataFrame(index=list(matrix.feature_names) if matrix else []),
        obsm=_layers(study, cell_ids),
        uns=_notes(study, obs, features or ""),
    )
    yield Progress(2, 3, "Writing")
    with replacing(out) as temporary, warnings.catch_warnings():
        # anndata announces changes of its own defaults; what is written here is plain.
        warnings.simplefilter("ignore", FutureWarning)
        adata.write_h5ad(temporary, compression="gzip")
    return Written([out], len(obs))


def _obs(table: pd.DataFrame) -> pd.DataFrame:
    obs = table.drop(columns="cell_id")
    for column in CATEGORIES:
        obs[column] = pd.Categorical(obs[column])
    obs["label_time"] = obs["label_time"].fillna("").astype(str)
    obs.index = pd.Index(table["cell_id"].astype(str), name="cell")
    return obs


def _layers(study: Study, cell_ids: np.ndarray) -> dict[str, np.ndarray]:
    elements = [
        study.element(kind, name)
        for kind in ("features", "projection", "predictions")
        for name in study.names_of(kind)
    ]
    return {obsm_key(e): e.rows.of(cell_ids)[0] for e in elements}


def _notes(study: Study, obs: pd.DataFrame, features: str) -> dict[str, Any]:
    recipes = {
        f"{kind}:{name}": study.element(kind, name).recipe.to_json()
        for kind in ("features", "projection", "predictions")
        for name in study.names_of(kind)
    }
    colours = {
        f"{column}_colors": [
            study.taxonomy.colour_of(name) for name in obs[column].cat.categories
        ]
        for column in ("label", "predicted_class")
        if len(obs[column].cat.categories)
    }
    classes = {
        name: list(study.predictions(name).class_names)
        for name in study.names_of("predictions")
    }
    return {
        "napari_dinobloom": {"X": features, "use": "research use only"},
        "recipes": recipes,
        "probability_classes": classes,
        **colours,
    }
