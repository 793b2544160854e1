"""A huge picture through a study: tiles, resume, damage; here huge begins small."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from napari_dinobloom.core import Partial, Progress, run
from napari_dinobloom.imaging import huge
from napari_dinobloom.imaging.label_images import is_label_image
from napari_dinobloom.imaging.synthetic import LABORATORIES, make_field
from napari_dinobloom.storage import open_or_create, open_study
from napari_dinobloom.storage.tiled_masks import label_files
from napari_dinobloom.workflows import AddPictures, EmbedCells, SegmentPictures
from napari_dinobloom.workflows.cell_pictures import CellPictures
from napari_dinobloom.workflows.segment_files import SegmentFiles
from napari_dinobloom.workflows.slide_parts import SIDE_BY_SIDE, monolayer_of

SIZE = (1400, 1050)  # width and height: 2 × 2 tiles of cells 25 pixels wide


@pytest.fixture(scope="module")
def smear() -> np.ndarray:
    laboratory = replace(LABORATORIES["lilac"], pixel_size_um=0.3)
    rgb = make_field(laboratory, "healthy", 1, 0, (700, 525)).rgb
    both = np.concatenate([rgb, rgb[:, ::-1]], axis=1)
    return np.concatenate([both, both[::-1]])


def write(path: Path, rgb: np.ndarray) -> Path:
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as tiff:
        common = {"tile": (256, 256), "photometric": "rgb", "compression": "zlib"}
        size = {"PhysicalSizeX": 0.3, "PhysicalSizeY": 0.3}
        tiff.write(rgb, subifds=1, metadata={"axes": "YXS", **size}, **common)
        tiff.write(rgb[::4, ::4], subfiletype=1, **common)
    return path


@pytest.fixture
def slide(tmp_path: Path, smear: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(huge, "HUGE_PIXELS", 1_000_000)
    return write(tmp_path / "slide.ome.tif", smear)


def test_a_huge_picture_gives_cells_and_masks_like_any_other(
    tmp_path: Path, slide: Path
) -> None:
    told: list[Progress] = []
    with open_or_create(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        run(SegmentPictures.from_study(study, workers=1), study, told.append)
        assert not study.failures
        assert any("part 2 of 4" in step.message for step in told)
        (picture_id,) = study.findings
        cells = study.findings[picture_id].cells
        labels, nuclei = study.masks_of(picture_id)
        assert labels.shape == nuclei.shape == SIZE[::-1]
        assert np.array_equal(np.unique(labels)[1:], cells.mask_label)
        assert np.array_equal(np.bincount(labels.ravel())[1:], cells.area_px)
        assert np.array_equal(nuclei[nuclei > 0], labels[nuclei > 0])
        # four mirrored copies of a field: each has its cells
        names = cells.kind_names()
        for kind, most in [("rbc", 0.1), ("wbc", 0.2)]:
            quarters = [
                ((cells.x < 700) == left) & ((cells.y < 525) == top) & (names == kind)
                for left in (True, False)
                for top in (True, False)
            ]
            counts = [int(quarter.sum()) for quarter in quarters]
            assert min(counts) > 10
            assert max(counts) <= (1 + most) * min(counts), kind
        assert not list((tmp_path / "a.study/tiles").glob("*/tile-*"))
        parts = monolayer_of(study, picture_id)
        assert parts.share(SIDE_BY_SIDE) > 0.5
        assert monolayer_of(study, picture_id + 1) is None
        assert study.undo()
        assert not study.findings
        study.redo()
    with open_study(tmp_path / "a.study") as again:
        assert len(again.study.cells) == len(cells)


def test_a_run_that_was_stopped_goes_on_with_the_parts_it_had(
    tmp_path: Path, slide: Path
) -> None:
    with open_or_create(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        work = SegmentPictures.from_study(study, workers=1).compute()
        for step in work:
            if isinstance(step, Progress) and "part 2 of" in step.message:
                break
        work.close()
        assert not study.findings
    parts = sorted((tmp_path / "a.study/tiles").glob("*/tile-*.npz"))
    assert len(parts) == 2
    times = [part.stat().st_mtime_ns for part in parts]
    told = []
    with open_study(tmp_path / "a.study") as opened:
        study = opened.study
        task = SegmentPictures.from_study(study, workers=1)
        for step in task.compute():
            if isinstance(step, Progress):
                told.append(step.message)
            if isinstance(step, Partial):
                assert times == [part.stat().st_mtime_ns for part in parts]
                task.commit(study, step.result)
        stopped = study.findings[1].cells
    assert not any("part 2 of" in message for message in told)
    assert any("part 3 of 4" in message for message in told)
    with open_or_create(tmp_path / "b.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        run(SegmentPictures.from_study(study, workers=2), study)
        for name in ("x", "y", "area_px", "kind", "mask_label"):
            at_once = getattr(study.findings[1].cells, name)
            assert np.array_equal(at_once, getattr(stopped, name)), name


def test_a_damaged_part_is_named_and_the_others_are_searched(
    tmp_path: Path, slide: Path
) -> None:
    with tifffile.TiffFile(slide) as tiff:
        offset = tiff.pages[0].dataoffsets[-1]  # lower right corner
    with slide.open("r+b") as file:
        file.seek(offset)
        file.write(b"\0" * 64)
    with open_or_create(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        run(SegmentPictures.from_study(study, workers=1), study)
        ((_, subject), reason), *_ = study.failures.items()
        assert subject == str(slide)
        assert "of 4 parts of this picture could not be read" in reason
        assert "x = 1,280, y = 1,024" in reason
        assert len(study.cells) > 200
        assert any("could not be read" in note for note in study.findings[1].notes)


def test_a_huge_picture_that_is_no_smear_says_so(tmp_path: Path, slide: Path) -> None:
    write(slide, np.full((1050, 1400, 3), 240, np.uint8))
    with tifffile.TiffFile(slide, mode="r+") as tiff:  # no pixel size either
        tiff.pages[0].tags["ImageDescription"].overwrite("")
    with open_or_create(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        run(SegmentPictures.from_study(study, workers=1), study)
        assert not len(study.cells)
        assert "does not look like a smear" in study.findings[1].notes[0]
        assert study.masks_of(1)[0].shape == (1050, 1400)


def test_windows_of_a_huge_picture_are_those_of_an_ordinary_one(
    tmp_path: Path, slide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_or_create(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        run(SegmentPictures.from_study(study, workers=1), study)
        ids = study.cells.cell_id[::40]
        corner = np.argmin(study.cells.x + study.cells.y)
        ids = np.unique(np.append(ids, study.cells.cell_id[corner]))
        seen = []
        for limit in (1_000_000, 25_000_000):
            monkeypatch.setattr(huge, "HUGE_PIXELS", limit)
            pictures = CellPictures.from_study(study)
            (_, plain), *_ = pictures.thumbnails(ids, 64)
            (_, masked), *_ = pictures.thumbnails(ids, 64, masked=True)
            view = pictures.view(int(ids[0]), 96)
            task = EmbedCells.from_study(study, "morphology", again=True)
            run(task, study)
            rows, found = study.features("morphology").rows.of(ids)
            assert found.all()
            seen.append([plain, masked, view.rgb, view.cell, view.nucleus, rows])
        assert pictures.pictures_read
        for by_window, whole in zip(*seen, strict=True):
            np.testing.assert_allclose(by_window, whole, rtol=1e-5)


def test_without_a_study_the_same_files_are_written(
    tmp_path: Path, slide: Path
) -> None:
    out = tmp_path / "out"
    task = SegmentFiles.of([slide], out, workers=1, tiled=label_files)
    work = task.compute()
    for step in work:
        if "part 1 of" in step.message:
            break
    work.close()
    assert len(list(out.glob(".*.tiles/tile-*.npz"))) == 1
    messages = []
    work = SegmentFiles.of([slide], out, workers=1, tiled=label_files).compute()
    try:
        while True:
            messages.append(next(work).message)
    except StopIteration as stop:
        (file,) = stop.value.files
    assert not any("part 1 of" in message for message in messages)
    labels, nuclei = tifffile.imread(file.job.labels), tifffile.imread(file.job.nuclei)
    table = pd.read_csv(file.job.table)
    assert labels.shape == SIZE[::-1]
    assert np.array_equal(np.bincount(labels.ravel())[1:], table["area_px"])
    assert np.array_equal(nuclei[nuclei > 0], labels[nuclei > 0])
    assert sum(file.counts.values()) == len(table)
    assert is_label_image(file.job.labels)
    assert not list(out.glob(".*.tiles"))
    assert not list(out.glob(".*.part"))


def test_a_slide_that_is_searched_again_keeps_the_ids_of_its_cells(
    tmp_path: Path, slide: Path
) -> None:
    with open_or_create(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [slide]), study)
        run(SegmentPictures.from_study(study, workers=1), study)
        before = study.cells
        run(SegmentPictures.from_study(study, again=True, workers=1), study)
        assert np.array_equal(before.cell_id, study.cells.cell_id)
        assert np.array_equal(before.x, study.cells.x)
        note = next(iter(study.findings.values())).notes[-1]
        assert f"{len(before):,} cells stayed" in note
        # red cells left out: the white ones are still the same
        white = before.take(before.kind == 0).cell_id
        less = {"find_red_cells": False}
        run(
            SegmentPictures.from_study(study, parameters=less, again=True, workers=1),
            study,
        )
        assert len(study.cells) < len(before) / 2
        assert np.isin(white, study.cells.cell_id).mean() > 0.9
        assert study.undo()
        assert np.array_equal(before.cell_id, study.cells.cell_id)
