"""A small study whose every number can be worked out by hand."""

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from napari_dinobloom.study import (
    CELL_KINDS,
    Acquisition,
    CellTable,
    ChangeSlides,
    FeatureMatrix,
    Finding,
    LabelRecord,
    Picture,
    Predictions,
    Projection,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    SetTaxonomy,
    Slide,
    Study,
    Taxonomy,
    set_element,
)

RED, PURPLE = (226, 172, 170), (120, 80, 160)


def disc(shape, cx, cy, radius):
    yy, xx = np.mgrid[: shape[0], : shape[1]] + 0.5
    return (xx - cx) ** 2 + (yy - cy) ** 2 <= radius**2


def drawn_masks(shape):
    """A white cell with a two-lobed nucleus, a ring-shaped red cell, a platelet."""
    labels, nuclei = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    labels[disc(shape, 30, 30, 14)] = 1
    nuclei[disc(shape, 25, 30, 4) | disc(shape, 36, 30, 4)] = 1
    labels[disc(shape, 70, 40, 12) & ~disc(shape, 70, 40, 4)] = 2
    labels[disc(shape, 20, 65, 3)] = 3
    return labels, nuclei, ("wbc", "rbc", "platelet")


def drawn_picture(labels, nuclei):
    rgb = np.full((*labels.shape, 3), 240, np.uint8)
    rgb[labels == 1] = (200, 180, 220)
    rgb[labels == 2] = RED
    rgb[labels == 3] = (180, 130, 190)
    rgb[nuclei > 0] = PURPLE
    return rgb


def table_of(labels, nuclei, kinds, picture_id, first_id):
    n = len(kinds)
    boxes = ndimage.find_objects(labels)
    index = np.arange(1, n + 1)
    centre = np.array(ndimage.center_of_mass(labels > 0, labels, index)).reshape(-1, 2)
    return CellTable(
        cell_id=np.arange(first_id, first_id + n),
        picture_id=np.full(n, picture_id),
        mask_label=index,
        kind=np.array([CELL_KINDS.index(k) for k in kinds]),
        x=centre[:, 1] + 0.5,
        y=centre[:, 0] + 0.5,
        left=np.array([b[1].start for b in boxes]),
        top=np.array([b[0].start for b in boxes]),
        width=np.array([b[1].stop - b[1].start for b in boxes]),
        height=np.array([b[0].stop - b[0].start for b in boxes]),
        area_px=np.bincount(labels.ravel(), minlength=n + 1)[1:],
        nucleus_area_px=np.bincount(nuclei.ravel(), minlength=n + 1)[1:],
        score=np.full(n, 0.9),
        cut_by_border=np.zeros(n, bool),
    )


def add_field(study, folder, slide, name, picture_id, pixel_size_um, synthetic=False):
    shape = (80, 100)
    labels, nuclei, kinds = drawn_masks(shape)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn_picture(labels, nuclei)).save(path)
    picture = Picture(
        picture_id, slide, path, 100, 80, pixel_size_um=pixel_size_um,
        sha256=name, synthetic=synthetic,
    )  # fmt: skip
    study.apply(ChangeSlides(pictures={picture_id: picture}))
    mask_file = study.save_masks(picture_id, labels, nuclei)
    cells = table_of(labels, nuclei, kinds, picture_id, study.reserve_cell_ids(3))
    finding = Finding(cells, Recipe("smear", {"strictness": 1}), mask_file, 24.0)
    study.apply(ReplaceCells({picture_id: finding}))


@pytest.fixture
def drawn_study(tmp_path: Path) -> Study:
    """Three fields of two slides (one synthetic) and one picture of a single cell.

    Cells 1-3, 4-6, 7-9 are a white cell, a red cell with a hole and a platelet each;
    10 is the single cell. 1 and 4 are labelled; 1, 4, 7 are predicted.
    """
    study = Study(author="Ada")
    folder = tmp_path / "pictures"
    study.apply(
        ChangeSlides(
            slides={
                "A": Slide("A", Acquisition("P1", "Munich", "scanner 1", "MGG")),
                "B": Slide("B", Acquisition("P2"), synthetic=True),
            }
        )
    )
    add_field(study, folder, "A", "one/field.png", 1, 0.5)
    add_field(study, folder, "A", "two/field.png", 2, 0.5)
    add_field(study, folder, "B", "three/made.png", 3, None, synthetic=True)
    single = folder / "cell.png"
    Image.fromarray(np.full((40, 40, 3), 200, np.uint8)).save(single)
    study.apply(ChangeSlides(pictures={4: Picture(4, "A", single, 40, 40, "cell")}))
    study.apply(ReplaceCells({4: _single(study.reserve_cell_ids(1))}))
    study.apply(SetTaxonomy(Taxonomy().extended(["lymphocyte", "neutrophil"])))
    _say(study)
    return study


def _single(cell_id):
    cells = CellTable(
        cell_id=[cell_id], picture_id=[4], mask_label=[0],
        kind=[CELL_KINDS.index("cell")], x=[20], y=[20], left=[0], top=[0],
        width=[40], height=[40], area_px=[np.nan], nucleus_area_px=[np.nan],
        score=[1], cut_by_border=[False],
    )  # fmt: skip
    return Finding(cells, Recipe("single"))


def _say(study):
    at = "2026-01-02T03:04:05.678+00:00"
    study.apply(
        SetLabels(
            (
                LabelRecord(1, "neutrophil", "Ada", at),
                LabelRecord(4, "lymphocyte", "Grace", at, source="folder name"),
            )
        )
    )
    ids = study.cells.cell_id
    values = np.arange(len(ids) * 2, dtype=np.float32).reshape(-1, 2)
    features = FeatureMatrix(
        "morphology", ("area", "roundness"), Recipe("morphology"),
        blocks=(Rows(ids[:-1], values[:-1]),),
    )  # fmt: skip
    study.apply(set_element(features))
    study.apply(set_element(Projection("umap", Rows(ids, values), Recipe("umap"))))
    probabilities = np.array([[0.2, 0.8], [0.3, 0.7], [0.9, 0.1]], np.float32)
    predictions = Predictions(
        "knn", ("lymphocyte", "neutrophil"),
        Rows(np.array([1, 4, 7]), probabilities),
        Recipe("knn", {"k": 20}, inputs=study.versions(["labels"])),
    )  # fmt: skip
    study.apply(set_element(predictions))


def drain(generator: Generator):
    """The return value of an export, run to its end."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


@pytest.fixture
def finish():
    """Run an export to its end and return what it wrote."""
    return drain
