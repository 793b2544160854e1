"""Masks of other programs become cells: what we export, and what they write."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from napari_dinobloom.core import BadInputError, run
from napari_dinobloom.storage.exchange import export_study
from napari_dinobloom.study import CELL_KINDS, Study
from napari_dinobloom.workflows import AddPictures, ImportMasks, SegmentPictures
from napari_dinobloom.workflows.label_cells import label_cells
from napari_dinobloom.workflows.mask_kinds import read_kinds
from napari_dinobloom.workflows.masks_report import describe

WHITE, RED = (30, 30), (70, 150)
"""Middles (y, x) of the two cells of the drawn picture."""
SHAPE = (100, 200)


@pytest.fixture
def searched(study, smears) -> Study:
    """Three synthetic fields, searched; the first white cells are labelled."""
    run(AddPictures.from_study(study, [smears]), study)
    run(SegmentPictures.from_study(study, workers=1), study)
    white = study.cells.of_kinds(("wbc",)).cell_id[:2]
    label_cells(study, white, "monocyte")
    return study


def another(study: Study) -> Study:
    """A study of the same pictures, not searched."""
    made = Study(author="tester")
    run(AddPictures.from_study(made, [p.path for p in study.pictures.values()]), made)
    return made


def exported(study, format_name, out, **options):
    for _ in export_study(study, format_name, out, **options):
        pass
    return out


def masks_by_path(study):
    return {
        picture.path: study.masks_of(number)
        for number, picture in study.pictures.items()
    }


@pytest.mark.parametrize("format_name", ["masks", "geojson", "coco"])
def test_what_was_exported_is_imported_pixel_by_pixel(searched, tmp_path, format_name):
    out = tmp_path / ("cells.json" if format_name == "coco" else "out")
    exported(searched, format_name, out)
    made = another(searched)
    report = run(ImportMasks.from_study(made, [out], names_are_labels=True), made)
    assert report.problems == {}
    assert report.cells == len(searched.cells) == len(made.cells)
    before, after = masks_by_path(searched), masks_by_path(made)
    for path, (labels, nuclei) in before.items():
        assert np.array_equal(after[path][0] > 0, labels > 0)
        pairs = np.unique(np.stack([labels, after[path][0]]).reshape(2, -1), axis=1)
        assert pairs.shape[1] == len(np.unique(labels))  # one to one
        if format_name != "coco":  # the format knows no nuclei
            assert np.array_equal(after[path][1] > 0, nuclei > 0)
    kinds = [np.bincount(s.cells.kind, minlength=5).tolist() for s in (searched, made)]
    assert kinds[0] == kinds[1]
    assert sorted(made.labels.labels().values()) == ["monocyte", "monocyte"]


def test_importing_is_one_step_of_undo_and_says_from_which_file(searched, tmp_path):
    out = exported(searched, "coco", tmp_path / "cells.json")
    before = searched.cells.cell_id.copy()
    report = run(ImportMasks.from_study(searched, [out]), searched)
    assert report.replaced == len(before)
    recipes = {finding.recipe.to_json() for finding in searched.findings.values()}
    assert len(recipes) == 1
    recipe = next(iter(searched.findings.values())).recipe
    assert recipe.method == "import"
    assert recipe.parameters["file"] == "cells.json"
    assert len(recipe.parameters["sha256"]) == 64
    searched.undo()
    assert np.array_equal(searched.cells.cell_id, before)
    assert {f.recipe.method for f in searched.findings.values()} == {"smear"}


def test_the_ruler_of_a_picture_that_was_searched_stays(searched, tmp_path):
    out = exported(searched, "masks", tmp_path / "out")
    before = {i: f.red_cell_diameter_px for i, f in searched.findings.items()}
    run(ImportMasks.from_study(searched, [out]), searched)
    after = {i: f.red_cell_diameter_px for i, f in searched.findings.items()}
    assert after == before
    made = another(searched)
    run(ImportMasks.from_study(made, [out]), made)
    for path, px in ((made.pictures[i].path, f.red_cell_diameter_px)
                     for i, f in made.findings.items()):  # fmt: skip
        (number,) = (i for i, p in searched.pictures.items() if p.path == path)
        assert px == pytest.approx(before[number], rel=0.15)


# -- files as other programs write them --------------------------------------------


@pytest.fixture
def drawn(study, tmp_path) -> Study:
    """One picture, 200 × 100: a white cell with its nucleus and a red cell."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    rgb = np.full((*SHAPE, 3), (238, 228, 222), np.uint8)
    for row, column in ((20, 80), (20, 120), (75, 40), (75, 100), RED):
        rgb[np.hypot(y - row, x - column) < 12] = (214, 160, 162)
    rgb[np.hypot(y - WHITE[0], x - WHITE[1]) < 18] = (215, 205, 228)
    rgb[np.hypot(y - WHITE[0], x - WHITE[1]) < 12] = (88, 45, 128)
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(rgb).save(folder / "field 1.png")
    run(AddPictures.from_study(study, [folder]), study)
    return study


def disc(middle, radius):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(y - middle[0], x - middle[1]) < radius


def two_cells(dtype=np.int32, values=(7, 300)):
    labels = np.zeros(SHAPE, dtype)
    labels[disc(WHITE, 18)], labels[disc(RED, 12)] = values
    return labels


def ring(middle, radius, corners=40):
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    xy = np.stack(
        [middle[1] + radius * np.cos(turn), middle[0] + radius * np.sin(turn)]
    )
    points = xy.T.tolist()
    return [*points, points[0]]


def imported(study, *files, **options):
    return run(ImportMasks.from_study(study, files, **options), study)


def kinds_of(study):
    return [CELL_KINDS[kind] for kind in study.cells.kind.tolist()]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("field 1.tif", np.uint16),
        ("field 1_cp_masks.tif", np.uint32),
        ("Field 1_labels.tiff", np.int64),
        ("field 1_masks.tif", np.float32),
        ("field 1_cp_masks.png", np.uint16),
    ],
)
def test_label_images_without_names_are_judged_by_the_picture(
    drawn, tmp_path, name, dtype
):
    path = tmp_path / name
    if path.suffix == ".png":
        Image.fromarray(two_cells(dtype)).save(path)
    else:
        tifffile.imwrite(path, two_cells(dtype), compression="zlib")
    report = imported(drawn, path)
    assert report.problems == {}
    assert kinds_of(drawn) == ["wbc", "rbc"]
    white = drawn.cells.take(np.array([0]))
    assert white.nucleus_area_px[0] == pytest.approx(np.pi * 12**2, rel=0.25)
    assert {taken.reason for taken in report.taken} == {"how it looks"}


def test_a_mask_of_one_value_is_parted_into_patches(drawn, tmp_path):
    Image.fromarray((two_cells() > 0).astype(np.uint8) * 255).save(
        tmp_path / "field 1_mask.png"
    )
    report = imported(drawn, tmp_path / "field 1_mask.png")
    assert report.cells == 2
    (remarks,) = report.remarks.values()
    assert "each separate patch" in remarks[0]


def feature(kind, geometry, **properties):
    return {
        "type": "Feature",
        "id": "7a6e3c5e-0b5f-4e0f-8d5c-2f4f0c8b1a11",
        "geometry": geometry,
        "properties": {"objectType": kind, **properties},
    }


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_file_of_qupath_with_cells_regions_and_holes(drawn, tmp_path):
    white = feature(
        "cell",
        polygon(ring(WHITE, 18)),
        classification={"name": "Lymphocyte", "color": [200, 0, 0]},
        isLocked=False,
        measurements={"Nucleus: Area": 450.2},
    )
    white["nucleusGeometry"] = polygon(ring(WHITE, 12))
    red = feature(
        "detection",
        {"type": "MultiPolygon", "coordinates": [[ring(RED, 12), ring(RED, 4)]]},
        classification={"names": ["Tumor", "Positive"], "color": [0, 0, 9]},
    )
    region = feature("annotation", polygon([[0, 0], [200, 0], [200, 100], [0, 0]]))
    point = feature("detection", {"type": "Point", "coordinates": [5, 5]})
    path = tmp_path / "field 1.geojson"
    path.write_text(
        json.dumps(
            {"type": "FeatureCollection", "features": [region, white, red, point]}
        )
    )
    report = imported(drawn, path, names_are_labels=True)
    assert report.problems == {}
    assert kinds_of(drawn) == ["wbc", "rbc"]
    labels, nuclei = drawn.masks_of(1)
    assert labels[RED] == 0  # the hole
    assert nuclei[WHITE] == labels[WHITE] == 1
    assert (nuclei > 0).sum() == pytest.approx(np.pi * 12**2, rel=0.03)
    taken = {t.name: (t.kind, t.reason) for t in report.taken}
    assert taken == {
        "Lymphocyte": ("wbc", "its name"),
        "Tumor: Positive": ("rbc", "how it looks"),
    }
    assert set(drawn.labels.labels().values()) == {"Lymphocyte", "Tumor: Positive"}
    (remarks,) = report.remarks.values()
    assert "1 annotation was taken for a region" in remarks[0]
    assert "1 object without area" in remarks[1]
    drawn.undo()  # cells and labels came as one step
    assert len(drawn.cells) == 0
    assert drawn.labels.labels() == {}


def test_a_list_of_an_old_qupath_and_a_table_of_kinds(drawn, tmp_path):
    old = {
        "type": "Feature",
        "id": "PathAnnotationObject",
        "geometry": polygon(ring(WHITE, 18)),
        "properties": {"classification": {"name": "Positive", "colorRGB": -377282}},
    }
    path = tmp_path / "field 1.json"
    path.write_text(json.dumps([old]))
    table = tmp_path / "kinds.csv"
    table.write_text("name,kind\npositive,Platelets\n")
    report = imported(drawn, path, kinds=read_kinds(table))
    assert kinds_of(drawn) == ["platelet"]
    assert "“Positive”: platelet (your table)." in describe(report)[1]


def test_coco_with_polygons_run_lengths_boxes_and_crowds(drawn, tmp_path):
    mask = disc(RED, 12)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.T.ravel(), [0]])))
    counts = np.diff(edges, prepend=0, append=mask.size).tolist()
    flat = [value for corner in ring(WHITE, 18)[:-1] for value in corner]
    document = {
        "images": [
            {"id": 4, "file_name": "train/field 1.png", "height": 100, "width": 200},
            {"id": 5, "file_name": "../../etc/passwd", "height": 10, "width": 10},
            {"id": 6, "file_name": "unknown.png", "height": 10, "width": 10},
        ],
        "categories": [{"id": 1, "name": "WBC"}, {"id": 9, "name": "RBC"}],
        "annotations": [
            {"image_id": 4, "category_id": 1, "segmentation": [flat], "iscrowd": 0},
            {
                "image_id": 4,
                "category_id": 9,
                "segmentation": {"size": [100, 200], "counts": counts},
                "score": 0.5,
            },
            {"image_id": 4, "category_id": 9, "bbox": [70, 10, 20, 20]},
            {"image_id": 4, "category_id": 9, "segmentation": [], "iscrowd": 1},
            {"image_id": 4, "category_id": 9, "segmentation": [], "bbox": [1, 2, 0, 3]},
        ],
    }
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(document))
    report = imported(drawn, path)
    assert kinds_of(drawn) == ["wbc", "rbc", "rbc"]
    labels, nuclei = drawn.masks_of(1)
    assert np.array_equal(labels == 2, mask)
    assert drawn.cells.score[1] == pytest.approx(0.5)
    assert nuclei[WHITE] == 1  # found in the picture: COCO knows none
    assert (labels == 3).sum() == pytest.approx(np.pi * 100, rel=0.05)
    reasons = "\n".join(f"{k}: {v}" for k, v in report.problems.items())
    assert "leads out of its folder" in reasons
    assert "no picture called like 'unknown.png'" in reasons
    (remarks,) = report.remarks.values()
    assert len(remarks) == 4  # crowd, box, no area, nuclei
    assert len(drawn.failures) == 2
    path.write_text(json.dumps({**document, "images": document["images"][:1]}))
    imported(drawn, path)
    assert not drawn.failures  # what was mended is said no longer


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_labels_of_an_ome_zarr(drawn, tmp_path, zarr_format):
    path = tmp_path / "field 1.ome.zarr"
    root = zarr.open_group(path, mode="w", zarr_format=zarr_format)
    axes = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]

    def put(group, **attributes):
        if zarr_format == 2:
            group.attrs.update(attributes)
        else:
            group.attrs["ome"] = {"version": "0.5", **attributes}

    scales = [{"axes": axes, "datasets": [{"path": "0"}], "version": "0.4"}]
    put(root, multiscales=scales)
    labels = root.create_group("labels")
    put(labels, labels=["cells", "nuclei"])
    for name, values in (
        ("cells", two_cells()),
        ("nuclei", disc(WHITE, 12).astype(np.uint8)),
    ):
        group = labels.create_group(name)
        image = {"properties": [{"label-value": 300, "class": "erythrocyte"}]}
        put(group, multiscales=scales, **{"image-label": image})
        group.create_array("0", data=values, chunks=(64, 64))
    report = imported(drawn, path)
    assert report.problems == {}
    assert kinds_of(drawn) == ["wbc", "rbc"]
    stored, nuclei = drawn.masks_of(1)
    assert np.array_equal(nuclei > 0, disc(WHITE, 12))
    assert np.array_equal(stored > 0, two_cells() > 0)
    assert {t.reason for t in report.taken} == {"its name", "it has a nucleus"}
    direct = imported(drawn, path / "labels" / "cells")
    assert direct.cells == 2
    assert len(next(iter(drawn.findings.values())).recipe.parameters["sha256"]) == 64


def test_a_folder_is_matched_by_stems_and_folders(searched, tmp_path):
    masks = exported(searched, "masks", tmp_path / "out")
    files = sorted(p for p in masks.rglob("*.tif") if "nucleus" not in p.name)
    assert {f.parent.name for f in files} == {"one", "two"}  # field-0 is there twice
    report = imported(another(searched), masks)
    assert report.pictures == 3
    lone = imported(another(searched), *files)  # without the folder's name
    assert "2 pictures are called like 'field-0.tif'" in str(lone.problems)


# -- bad input ---------------------------------------------------------------------


def save(path, array):
    tifffile.imwrite(path, array, photometric="minisblack")


def write(path, document):
    path.write_text(document if isinstance(document, str) else json.dumps(document))


FAR = polygon([[900, 900], [950, 900], [950, 950], [900, 900]])
BAD = {
    "another size": ("field 1.tif", np.ones((10, 10), np.int32), "10 × 10 pixels"),
    "probabilities": ("field 1.tif", np.full(SHAPE, 0.3, np.float32), "whole numbers"),
    "not finite": ("field 1.tif", np.full(SHAPE, np.nan, np.float32), "whole numbers"),
    "below 0": ("field 1.tif", np.full(SHAPE, -3, np.int16), "below 0"),
    "several planes": (
        "field 1.tif",
        np.zeros((3, *SHAPE), np.int32),
        "several planes",
    ),
    "a photograph": (
        "field 1.tif",
        np.random.default_rng(0).integers(0, 255, SHAPE).astype(np.uint8),
        "photograph",
    ),
    "nothing": ("field 1.tif", np.zeros(SHAPE, np.int32), "no cells"),
    "no picture": ("other.tif", two_cells(), "no picture called like"),
    "cut short": ("field 1.tif", None, "cannot be read as a label image"),
    "no json": ("field 1.json", "{", "not valid JSON"),
    "deep json": ("field 1.json", "[" * 100_000, "not valid JSON"),
    "other json": ("field 1.json", {"cells": 3}, "no GeoJSON"),
    "results": ("field 1.json", [3], "no GeoJSON"),
    "all outside": (
        "field 1.geojson",
        [feature("cell", FAR)],
        "1 of the 1 cells of field 1.geojson lie outside",
    ),
    "no number": (
        "field 1.geojson",
        [feature("cell", polygon([["a", 1], [2, 2], [3, 1]]))],
        "no cells",
    ),
    "not finite outline": (
        "field 1.geojson",
        [feature("cell", polygon([[float("nan"), 1], [2, float("inf")], [3, 1]]))],
        "no cells",
    ),
    "coco of another size": (
        "a.json",
        {
            "images": [{"id": 1, "file_name": "field 1.png", "height": 9, "width": 9}],
            "annotations": [],
        },
        "9 × 9 pixels; the picture is 200 × 100",
    ),
    "zip": ("field 1.zip", "PK", "holds no masks"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_bad_masks_are_refused_in_words_and_nothing_is_lost(drawn, tmp_path, case):
    name, content, words = case
    good = tmp_path / "field 1_masks.tif"
    save(good, two_cells())
    imported(drawn, good)
    before = drawn.cells.cell_id.tolist()
    path = tmp_path / name
    if isinstance(content, np.ndarray):
        save(path, content)
    elif content is None:
        path.write_bytes(good.read_bytes()[:900])
    else:
        write(path, content)
    report = imported(drawn, path)
    assert report.pictures == 0
    assert words in " ".join(report.problems.values())
    assert drawn.cells.cell_id.tolist() == before


def test_a_tiff_that_claims_to_be_huge_is_refused_before_it_is_decoded(drawn, tmp_path):
    path = tmp_path / "field 1.tif"
    with tifffile.TiffWriter(path, bigtiff=True) as tiff:
        tiff.write(
            (bytes(100) for _ in range(1)),
            shape=(400_000, 400_000),
            dtype=np.int32,
            tile=(400_000, 400_000),
            compression="zlib",
        )
    report = imported(drawn, path)
    assert "million" in str(report.problems)


def test_a_zarr_that_names_parts_outside_itself_is_refused(drawn, tmp_path):
    path = tmp_path / "field 1.zarr"
    root = zarr.open_group(path, mode="w", zarr_format=2)
    labels = root.create_group("labels")
    labels.attrs["labels"] = ["../../secret"]
    assert "outside itself" in str(imported(drawn, path).problems)
    labels.attrs["labels"] = ["cells"]
    scales = [{"datasets": [{"path": "../../../secret"}]}]
    labels.create_group("cells").attrs["multiscales"] = scales
    assert "outside itself" in str(imported(drawn, path).problems)


def test_a_picture_of_the_study_is_not_taken_for_masks(drawn):
    (picture,) = drawn.pictures.values()
    report = imported(drawn, picture.path)
    assert "a picture of the study" in str(report.problems)


def test_a_picture_that_is_not_there_is_named(drawn):
    with pytest.raises(BadInputError, match="no picture called like"):
        ImportMasks.from_study(drawn, [], picture="nowhere.png")


def test_the_picture_can_be_said(drawn, tmp_path):
    path = tmp_path / "whatever.tif"
    save(path, two_cells())
    assert imported(drawn, path, picture="field 1.png").cells == 2


def test_outlines_beyond_the_picture_are_cut_and_said(drawn, tmp_path):
    cells = [
        feature("cell", polygon(ring((-2, 100), 12)), classification="platelet"),
        feature("cell", polygon(ring(WHITE, 18)), classification="WBC"),
    ]
    write(tmp_path / "field 1.geojson", cells)
    report = imported(drawn, tmp_path / "field 1.geojson")
    (remarks,) = report.remarks.values()
    assert "1 cell reaches beyond the picture" in remarks[0]
    assert drawn.cells.cut_by_border.tolist() == [True, False]


def test_where_cells_overlap_the_smaller_one_stays_whole(drawn, tmp_path):
    cells = [
        feature("cell", polygon(ring(WHITE, 6)), classification="platelet"),
        feature("cell", polygon(ring(WHITE, 18)), classification="red cell"),
    ]
    write(tmp_path / "field 1.geojson", cells)
    imported(drawn, tmp_path / "field 1.geojson")
    assert drawn.cells.area_px[0] == pytest.approx(np.pi * 36, rel=0.05)
    assert drawn.masks_of(1)[0][WHITE] == 1


def test_paths_in_folders_tell_pictures_of_one_name_apart():
    from napari_dinobloom.workflows.match_masks import picture_named

    pictures = {1: Path("/a/one/f.png"), 2: Path("/a/two/f.png"), 3: Path("/a/g.png")}
    assert picture_named("two/f.tif", pictures) == 2
    assert picture_named(r"C:\scans\one\F.PNG", pictures) == 1
    assert picture_named("g_cp_masks.png", pictures) == 3
    assert "2 pictures" in picture_named("f.geojson", pictures)
    assert "leads out" in picture_named("../g.png", pictures)
