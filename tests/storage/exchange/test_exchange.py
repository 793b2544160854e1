import json
from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest
import tifffile
from skimage.draw import polygon as fill

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.storage.exchange import (
    EXPORTS,
    cell_table,
    export_coco,
    export_csv,
    export_geojson,
    export_h5ad,
    export_masks,
    export_study,
)
from napari_dinobloom.storage.table import cells_table
from napari_dinobloom.study import ChangeSlides, ReplaceCells, Study


def rasterised(polygons, shape):
    """Even-odd filling of GeoJSON rings at pixel centres, by scikit-image."""
    image = np.zeros(shape, int)
    for rings in polygons:
        for ring in rings:
            x, y = np.array(ring, float).T - 0.5
            image[fill(y, x, shape)] += 1
    return image % 2 == 1


def mask_of(geometry, shape):
    one = geometry["type"] == "Polygon"
    coordinates = geometry["coordinates"]
    return rasterised([coordinates] if one else coordinates, shape)


def decoded(segmentation, shape):
    """A COCO segmentation as a mask: polygons, or run lengths column by column."""
    if isinstance(segmentation, dict):
        values = np.arange(len(segmentation["counts"])) % 2
        flat = np.repeat(values, segmentation["counts"])
        return flat.reshape(segmentation["size"], order="F").astype(bool)
    rings = [np.reshape(polygon, (-1, 2)) for polygon in segmentation]
    return rasterised([[ring] for ring in rings], shape)


def test_the_table_holds_a_row_per_cell_and_keeps_label_and_prediction_apart(
    drawn_study,
):
    table = cell_table(drawn_study).set_index("cell_id")
    assert table.index.tolist() == list(range(1, 11))
    assert table.loc[1, ["label", "predicted_class"]].tolist() == [
        "neutrophil", "neutrophil",
    ]  # fmt: skip
    assert table.loc[4, ["label", "predicted_class"]].tolist() == [
        "lymphocyte", "neutrophil",
    ]  # fmt: skip
    assert table.loc[7, "label"] is None
    assert table.loc[7, "predicted_class"] == "lymphocyte"
    assert table.loc[7, "probability"] == pytest.approx(0.9)
    assert table.loc[4, ["label_author", "label_source"]].tolist() == [
        "Grace", "folder name",
    ]  # fmt: skip
    assert table["synthetic"].tolist() == [False] * 6 + [True] * 3 + [False]
    assert not table["prediction_outdated"].any()


def test_areas_in_square_micrometres_are_given_only_where_the_pixel_size_is_known(
    drawn_study,
):
    table = cell_table(drawn_study).set_index("cell_id")
    assert table.loc[1, "area_um2"] == pytest.approx(table.loc[1, "area_px"] / 4)
    assert np.isnan(table.loc[7, "area_um2"])


def test_the_csv_reads_back_as_it_was(drawn_study, tmp_path, finish):
    out = tmp_path / "new" / "cells.csv"
    written = finish(export_csv(drawn_study, out, features="morphology"))
    table = pd.read_csv(out)
    assert written.cells == len(table) == 10
    assert table["morphology:area"].tolist()[:9] == list(range(0, 18, 2))
    assert np.isnan(table["morphology:area"][9])
    assert set(table["label"].dropna()) == {"neutrophil", "lymphocyte"}


def test_masks_come_with_their_table_and_pictures_of_one_name_do_not_collide(
    drawn_study, tmp_path, finish
):
    written = finish(export_masks(drawn_study, tmp_path / "out"))
    assert len(written.files) == 9
    for picture_id, stem in ((1, "one/field"), (2, "two/field"), (3, "three/made")):
        labels, nuclei = drawn_study.masks_of(picture_id)
        image = tifffile.imread(tmp_path / "out" / f"{stem}.tif")
        assert image.dtype == np.int32
        assert np.array_equal(image, labels)
        nucleus = tifffile.imread(tmp_path / "out" / f"{stem}_nucleus.tif")
        assert np.array_equal(nucleus, nuclei)
        table = pd.read_csv(tmp_path / "out" / f"{stem}.csv")
        assert table["class"].tolist() == ["wbc", "rbc", "platelet"]
        for row in table.itertuples():
            inside = image == row.label
            assert inside.sum() == row.area_px
            ys, xs = np.nonzero(inside)
            assert (xs.min(), ys.min()) == (row.x, row.y)
            assert (np.ptp(xs) + 1, np.ptp(ys) + 1) == (row.width, row.height)


def test_a_label_image_says_its_pixel_size(drawn_study, tmp_path, finish):
    finish(export_masks(drawn_study, tmp_path))
    with tifffile.TiffFile(tmp_path / "one/field.tif") as file:
        numerator, denominator = file.pages[0].tags["XResolution"].value
        assert numerator / denominator == pytest.approx(1e4 / 0.5)


def test_geojson_outlines_cover_exactly_the_masks(drawn_study, tmp_path, finish):
    finish(export_geojson(drawn_study, tmp_path))
    document = json.loads((tmp_path / "one/field.geojson").read_text("utf-8"))
    labels, nuclei = drawn_study.masks_of(1)
    assert [f["properties"]["objectType"] for f in document["features"]] == [
        "cell", "detection", "detection",
    ]  # fmt: skip
    for value, feature in enumerate(document["features"], start=1):
        drawn = mask_of(feature["geometry"], labels.shape)
        assert np.array_equal(drawn, labels == value)
    white = document["features"][0]
    assert white["nucleusGeometry"]["type"] == "MultiPolygon"
    assert np.array_equal(mask_of(white["nucleusGeometry"], labels.shape), nuclei == 1)
    ring_shaped = document["features"][1]["geometry"]["coordinates"]
    assert len(ring_shaped) == 2


def test_geojson_says_what_qupath_reads(drawn_study, tmp_path, finish):
    finish(export_geojson(drawn_study, tmp_path))
    document = json.loads((tmp_path / "two/field.geojson").read_text("utf-8"))
    assert document["type"] == "FeatureCollection"
    white, red, _ = document["features"]
    properties = white["properties"]
    colour = drawn_study.taxonomy.colour_of("lymphocyte")
    assert properties["classification"] == {
        "name": "lymphocyte",
        "color": [int(colour[i : i + 2], 16) for i in (1, 3, 5)],
    }
    assert properties["metadata"]["predicted class"] == "neutrophil"
    assert properties["measurements"]["Prediction probability"] == pytest.approx(0.7)
    assert all(isinstance(v, int | float) for v in properties["measurements"].values())
    assert all(isinstance(v, str) for v in properties["metadata"].values())
    assert "classification" not in red["properties"]
    ids = [feature["id"] for feature in document["features"]]
    assert len(set(ids)) == 3
    assert all(len(i) == 36 for i in ids)


@pytest.mark.parametrize(
    ("classify_by", "first", "second"),
    [("prediction", "neutrophil", None), ("kind", "white cell", "red cell")],
)
def test_the_class_that_qupath_shows_is_chosen(
    drawn_study, tmp_path, finish, classify_by, first, second
):
    finish(export_geojson(drawn_study, tmp_path, classify_by=classify_by))
    document = json.loads((tmp_path / "two/field.geojson").read_text("utf-8"))
    names = [
        f["properties"].get("classification", {}).get("name")
        for f in document["features"]
    ]
    assert names[:2] == [first, second]


def test_a_single_cell_is_outlined_by_its_frame(drawn_study, tmp_path, finish):
    finish(export_geojson(drawn_study, tmp_path))
    (feature,) = json.loads((tmp_path / "cell.geojson").read_text())["features"]
    assert mask_of(feature["geometry"], (40, 40)).all()


def test_every_format_names_cells_by_their_ids_and_not_by_their_rows(
    drawn_study, tmp_path, finish
):
    drawn_study.apply(ReplaceCells({1: None, 4: None}))
    ids = list(range(4, 10))
    for name in EXPORTS:
        finish(export_study(drawn_study, name, tmp_path / name))
    assert pd.read_csv(tmp_path / "csv")["cell_id"].tolist() == ids
    assert anndata.read_h5ad(tmp_path / "h5ad").obs_names.tolist() == [*map(str, ids)]
    coco = json.loads((tmp_path / "coco").read_text())
    assert [a["id"] for a in coco["annotations"]] == ids
    names, measured, in_masks = [], [], []
    for field in ("two/field", "three/made"):
        found = json.loads((tmp_path / f"geojson/{field}.geojson").read_text())
        told = [f["properties"] for f in found["features"]]
        names += [p["name"] for p in told]
        measured += [p["measurements"]["cell id"] for p in told]
        in_masks += pd.read_csv(tmp_path / f"masks/{field}.csv")["cell_id"].tolist()
    assert names == [f"cell {i}" for i in ids]
    assert measured == in_masks == ids
    assert cells_table(drawn_study).index.tolist() == ids


@pytest.mark.parametrize("known_of", ["picture", "slide"])
def test_synthetic_cells_are_tagged_in_every_format(
    drawn_study, tmp_path, finish, known_of
):
    slide, picture = drawn_study.slides["B"], drawn_study.pictures[3]
    if known_of == "picture":
        edit = ChangeSlides(slides={"B": replace(slide, synthetic=False)})
    else:
        edit = ChangeSlides(pictures={3: replace(picture, synthetic=False)})
    drawn_study.apply(edit)
    for name in EXPORTS:
        out = (
            tmp_path / name if name in ("masks", "geojson") else tmp_path / f"x.{name}"
        )
        finish(export_study(drawn_study, name, out))
    table = pd.read_csv(tmp_path / "x.csv")
    assert table.loc[table["slide"] == "B", "synthetic"].all()
    assert pd.read_csv(tmp_path / "masks/three/made.csv")["synthetic"].all()
    made = json.loads((tmp_path / "geojson/three/made.geojson").read_text())
    assert all(
        f["properties"]["metadata"]["synthetic"] == "yes" for f in made["features"]
    )
    coco = json.loads((tmp_path / "x.coco").read_text())
    tagged = {a["id"] for a in coco["annotations"] if a["attributes"]["synthetic"]}
    assert tagged == {7, 8, 9}
    assert [i["id"] for i in coco["images"] if i["synthetic"]] == [3]
    made = anndata.read_h5ad(tmp_path / "x.h5ad").obs["synthetic"]
    assert made.index[made.astype(bool)].tolist() == ["7", "8", "9"]
    kept = cells_table(drawn_study)["synthetic"]
    assert kept.index[kept].tolist() == [7, 8, 9]


def test_coco_shapes_boxes_and_areas_agree_with_the_masks(
    drawn_study, tmp_path, finish
):
    finish(export_coco(drawn_study, tmp_path / "cells.json"))
    document = json.loads((tmp_path / "cells.json").read_text())
    by_id = {a["id"]: a for a in document["annotations"]}
    assert sorted(by_id) == list(range(1, 11))
    labels, _ = drawn_study.masks_of(2)
    for cell_id, value in ((4, 1), (5, 2), (6, 3)):
        annotation = by_id[cell_id]
        mask = decoded(annotation["segmentation"], labels.shape)
        assert np.array_equal(mask, labels == value)
        assert annotation["area"] == mask.sum()
        ys, xs = np.nonzero(mask)
        assert annotation["bbox"] == [
            xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1,
        ]  # fmt: skip
    assert isinstance(by_id[5]["segmentation"], dict)
    assert {image["id"] for image in document["images"]} == {1, 2, 3, 4}


def test_coco_keeps_predictions_in_a_file_of_their_own(drawn_study, tmp_path, finish):
    finish(export_coco(drawn_study, tmp_path / "cells.json"))
    document = json.loads((tmp_path / "cells.json").read_text())
    name_of = {c["id"]: c["name"] for c in document["categories"]}
    category = {a["id"]: name_of[a["category_id"]] for a in document["annotations"]}
    assert category[4] == "lymphocyte"
    assert category[7] == "white cell"
    assert "score" not in json.dumps(document["annotations"])
    believed = json.loads((tmp_path / "cells.predictions.json").read_text())
    assert {r["annotation_id"]: name_of[r["category_id"]] for r in believed} == {
        1: "neutrophil", 4: "neutrophil", 7: "lymphocyte",
    }  # fmt: skip
    assert believed[2]["score"] == pytest.approx(0.9)


@pytest.mark.filterwarnings("ignore::FutureWarning:anndata")
@pytest.mark.filterwarnings("ignore::UserWarning:anndata")
def test_the_h5ad_opens_with_maps_features_and_categories(
    drawn_study, tmp_path, finish
):
    import anndata

    finish(export_h5ad(drawn_study, tmp_path / "cells.h5ad"))
    adata = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert adata.obs_names.tolist() == [str(i) for i in range(1, 11)]
    assert np.array_equal(
        adata.obsm["X_umap"], drawn_study.projection("umap").coordinates
    )
    assert adata.var_names.tolist() == ["area", "roundness"]
    assert np.isnan(adata.X[9]).all()
    assert isinstance(adata.obs["label"].dtype, pd.CategoricalDtype)
    assert adata.obs["label"].isna().sum() == 8
    assert adata.uns["label_colors"].tolist() == [
        drawn_study.taxonomy.colour_of(n) for n in adata.obs["label"].cat.categories
    ]
    assert json.loads(adata.uns["recipes"]["predictions:knn"])["parameters"] == {
        "k": 20
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_what_exists_is_left_alone_unless_overwriting_is_asked_for(
    drawn_study, tmp_path, finish, name
):
    folder = name in ("masks", "geojson")
    out = tmp_path / "out" if folder else tmp_path / "out.json"
    first = finish(export_study(drawn_study, name, out))
    first.files[-1].write_text("mine")
    with pytest.raises(BadInputError, match="exists already"):
        finish(export_study(drawn_study, name, out))
    assert first.files[-1].read_text() == "mine"
    finish(export_study(drawn_study, name, out, overwrite=True))
    assert first.files[-1].read_bytes() != b"mine"


@pytest.mark.parametrize("name", ["csv", "coco", "h5ad"])
def test_a_place_that_cannot_be_written_is_said_in_words(
    drawn_study, tmp_path, finish, name
):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="cannot be written"):
        finish(export_study(drawn_study, name, tmp_path / "file" / "out.x"))


def test_an_export_that_is_stopped_leaves_no_file(drawn_study, tmp_path):
    export = export_csv(drawn_study, tmp_path / "out" / "cells.csv")
    next(export)
    export.close()
    assert list((tmp_path / "out").iterdir()) == []


def test_a_study_without_cells_is_refused(tmp_path, finish):
    for name in EXPORTS:
        with pytest.raises(BadInputError, match="no cells"):
            finish(export_study(Study(), name, tmp_path / "out"))


def test_an_unknown_format_is_named_with_the_known_ones(drawn_study, tmp_path):
    with pytest.raises(UnknownNameError, match="geojson"):
        export_study(drawn_study, "xml", tmp_path / "out")
