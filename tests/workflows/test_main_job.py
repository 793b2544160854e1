import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError, Partial, UnknownNameError, run
from napari_dinobloom.study import Study
from napari_dinobloom.workflows import (
    AddPictures,
    ClassifyCells,
    EmbedCells,
    EvaluateStudy,
    ImportLabels,
    ProjectCells,
    RunOptions,
    SegmentPictures,
    describe_study,
    label_cells,
    run_steps,
)
from napari_dinobloom.workflows.count_cells import count_cells


@pytest.fixture
def added(study: Study, smears: Path) -> Study:
    run(AddPictures.from_study(study, [smears]), study)
    return study


@pytest.fixture
def embedded(added: Study) -> Study:
    run(SegmentPictures.from_study(added, workers=1), added)
    run(EmbedCells.from_study(added), added)
    return added


def test_every_cell_lies_in_its_mask(added: Study) -> None:
    run(SegmentPictures.from_study(added), added)
    assert len(added.cells) > 20
    for picture_id in added.pictures:
        masks = added.masks_of(picture_id)
        assert masks is not None
        labels, nuclei = masks
        cells = added.cells.of_picture(picture_id)
        assert set(cells.mask_label.tolist()) == set(np.unique(labels)) - {0}
        counted = np.bincount(labels.ravel())[cells.mask_label]
        np.testing.assert_array_equal(counted, cells.area_px)
        assert set(np.unique(nuclei)) <= set(np.unique(labels))


def test_a_process_pool_finds_what_one_process_finds(smears: Path) -> None:
    tables = []
    for workers in (1, 2):
        study = Study()
        run(AddPictures.from_study(study, [smears]), study)
        run(SegmentPictures.from_study(study, workers=workers), study)
        by_picture = [study.cells.of_picture(i) for i in sorted(study.pictures)]
        tables.append([(t.x.tolist(), t.kind.tolist()) for t in by_picture])
    assert tables[0] == tables[1]


def test_a_cancelled_search_keeps_what_was_found(added: Study) -> None:
    task = SegmentPictures.from_study(added, workers=1)
    steps = task.compute()
    for step in steps:
        if isinstance(step, Partial):
            task.commit(added, step.result)
            break
    steps.close()
    assert len(added.findings) == 1
    again = SegmentPictures.from_study(added)
    assert len(again.jobs) == 2


def test_searching_many_pictures_is_one_step_of_undo(added: Study) -> None:
    run(SegmentPictures.from_study(added, workers=1), added)
    added.undo()
    assert not added.findings
    assert len(added.pictures) == 3


def test_searching_again_keeps_the_ids_of_cells_that_are_still_there(
    added: Study,
) -> None:
    run(SegmentPictures.from_study(added, workers=1), added)
    before = set(added.cells)
    run(SegmentPictures.from_study(added, again=True, workers=1), added)
    assert before == set(added.cells)
    added.undo()
    assert set(added.cells) == before


def test_a_truncated_picture_is_named_and_the_rest_go_on(study, smears, tmp_path):
    content = (smears / "one" / "field-0.png").read_bytes()
    (tmp_path / "whole.png").write_bytes(content)
    (tmp_path / "torn.png").write_bytes(content[: len(content) // 2])
    run(AddPictures.from_study(study, [tmp_path]), study)
    run(SegmentPictures.from_study(study), study)
    assert len(study.findings) == 1
    assert [Path(subject).name for _, subject in study.failures] == ["torn.png"]
    (tmp_path / "torn.png").write_bytes(content)
    run(AddPictures.from_study(study, [tmp_path]), study)
    run(SegmentPictures.from_study(study), study)
    assert len(study.findings) == 2
    assert not study.failures


def test_a_second_embedding_computes_only_what_is_missing(embedded: Study) -> None:
    revision = embedded.features("morphology").revision
    task = EmbedCells.from_study(embedded)
    assert not task.may_have_work
    pieces = [s for s in task.compute() if isinstance(s, Partial)]
    assert all(p.result.rows is None for p in pieces)
    assert embedded.features("morphology").revision == revision


def test_every_cell_gets_its_own_row(embedded: Study) -> None:
    matrix = embedded.features("morphology")
    assert set(matrix.cell_ids.tolist()) == set(embedded.cells)
    cells = embedded.cells.of_picture(min(embedded.pictures))
    values, present = matrix.rows.of(cells.cell_id)
    assert present.all()
    share = values[:, list(matrix.feature_names).index("cell_area_of_window")]
    whole = np.isfinite(share) & ~cells.cut_by_border & (share > 0.02)
    # One window size per picture: the share is the area but for resampling.
    ratio = share[whole] / cells.area_px[whole]
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=0.1)


def test_an_interrupted_embedding_goes_on_where_it_stopped(added: Study) -> None:
    run(SegmentPictures.from_study(added, workers=1), added)
    task = EmbedCells.from_study(added)
    steps = task.compute()
    for step in steps:
        if isinstance(step, Partial):
            task.commit(added, step.result)
            break
    steps.close()
    done = len(added.features("morphology"))
    assert 0 < done < len(added.cells)
    rest = EmbedCells.from_study(added)
    computed = [s.result.rows for s in rest.compute() if isinstance(s, Partial)]
    assert sum(len(r) for r in computed if r is not None) == len(added.cells) - done


def test_a_map_is_outdated_when_cells_are_embedded_later(embedded: Study, smears):
    run(ProjectCells.from_study(embedded, "pca"), embedded)
    assert not embedded.is_outdated(embedded.projection("pca").recipe)
    assert describe_study(embedded).maps[0].n_cells == len(embedded.cells)
    other = {"red_cell_diameter_px": 30.0}
    again = SegmentPictures.from_study(
        embedded, parameters=other, again=True, workers=1
    )
    run(again, embedded)
    run(EmbedCells.from_study(embedded), embedded)
    assert embedded.is_outdated(embedded.projection("pca").recipe)


def test_predictions_are_never_labels(embedded: Study) -> None:
    ids = embedded.cells.cell_id
    label_cells(embedded, ids[:4], "left")
    label_cells(embedded, ids[4:8], "right")
    run(ClassifyCells.from_study(embedded, k=3), embedded)
    predictions = embedded.predictions("knn")
    assert set(ids[:8]) <= set(predictions.cell_ids)
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-6)
    assert len(embedded.labels.labels()) == 8
    label_cells(embedded, ids[8:9], "left")
    assert embedded.is_outdated(predictions.recipe)


def test_one_class_is_not_enough_to_classify(embedded: Study) -> None:
    with pytest.raises(BadInputError, match="Not enough labels"):
        ClassifyCells.from_study(embedded)
    label_cells(embedded, embedded.cells.cell_id[:3], "blast")
    with pytest.raises(BadInputError, match="all of them blast"):
        ClassifyCells.from_study(embedded)


def test_a_second_run_has_nothing_to_do(added: Study) -> None:
    options = RunOptions(projector="pca")
    for make in run_steps(options):
        task = make(added)
        assert task is not None
        run(task, added)
    assert [make(added) for make in run_steps(options)] == [None, None, None]


def test_an_unknown_method_is_refused_before_anything_runs() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'morphology'"):
        run_steps(RunOptions(encoder="morfology"))


def test_labels_are_imported_by_id_point_and_picture(added, tmp_path: Path) -> None:
    run(SegmentPictures.from_study(added, workers=1), added)
    one, two = added.cells.take(np.array([0, 1])), added.cells
    path = tmp_path / "labels.csv"
    picture = added.pictures[int(two.picture_id[1])].path
    path.write_text(
        "cell_id,image,x,y,label\n"
        f"{one.cell_id[0]},,,,blast\n"
        f",{picture},{two.x[1]:.1f},{two.y[1]:.1f},lymphocyte\n"
        "99999,,,,blast\n"
        f",{picture},-5,-5,blast\n"
        f",{picture},,,blast\n"
        ",nowhere.png,1,1,blast\n"
    )
    run(ImportLabels.from_study(added, path), added)
    assert added.labels.label_of(int(one.cell_id[0])) == "blast"
    assert added.labels.label_of(int(two.cell_id[1])) == "lymphocyte"
    assert len(added.labels.labels()) == 2
    reasons = [r for (step, _), r in added.failures.items() if step == "label"]
    assert len(reasons) == 4
    added.undo()
    assert not added.labels.labels()


def test_labelling_a_cell_that_is_not_there_is_refused(added: Study) -> None:
    with pytest.raises(KeyError):
        label_cells(added, [77], "blast")


def test_a_score_leaves_whole_slides_out(embedded: Study) -> None:
    slides = embedded.slide_names_of(embedded.cells)
    ids = embedded.cells.cell_id
    for slide in ("one", "two"):
        label_cells(embedded, ids[slides == slide][0::2], "even")
        label_cells(embedded, ids[slides == slide][1::2], "odd")
    report = run(EvaluateStudy.from_study(embedded, by="slide"), embedded)
    assert report is not None
    assert (report.n_groups, report.n_folds) == (2, 2)
    assert report.n_cells == len(ids)


def test_a_score_by_patient_needs_patients(embedded: Study) -> None:
    label_cells(embedded, embedded.cells.cell_id[:4], "blast")
    with pytest.raises(BadInputError, match="says its patient"):
        EvaluateStudy.from_study(embedded, by="patient")


def test_a_class_column_is_the_label_beside_mask_numbers(added, tmp_path) -> None:
    run(SegmentPictures.from_study(added, workers=1), added)
    cells = added.cells
    picture = added.pictures[int(cells.picture_id[0])].path
    path = tmp_path / "truth.csv"
    path.write_text(
        f"image,label,class,x,y\n{picture},7,blast,{cells.x[0]},{cells.y[0]}\n"
    )
    run(ImportLabels.from_study(added, path), added)
    assert set(added.labels.labels().values()) == {"blast"}


def test_only_kinds_that_have_labels_are_predicted(embedded: Study) -> None:
    red = embedded.cells.of_kinds(("rbc",)).cell_id
    assert 0 < len(red) < len(embedded.cells)
    label_cells(embedded, red[:2], "normal red cell")
    label_cells(embedded, red[2:4], "target cell")
    run(ClassifyCells.from_study(embedded, k=1), embedded)
    assert set(embedded.predictions("knn").cell_ids) == set(red)


def test_workers_do_not_run_the_main_script(smears: Path, tmp_path: Path) -> None:
    # No `if __name__ == "__main__"`, as in many scripts that open napari.
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from napari_dinobloom.core import run\n"
        "from napari_dinobloom.study import Study\n"
        "from napari_dinobloom.workflows import AddPictures, SegmentPictures\n"
        "print('script')\n"
        "study = Study()\n"
        "run(AddPictures.from_study(study, [Path(sys.argv[1])]), study)\n"
        "run(SegmentPictures.from_study(study, workers=2), study)\n"
        "print(len(study.findings))\n"
    )
    done = subprocess.run(
        [sys.executable, script, smears], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["script", "3"]


def test_where_features_are_computed_does_not_make_them_others(embedded) -> None:
    task = EmbedCells.from_study(embedded, parameters={"batch_size": 7})
    assert not task.may_have_work


def test_a_few_labels_on_other_kinds_do_not_open_them(embedded: Study) -> None:
    # Three smudged white cells found as red must not make white cells of all red ones.
    cells = embedded.cells
    red = cells.of_kinds(("rbc",)).cell_id
    label_cells(embedded, red[:10], "normal red cell")
    label_cells(embedded, red[10:12], "target cell")
    white = cells.of_kinds(("wbc",)).cell_id
    label_cells(embedded, white[:1], "normal red cell")
    run(ClassifyCells.from_study(embedded, k=1), embedded)
    assert set(embedded.predictions("knn").cell_ids) == set(red)


def test_a_table_read_twice_says_nothing_new(embedded: Study, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    ids = embedded.cells.cell_id
    path.write_text(f"cell_id,label\n{ids[0]},blast\n{ids[1]},monocyte\n")
    for _ in range(2):
        run(ImportLabels.from_study(embedded, path), embedded)
        assert len(embedded.labels) == 2


def test_a_red_cell_is_not_part_of_a_white_differential(embedded: Study) -> None:
    cells = embedded.cells
    white, red = (cells.of_kinds((k,)).cell_id for k in ("wbc", "rbc"))
    label_cells(embedded, red[:3], "red cell")
    label_cells(embedded, white[:1], "red cell")
    label_cells(embedded, white[1:2], "lymphocyte")
    counted = [c for c in count_cells(embedded) if c.source == "labels"]
    names = {line.name for c in counted for line in c.count.classes}
    assert names == {"lymphocyte"}
    assert sum(c.not_white for c in counted if c.subject != "All slides") == 1
