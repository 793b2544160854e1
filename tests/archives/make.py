"""Write a small study with the installed version: ``python tests/archives/make.py``.

Run once per release, before it is tagged; the file that appears is committed and
opened by every later test run. An archive is never written again.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from napari_dinobloom import __version__
from napari_dinobloom.storage import create_study
from napari_dinobloom.study import (
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
    set_element,
)

AT = "2026-01-02T03:04:05.678+00:00"


def cells() -> CellTable:
    """Four cells of picture 1."""
    n = np.arange(4)
    return CellTable(
        cell_id=n + 1,
        picture_id=np.ones(4),
        mask_label=n + 1,
        kind=[0, 1, 2, 0],
        x=n + 0.5,
        y=n + 1.5,
        left=n,
        top=n + 1,
        width=n + 2,
        height=n + 3,
        area_px=n * 10.0,
        nucleus_area_px=[5, np.nan, np.nan, 6],
        score=n / 4,
        cut_by_border=n == 3,
    )


def fill(study: Study) -> None:
    """Something of every kind, and an undone step."""
    slide = Slide("Präparat 7", Acquisition("P7", "Kraków", "S1", "MGG"), "AML")
    picture = Picture(1, slide.name, Path("/nowhere/a.png"), 64, 48, "field", 0.1)
    study.apply(ChangeSlides({slide.name: slide}, {1: picture}))
    masks = np.kron(np.diag([1, 2, 3, 4]), np.ones((4, 4), int))
    file = study.save_masks(1, masks, masks * (masks == 1))
    finding = Finding(cells(), Recipe("smear", {"a": 1}, 3), file, 17.5, ("few",))
    study.apply(ReplaceCells({1: finding}))
    study.apply(SetTaxonomy(study.taxonomy.extended(["blast", "Thrombozyt", "赤血球"])))
    said = [(1, "blast"), (2, "赤血球"), (1, "Thrombozyt"), (2, None)]
    for cell_id, name in said:
        study.apply(SetLabels((LabelRecord(cell_id, name, "Ada", AT, note="n"),)))
    study.apply(
        set_element(FeatureMatrix("morph", ("a", "b"), Recipe("morph"), "standard"))
    )
    rows = Rows(np.array([3, 1]), np.array([[1, 2], [3, np.nan]]))
    study.add_feature_rows("morph", rows)
    inputs = study.versions(["features:morph", "labels"])
    chances = Rows(np.array([4]), np.array([[0.25, 0.75]]))
    recipe = Recipe("knn", {"k": 5}, inputs=inputs)
    study.apply(set_element(Predictions("knn", ("blast", "赤血球"), chances, recipe)))
    for value in (1.0, 2.0):
        place = Rows(np.array([1, 2]), np.full((2, 2), value))
        study.apply(set_element(Projection("umap", place, Recipe("umap", seed=1))))
    study.undo()
    study.note_failures("read", {"/nowhere/b.png": "it is gone"})


def main() -> None:
    """Write ``v<version>.study.zip`` beside this script."""
    name = f"v{__version__}.study"
    target = Path(__file__).parent / f"{name}.zip"
    if target.exists():
        sys.exit(f"{target} exists; an archive is never written again")
    with tempfile.TemporaryDirectory() as root:
        with create_study(Path(root) / name, "Ada") as opened:
            fill(opened.study)
        shutil.make_archive(str(target.with_suffix("")), "zip", root, name)


if __name__ == "__main__":
    main()
