"""The suite for plug-in authors finds each broken promise."""

import numpy as np
import pytest

from napari_dinobloom.encoding import EncoderInfo, FeatureMeaning, feature_meanings
from napari_dinobloom.segmentation import Segmentation, SmearSegmenter
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
            labels, np.zeros_like(labels), ("wbc",), np.ones(1, np.float32), 35.0
        )


def test_an_honest_segmenter_passes():
    check_segmenter(FirstPixels())


def test_a_segmenter_that_paints_its_picture_is_found():
    class Painter(FirstPixels):
        def segment(self, rgb, pixel_size_um=None):
            found = super().segment(rgb)
            rgb[:4, :4] = 0
            return found

    with pytest.raises(AssertionError, match="changed its picture"):
        check_segmenter(Painter())


def test_a_segmenter_that_cannot_travel_is_found():
    segmenter = FirstPixels()
    segmenter.callback = lambda: None
    with pytest.raises(AssertionError, match="another process"):
        check_segmenter(segmenter)


def test_a_segmenter_of_another_size_is_found():
    class Half(FirstPixels):
        def segment(self, rgb, pixel_size_um=None):
            return super().segment(rgb[::2])

    with pytest.raises(AssertionError, match="the picture"):
        check_segmenter(Half())


def test_only_measured_features_have_meanings():
    assert feature_meanings("dinobloom-s") == ()
    assert feature_meanings("morphology")[0] == FeatureMeaning(
        "cell_area_of_window", "", "Area of the cell, as a share of the window."
    )
