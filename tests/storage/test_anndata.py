"""`cells.zarr` as other programs see it, and when it is damaged."""

import json
import shutil
from pathlib import Path

import anndata
import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
    FeatureMatrix,
    Projection,
    Recipe,
    Rows,
    set_element,
)


def test_scanpy_sees_cells_labels_features_and_maps(small_study: Path) -> None:
    table = anndata.read_zarr(small_study / "cells.zarr")
    assert table.obs_names.tolist() == ["1", "2", "3", "4", "5", "6"]
    assert table.obs["label"].tolist() == [
        *("blast", "Erythrozyt, polychromatisch", "", "", "", "")
    ]
    assert table.obs["site"].unique().tolist() == ["Kraków"]
    assert table.obs["kind"].unique().tolist() == ["wbc"]
    assert sorted(table.obsm) == ["X_umap", "knn_probabilities", "morph"]
    assert table.uns["columns"]["morph"].tolist() == ["area", "é"]
    assert table.uns["columns"]["knn_probabilities"].tolist() == ["blast", ""]


def test_partial_results_are_aligned_by_id_and_say_where_they_are(
    small_study: Path,
) -> None:
    table = anndata.read_zarr(small_study / "cells.zarr")
    # The rows were given for cells 4, 3, 2, 1 in this order.
    assert table.obsm["morph"][:4].tolist() == [[7, 8], [5, 6], [3, 4], [1, 2]]
    assert np.isnan(table.obsm["morph"][4:]).all()
    assert table.obs["has_morph"].tolist() == [True] * 4 + [False] * 2
    assert table.obs["has_knn_probabilities"].tolist() == [False] * 5 + [True]
    assert table.obs["predicted_knn"].tolist() == [""] * 6
    assert table.obs["probability_knn"].iloc[5] == 0.75


def test_each_result_carries_its_recipe(small_study: Path) -> None:
    head = json.loads(
        anndata.read_zarr(small_study / "cells.zarr").uns["napari_dinobloom"]
    )
    assert head["results"]["morph"]["recipe"]["method"] == "morph"


def test_a_study_without_cells_is_a_table_without_rows(tmp_path: Path) -> None:
    with create_study(tmp_path / "a.study") as opened:
        opened.study.apply(set_element(FeatureMatrix("m", ("a",), Recipe("m"))))
    table = anndata.read_zarr(tmp_path / "a.study" / "cells.zarr")
    assert table.shape == (0, 0)
    assert table.obsm["m"].shape == (0, 1)
    with open_study(tmp_path / "a.study") as opened:
        assert len(opened.study.features("m")) == 0


def test_names_that_would_collide_or_make_folders_are_kept_apart(
    small_study: Path,
) -> None:
    ids = np.array([1])
    with open_study(small_study) as opened:
        for name, value in (("X_umap", 3.0), ("hub/model", 4.0)):
            rows = Rows(ids, np.array([[value]]))
            matrix = FeatureMatrix(name, ("a",), Recipe("m"), blocks=(rows,))
            opened.study.apply(set_element(matrix))
    with open_study(small_study) as opened:
        assert opened.study.features("X_umap").values.tolist() == [[3.0]]
        assert opened.study.features("hub/model").values.tolist() == [[4.0]]
        assert opened.study.projection("umap").coordinates.shape == (4, 2)
    assert "hub_model" in anndata.read_zarr(small_study / "cells.zarr").obsm


def test_arrays_that_did_not_change_are_not_written_again(
    small_study: Path, put_label
) -> None:
    def inode() -> int:
        return (small_study / "cells.zarr/obsm/morph/0.0").stat().st_ino

    before = inode()
    with open_study(small_study) as opened:
        put_label(opened.study, 3, "monocyte")
    assert inode() == before
    table = anndata.read_zarr(small_study / "cells.zarr")
    assert table.obs["label"].iloc[2] == "monocyte"


# -- damage ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "lost",
    ["obsm/morph/0.0", "obsm/morph", "obs", "obs/has_morph", "obsm/morph/.zarray"],
)
def test_what_is_missing_from_cells_zarr_is_said_and_costs_no_label(
    small_study: Path, lost: str
) -> None:
    path = small_study / "cells.zarr" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with open_study(small_study, read_only=True) as opened:
        assert opened.study.labels.label_of(1) == "blast"
        with pytest.raises(BadInputError, match=r"cells\.zarr is damaged") as refused:
            opened.study.features("morph")
    assert "Move cells.zarr away" in refused.value.remedy
    # What the message asks for helps.
    shutil.rmtree(small_study / "cells.zarr")
    with open_study(small_study) as opened:
        assert opened.study.labels.label_of(1) == "blast"
        assert len(opened.study.features("morph")) == 0
    assert anndata.read_zarr(small_study / "cells.zarr").n_obs == 6


def test_bytes_that_were_flipped_are_noticed(small_study: Path) -> None:
    chunk = small_study / "cells.zarr/obsm/X_umap/0.0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 0xFF
    chunk.write_bytes(bytes(content))
    with (
        open_study(small_study, read_only=True) as opened,
        pytest.raises(BadInputError, match="X_umap"),
    ):
        opened.study.projection("umap")


def test_a_save_that_was_cut_in_two_is_mended(small_study: Path) -> None:
    cells = small_study / "cells.zarr"
    cells.rename(small_study / "cells.zarr.old")
    (small_study / "cells.zarr.new").mkdir()
    with open_study(small_study) as opened:
        assert len(opened.study.features("morph")) == 4
    assert not (small_study / "cells.zarr.old").exists()
    assert not (small_study / "cells.zarr.new").exists()


def test_another_map_takes_the_place_of_the_old_one(small_study: Path) -> None:
    with open_study(small_study) as opened:
        rows = Rows(np.arange(1, 7), np.ones((6, 2)))
        opened.study.apply(set_element(Projection("umap", rows, Recipe("umap"))))
    table = anndata.read_zarr(small_study / "cells.zarr")
    assert table.obsm["X_umap"].tolist() == [[1, 1]] * 6
