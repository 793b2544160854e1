"""The suite for plug-in authors finds each broken promise."""

from dataclasses import replace

import numpy as np
import pytest

from napari_dinobloom.encoding import EncoderInfo, FeatureMeaning, feature_meanings
from napari_dinobloom.segmentation import Parameter, Segmentation, SmearSegmenter
from napari_dinobloom.testing import check_encoder, check_segmenter


class MeanColour:
    """The smallest honest encoder."""

    info = EncoderInfo(
        "mean", 3, 64, 25.0, "toy", "MIT", "", False, "standard", "Mean of a window."
    )
    feature_names = ("red", "green", "blue")

    def encode(self, cells):
        return cells.windows.mean(axis=(1, 2)).astype(np.float32)

    def fingerprint(self):
        return "mean-1"


def broken(change):
    class Broken(MeanColour):
        def encode(self, cells):
            return change(self, super().encode(cells), cells)

    return Broken()


def counted(encoder, rows, cells):
    encoder.calls = getattr(encoder, "calls", 0) + 1
    return rows + np.float32(encoder.calls)


def greedy(encoder, rows, cells):
    cells.windows[:] = 0
    return rows


def test_an_honest_encoder_passes():
    check_encoder(MeanColour())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e, rows, c: rows.astype(np.float64), "float64, not float32"),
        (lambda e, rows, c: rows[:, :2], "3 feature names"),
        (lambda e, rows, c: rows / np.float32(0), "infinite"),
        (lambda e, rows, c: rows - rows[:1], "in another order|alone"),
        (lambda e, rows, c: rows - rows.sum(axis=0), "alone"),
        (counted, "other numbers for the same cells"),
        (greedy, "changed the windows"),
        (
            lambda e, rows, c: rows if len(rows) else np.zeros(0, np.float32),
            "must give",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_broken_promise_is_named(change, said):
    with pytest.raises(AssertionError, match=said):
        check_encoder(broken(change))


def test_two_features_of_one_name_are_found():
    encoder = MeanColour()
    encoder.feature_names = ("red", "red", "blue")
    with pytest.raises(AssertionError, match="same name"):
        check_encoder(encoder)


def test_the_built_in_segmenter_passes():
    check_segmenter(SmearSegmenter())


class FirstPixels:
    """One cell at the corner of every picture."""

    name = "corner"

    def segment(self, rgb, pixel_size_um=None):
        labels = np.zeros(rgb.shape[:2], np.int32)
        labels[:4, :4] = 1
        return Segmentation(
            labels, np.zeros_like(labels), ("wbc",), np.ones(1, np.float32), np.nan
        )


def test_an_honest_segmenter_passes():
    check_segmenter(FirstPixels())


def altered(change):
    """A segmenter whose answer is changed; ``change(found, rgb, um, calls)``."""

    class Altered(FirstPixels):
        def segment(self, rgb, pixel_size_um=None):
            self.calls = getattr(self, "calls", 0) + 1
            found = super().segment(rgb)
            return change(found, rgb, pixel_size_um, self.calls)

    altered.made = Altered  # where pickle finds it
    Altered.__qualname__ = "altered.made"
    return Altered()


def paint(found, rgb, um, calls):
    rgb[:4, :4] = 0
    return found


def crash_when_tiny(found, rgb, um, calls):
    if min(rgb.shape[:2]) < 4:
        raise IndexError("no room")
    return found


def crash_without_sense(found, rgb, um, calls):
    if um is not None and not um > 0:
        raise ZeroDivisionError
    return found


def draw_globally(found, rgb, um, calls):
    score = np.float32(np.random.rand())  # noqa: NPY002 - the very mistake
    return replace(found, scores=np.full(1, score, np.float32))


SHARED = np.zeros((200, 240), np.int32)


def share(found, rgb, um, calls):
    if rgb.shape[:2] != SHARED.shape:
        return found
    SHARED[:] = 0
    SHARED[:4, : 4 + calls % 2] = 1
    return replace(found, labels=SHARED)


def depend_on_memory(found, rgb, um, calls):
    in_one_piece = rgb.flags.c_contiguous
    return found if in_one_piece else replace(found, kinds=("rbc",))


def nucleus_of_a_red_cell(found, rgb, um, calls):
    return replace(found, nuclei=found.labels.copy(), kinds=("rbc",))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (paint, "changed its picture"),
        (lambda found, *_: found.labels, "gave ndarray|no attribute"),
        (crash_when_tiny, "failed on a picture of .* pixels: IndexError: no room"),
        (crash_without_sense, "must be refused by a DinoBloomError"),
        (draw_globally, "other cells"),
        (lambda f, r, u, calls: replace(f, notes=(f"Call {calls}.",)), "other cells"),
        (share, "other cells|first one's answer|share one array"),
        (depend_on_memory, "column by column"),
        (nucleus_of_a_red_cell, "only white cells have nuclei"),
        (lambda found, *_: replace(found, red_cell_diameter_px=300.0), "66.0 µm wide"),
        (lambda found, *_: replace(found, red_cell_diameter_px=-1.0), "-1.0 pixels"),
        (lambda found, *_: replace(found, notes=("no cells",)), "whole sentence"),
        (lambda found, *_: replace(found, notes=["A."]), "tuple of sentences"),
        (lambda found, *_: replace(found, notes=("ValueError: x.",)), "plain sentence"),
    ],
)
def test_a_broken_promise_of_a_segmenter_is_named(change, said):
    with pytest.raises(AssertionError, match=said):
        check_segmenter(altered(change))


def test_a_segmenter_that_cannot_travel_is_found():
    segmenter = FirstPixels()
    segmenter.callback = lambda: None
    with pytest.raises(AssertionError, match="another process"):
        check_segmenter(segmenter)


def test_a_segmenter_that_forgets_on_the_way_is_found():
    class Forgetful(FirstPixels):
        kind = "wbc"

        def segment(self, rgb, pixel_size_um=None):
            return replace(super().segment(rgb), kinds=(self.kind,))

    altered.made = Forgetful
    Forgetful.__qualname__ = "altered.made"
    segmenter = Forgetful()
    segmenter.kind = "rbc"
    Forgetful.__getstate__ = lambda self: None
    with pytest.raises(AssertionError, match="finds other cells"):
        check_segmenter(segmenter)


def test_a_segmenter_without_a_usable_name_is_found():
    segmenter = FirstPixels()
    segmenter.name = "two words"
    with pytest.raises(AssertionError, match="spaces"):
        check_segmenter(segmenter)
    segmenter.name = ""
    with pytest.raises(AssertionError, match="must have a name"):
        check_segmenter(segmenter)


def test_a_parameter_that_the_segmenter_lacks_is_found():
    segmenter = FirstPixels()
    about = ("how", "How", 1.0, 0.0, 2.0, 0.1, "", "More or less.")
    segmenter.parameters = (Parameter(*about),)
    with pytest.raises(AssertionError, match="offers how, but has none"):
        check_segmenter(segmenter)


def test_a_segmenter_of_another_size_is_found():
    class Half(FirstPixels):
        def segment(self, rgb, pixel_size_um=None):
            return super().segment(rgb[::2])

    altered.made = Half
    Half.__qualname__ = "altered.made"
    with pytest.raises(AssertionError, match="the picture"):
        check_segmenter(Half())


def test_only_measured_features_have_meanings():
    assert feature_meanings("dinobloom-s") == ()
    assert feature_meanings("morphology")[0] == FeatureMeaning(
        "cell_area_of_window", "", "Area of the cell, as a share of the window."
    )
