"""Closing in two parts: at once for who closes, and the slow rest anywhere."""

import gc
import json
import weakref
from pathlib import Path
from threading import Thread

import anndata
import pytest

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.storage.lock import WriterLock
from napari_dinobloom.study import ReadOnlyStudyError


def told(folder: Path) -> list[str]:
    """Labels in the table for other programs."""
    return anndata.read_zarr(folder / "cells.zarr").obs["label"].tolist()


def test_the_study_is_locked_until_it_has_been_saved(small_study, put_label) -> None:
    opened = open_study(small_study)
    put_label(opened.study, 3, "monocyte")
    save = opened.put_away()
    assert told(small_study)[2] == ""
    assert "has it open" in WriterLock(small_study).acquire()
    with pytest.raises(ReadOnlyStudyError, match="closed"):
        put_label(opened.study, 4, "monocyte")
    thread = Thread(target=save)
    thread.start()
    thread.join()
    assert told(small_study)[2] == "monocyte"
    lock = WriterLock(small_study)
    assert lock.acquire() == ""
    lock.release()


def test_what_was_never_read_is_saved_from_another_thread(
    small_study, put_label
) -> None:
    """The journal belongs to the thread that opened it."""
    (small_study / "cells.zarr").rename(small_study / "elsewhere.zarr")
    with open_study(small_study):
        pass  # results are gone; they are empty now
    opened = open_study(small_study)
    put_label(opened.study, 3, "monocyte")
    failed: list[Exception] = []
    save = opened.put_away()

    def run() -> None:
        try:
            save()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            failed.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert failed == []
    assert told(small_study)[2] == "monocyte"


@pytest.mark.parametrize("is_running", [True, False])
def test_who_opens_it_meanwhile_waits_and_may_write(
    small_study, put_label, is_running: bool
) -> None:
    for number in range(3):
        opened = open_study(small_study)
        put_label(opened.study, 3, f"class {number}")
        save = opened.put_away()
        thread = Thread(target=save)
        if is_running:
            thread.start()
        again = open_study(small_study)
        assert not again.read_only
        assert told(small_study)[2] == f"class {number}"
        again.close()
        if is_running:
            thread.join()
        save()  # the first one to close need not know that it was done


def test_a_save_that_fails_is_told_and_made_up_for(small_study, put_label) -> None:
    opened = open_study(small_study)
    put_label(opened.study, 3, "monocyte")
    save = opened.put_away()
    (small_study / "cells.zarr.new").touch()  # a file in the way
    with open_study(small_study) as again:
        assert not again.read_only
        assert again.study.labels.label_of(3) == "monocyte"
        (small_study / "cells.zarr.new").unlink(missing_ok=True)
    for _ in range(2):
        with pytest.raises(DinoBloomError, match="Nothing is lost"):
            save()
    assert told(small_study)[2] == "monocyte"


def test_a_labelling_session_reads_no_features_to_be_saved(
    small_study, put_label
) -> None:
    opened = open_study(small_study)
    put_label(opened.study, 3, "monocyte")
    opened.close()
    assert type(opened.study.results["features", "morph"]).__name__ == "Stored"
    table = anndata.read_zarr(small_study / "cells.zarr")
    assert table.obsm["morph"][:4].tolist() == [[7, 8], [5, 6], [3, 4], [1, 2]]
    assert table.obs["has_morph"].tolist() == [True] * 4 + [False] * 2
    head = json.loads(table.uns["napari_dinobloom"])
    assert head["results"]["morph"]["version"].endswith("/4")


def test_versions_are_known_without_reading(small_study) -> None:
    with open_study(small_study) as opened:
        known = opened.study.versions(["features:morph", "projection:umap"])
        assert {type(e).__name__ for e in opened.study.results.values()} == {"Stored"}
        assert known["features:morph"] == opened.study.features("morph").version
        assert known["projection:umap"] == opened.study.projection("umap").version


def test_nothing_keeps_a_study_that_was_put_away(small_study) -> None:
    opened = open_study(small_study)
    study, save = weakref.ref(opened.study), opened.put_away()
    save()
    del opened
    gc.collect()
    assert study() is None


# -- the desk --------------------------------------------------------------------


def test_the_desk_hands_saving_on_and_waits_for_it_in_the_end(
    small_study, put_label
) -> None:
    handed_on = []
    desk = Desk(open_study, create_study, handed_on.append)
    put_label(desk.open(small_study), 3, "monocyte")
    desk.close()
    assert desk.study is None
    assert len(handed_on) == 1
    assert told(small_study)[2] == ""
    desk.finish()  # whoever it was handed to never came to it
    assert told(small_study)[2] == "monocyte"
    handed_on[0]()
    desk.finish()


def test_a_study_opened_again_at_once_is_as_it_was_left(small_study, put_label) -> None:
    threads: list[Thread] = []

    def elsewhere(job) -> None:
        threads.append(Thread(target=job))
        threads[-1].start()

    desk = Desk(open_study, create_study, elsewhere)
    for cell_id in (3, 4, 5):
        put_label(desk.open(small_study), cell_id, "monocyte")
        desk.close()
        assert desk.open(small_study).labels.label_of(cell_id) == "monocyte"
        assert desk.study is not None
        assert desk.study.undo() == "label 1 cell monocyte"
        desk.study.redo()
    desk.close()
    desk.finish()
    assert told(small_study)[2:5] == ["monocyte"] * 3
    for thread in threads:
        thread.join()
