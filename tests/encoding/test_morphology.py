"""Measures of drawn cells whose values can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dinobloom.core import BadInputError
from napari_dinobloom.encoding import CellImages, create
from napari_dinobloom.testing import check_encoder


@pytest.fixture(scope="module")
def encoder():
    return create("morphology")


def measured(encoder, cells):
    rows = encoder.encode(cells)
    return {name: rows[:, i] for i, name in enumerate(encoder.feature_names)}


@pytest.fixture(scope="module")
def masked(cell_drawing):
    """Round nucleus, three lobes, none: with the true masks at 0.2 µm per pixel."""
    draw, disc = cell_drawing
    nuclei = [
        disc(0, 0, 18),
        disc(-10, 0, 9) | disc(8, -11, 9) | disc(8, 11, 9),
        np.zeros((128, 128), dtype=bool),
    ]
    windows = draw(nuclei)
    masks = np.stack([disc(0, 0, 26)] * 3)
    size = np.full(3, 0.2, dtype=np.float32)
    return CellImages(windows, masks, np.stack(nuclei), size)


def test_morphology_keeps_the_contract_of_encoders(encoder):
    check_encoder(encoder)


def test_there_are_between_100_and_300_features_each_with_a_meaning(encoder):
    assert 100 <= len(encoder.meanings) <= 300
    assert encoder.info.dimension == len(encoder.meanings)
    assert all(
        m.meaning.endswith(".") and len(m.meaning) > 20 for m in encoder.meanings
    )
    assert {m.unit for m in encoder.meanings} == {"", "µm", "µm²", "OD", "OD²"}
    assert all(m.unit in ("µm", "µm²") for m in encoder.meanings if "_um" in m.name), (
        "a length without its unit"
    )


def test_sizes_are_those_of_the_drawn_discs(encoder, masked):
    found = measured(encoder, masked)
    radius_um = 26 * 0.2
    assert found["cell_area_um2"][0] == pytest.approx(np.pi * radius_um**2, rel=0.01)
    assert found["cell_diameter_um"][0] == pytest.approx(2 * radius_um, rel=0.01)
    assert found["cell_perimeter_um"][0] == pytest.approx(
        2 * np.pi * radius_um, rel=0.03
    )
    assert found["cell_area_of_window"][0] == pytest.approx(
        np.pi * 26**2 / 128**2, rel=0.01
    )
    assert found["nucleus_to_cell"][0] == pytest.approx((18 / 26) ** 2, rel=0.02)
    assert found["cell_circularity"][0] == pytest.approx(1, abs=0.05)
    assert found["cell_solidity"][0] == pytest.approx(1, abs=0.03)
    assert found["cell_elongation"][0] == pytest.approx(1, abs=0.03)
    assert found["cell_inertia"][0] == pytest.approx(1 / (2 * np.pi), rel=0.02)


def test_lobes_are_counted(encoder, masked):
    found = measured(encoder, masked)
    np.testing.assert_array_equal(found["nucleus_lobes"][:2], [1, 3])
    assert found["nucleus_solidity"][1] < 0.9 < found["nucleus_solidity"][0]


def test_without_a_nucleus_its_measures_are_unknown_and_its_share_is_zero(
    encoder, masked
):
    found = measured(encoder, masked)
    assert found["nucleus_to_cell"][2] == 0
    for name in ("nucleus_solidity", "nucleus_lobes", "nucleus_green_density_mean"):
        assert np.isnan(found[name][2])
    assert np.isfinite(found["cytoplasm_green_density_mean"][2])


def test_an_ellipse_has_its_axes_ratio_and_eccentricity(encoder):
    y, x = np.mgrid[:128, :128] - 63.5
    mask = (x / 40) ** 2 + (y / 20) ** 2 < 1
    window = np.where(mask[..., None], (120, 60, 140), (235, 230, 225))
    cells = CellImages(window[None].astype(np.uint8), mask[None])
    found = measured(encoder, cells)
    assert found["cell_elongation"][0] == pytest.approx(0.5, abs=0.02)
    assert found["cell_eccentricity"][0] == pytest.approx(0.75**0.5, abs=0.01)


def test_colour_is_optical_density_above_the_background(encoder, masked):
    found = measured(encoder, masked)
    expected = np.log10(231 / 41)  # plasma 230, nucleus 40 in green
    assert found["nucleus_green_density_mean"][0] == pytest.approx(expected, abs=1e-3)
    assert found["nucleus_green_density_p50"][0] == pytest.approx(expected, abs=0.03)
    assert found["nucleus_green_density_deviation"][0] == pytest.approx(0, abs=1e-3)


def test_a_brighter_lamp_does_not_change_the_stain(encoder, masked):
    from napari_dinobloom.encoding.morphology.regions import optical_density

    light = masked.windows
    dim = np.rint((light.astype(float) + 1) * 0.7 - 1).clip(0).astype(np.uint8)
    difference = np.abs(optical_density(light) - optical_density(dim))
    assert difference.max() < 0.02


def test_the_cell_in_the_middle_is_found_without_masks(encoder, masked):
    bare = CellImages(masked.windows[:2], pixel_size_um=masked.pixel_size_um[:2])
    found, known = measured(encoder, bare), measured(encoder, masked)
    for name in ("cell_area_um2", "nucleus_area_um2"):
        np.testing.assert_allclose(found[name], known[name][:2], rtol=0.12)
    np.testing.assert_array_equal(found["nucleus_lobes"], [1, 3])


def test_a_red_cell_in_its_outline_has_no_nucleus(encoder, cell_drawing):
    _, disc = cell_drawing
    window = np.full((128, 128, 3), (240, 230, 225), dtype=np.uint8)
    window[disc(0, 0, 30)] = (205, 150, 150)
    window[disc(0, 0, 11)] = (228, 200, 198)
    cells = CellImages(window[None], disc(0, 0, 30)[None])
    found = measured(encoder, cells)
    assert found["nucleus_to_cell"][0] == 0
    assert found["central_pallor"][0] < 0.6


def test_lengths_in_um_are_unknown_without_a_pixel_size(encoder, masked):
    bare = CellImages(masked.windows, masked.masks, masked.nuclei)
    found, known = measured(encoder, bare), measured(encoder, masked)
    for meaning in encoder.meanings:
        if meaning.unit.startswith("µm"):
            assert np.isnan(found[meaning.name]).all()
        else:
            np.testing.assert_array_equal(found[meaning.name], known[meaning.name])


def test_the_resolution_of_the_window_does_not_change_lengths(encoder, masked):
    twice = CellImages(
        *(np.repeat(np.repeat(a, 2, 1), 2, 2) for a in (masked.windows, masked.masks)),
        np.repeat(np.repeat(masked.nuclei, 2, 1), 2, 2),
        masked.pixel_size_um / 2,
    )
    np.testing.assert_allclose(
        encoder.encode(twice), encoder.encode(masked), rtol=1e-4, atol=1e-4
    )


def test_an_empty_mask_means_unknown_for_that_cell_only(encoder, masked):
    masks = masked.masks.copy()
    masks[1] = False
    nuclei = masked.nuclei.copy()
    nuclei[1] = False
    size = masked.pixel_size_um
    mixed = encoder.encode(CellImages(masked.windows, masks, nuclei, size))
    np.testing.assert_array_equal(mixed[0], encoder.encode(masked)[0])
    alone = CellImages(masked.windows[1:2], pixel_size_um=size[1:2])
    np.testing.assert_allclose(mixed[1:2], encoder.encode(alone), rtol=1e-5, atol=1e-6)


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(["noise", "black", "white", "one pixel", "full mask"]),
    side=st.sampled_from([1, 17, 64, 128, 200]),
    seed=st.integers(0, 99),
)
def test_nothing_is_ever_infinite_nor_fails(encoder, kind, side, seed):
    draw = np.random.default_rng(seed)
    windows = draw.integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    masks = np.zeros((2, side, side), dtype=bool)
    if kind in ("black", "white"):
        windows[:] = 0 if kind == "black" else 255
    if kind == "one pixel":
        masks[:, side // 2, side // 2] = True
    if kind == "full mask":
        masks[:] = True
    rows = encoder.encode(CellImages(windows, masks))
    assert rows.shape == (2, len(encoder.feature_names))
    assert not np.isinf(rows).any()


def test_a_quarter_turn_changes_little(encoder, masked):
    turned = CellImages(
        *(np.rot90(a, axes=(1, 2)).copy() for a in (masked.windows, masked.masks)),
        np.rot90(masked.nuclei, axes=(1, 2)).copy(),
        masked.pixel_size_um,
    )
    before, after = encoder.encode(masked), encoder.encode(turned)
    np.testing.assert_allclose(after, before, rtol=0.05, atol=0.02)


def test_morphology_has_no_weights(tmp_path):
    with pytest.raises(BadInputError, match="no weights"):
        create("morphology", weights=tmp_path / "some.pth")


@pytest.mark.real
def test_a_fifth_of_the_real_cells_is_told_apart(shared_data, encoder):
    """30 of each of 8 classes; chance is 1/8. The whole set: benchmarks/encoders.py."""
    import csv

    from PIL import Image
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folder = shared_data / "pbc_acevedo"
    with (folder / "labels.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))[::5]
    pictures = [Image.open(folder / row["image"]).convert("RGB") for row in rows]
    windows = np.stack([np.asarray(p.resize((128, 128))) for p in pictures])
    classes = np.array([row["class"] for row in rows])
    features = np.nan_to_num(encoder.encode(CellImages(windows)))
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(5))
    said = cross_val_predict(model, features, classes, cv=StratifiedKFold(5))
    assert (said == classes).mean() >= 0.75
