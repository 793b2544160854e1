"""Thumbnails are read elsewhere, once, and only while somebody wants them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from napari_dinobloom.gui import portraits as module
from napari_dinobloom.gui.portraits import Portraits, side_for
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.worker import Worker

pytestmark = pytest.mark.gui


@pytest.fixture
def at(qtbot, make_study, desk_with):
    """Portraits of three fields with three cells each."""
    desk = desk_with(make_study(fields=3), False)
    roster, worker = Roster(desk, later=lambda call: call), Worker("portraits")
    portraits = Portraits(roster, worker)
    desk.open(Path("x.study"))
    yield SimpleNamespace(desk=desk, roster=roster, portraits=portraits, worker=worker)
    worker.close()


def test_a_picture_comes_later_and_then_at_once(qtbot, at):
    with qtbot.waitSignal(at.portraits.arrived) as heard:
        assert at.portraits.image(1, 64) is None
    assert heard.args[0] == {1}
    assert at.portraits.image(1, 64).shape == (64, 64, 3)
    assert not at.portraits.is_busy


def test_what_is_wished_twice_is_read_once(qtbot, at):
    for _ in range(3):
        at.portraits.image(1, 64)
        at.portraits.image(2, 64)
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.thumbnails_read == 2
    assert at.portraits.pictures_read == 1


def test_wishes_for_cells_out_of_sight_are_dropped(qtbot, at):
    at.portraits.image(1, 64)  # this one is being read
    for cell_id in (4, 5, 7):
        at.portraits.image(cell_id, 64)
    at.portraits.prefer([7])
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.image(7, 64) is not None
    assert at.portraits.any_image(5, False) is None


def test_nobody_drops_the_wish_of_another(qtbot, at):
    at.portraits.image(1, 64, wisher="gallery")
    at.portraits.image(4, 64, wisher="card")
    at.portraits.image(5, 64, wisher="gallery")
    at.portraits.prefer([], "gallery")
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.any_image(4, False) is not None
    assert at.portraits.any_image(5, False) is None


def test_a_cell_that_is_not_there_is_not_asked_for_for_ever(qtbot, at):
    assert at.portraits.image(999, 64) is None
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.image(999, 64) is None


def test_memory_is_bounded(qtbot, at, monkeypatch):
    monkeypatch.setattr(module, "KEPT_BYTES", 3 * 64 * 64 * 3)
    for cell_id in range(1, 10):
        at.portraits.image(cell_id, 64)
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.thumbnails_read == 9
    assert at.portraits.bytes_kept <= 3 * 64 * 64 * 3


def test_another_study_forgets_everything(qtbot, at):
    at.portraits.image(1, 64)
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    at.desk.close()
    assert at.portraits.any_image(1, False) is None
    assert at.portraits.bytes_kept == 0


def test_few_sides_serve_every_size():
    assert [side_for(px) for px in (48, 64, 65, 300, 4000)] == [64, 64, 128, 512, 512]


def test_the_largest_that_is_at_hand_stands_in(qtbot, at):
    at.portraits.image(1, 64)
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.image_for(1, 200, False, "gallery") is None
    assert at.portraits.any_image(1, False).shape == (64, 64, 3)
    qtbot.waitUntil(lambda: not at.portraits.is_busy)
    assert at.portraits.any_image(1, False).shape == (256, 256, 3)
    assert isinstance(at.portraits.image_for(1, 200, False, "gallery"), np.ndarray)
