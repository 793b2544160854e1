"""Synthetic smears: reproducible, true to their own truth, and marked."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.imaging import find_pictures, read_picture
from napari_dinobloom.imaging.synthetic import (
    DIAGNOSES,
    LABORATORIES,
    MARK,
    RED_CELLS,
    WHITE_CELLS,
    SyntheticField,
    make_cell_picture,
    make_field,
    write_samples,
)

KINDS = {
    **dict.fromkeys(WHITE_CELLS, "wbc"),
    **dict.fromkeys(RED_CELLS, "rbc"),
    "platelet": "platelet",
    "stain precipitate": "other",
}


def _check_truth(field: SyntheticField) -> None:
    n = len(field.classes)
    height, width = field.rgb.shape[:2]
    assert field.rgb.dtype == np.uint8
    assert field.labels.shape == field.nuclei.shape == (height, width)
    assert field.labels.dtype == field.nuclei.dtype == np.int32
    assert np.unique(field.labels).tolist() in (
        list(range(n + 1)),
        list(range(1, n + 1)),
    )
    assert len(field.kinds) == n
    assert field.centres.shape == (n, 2)
    assert field.centres.dtype == np.float32
    assert [KINDS[c] for c in field.classes] == list(field.kinds)
    inside = field.nuclei > 0
    assert np.array_equal(field.nuclei[inside], field.labels[inside])
    nucleated = {field.kinds[i - 1] for i in np.unique(field.nuclei[inside])}
    assert nucleated <= {"wbc"}


@pytest.fixture(scope="module", params=list(LABORATORIES))
def field(request: pytest.FixtureRequest) -> SyntheticField:
    return make_field(request.param, "acute leukaemia", 1, size_px=(420, 320))


def test_the_truth_agrees_with_itself(field: SyntheticField) -> None:
    _check_truth(field)


@pytest.mark.parametrize("diagnosis", list(DIAGNOSES))
def test_every_diagnosis_has_red_and_white_cells(diagnosis: str) -> None:
    field = make_field("peach", diagnosis, 2, 5, (400, 300))
    _check_truth(field)
    assert field.kinds.count("wbc") >= 1
    assert field.kinds.count("rbc") >= 10


def test_masks_lie_on_the_cells_that_are_drawn(field: SyntheticField) -> None:
    kinds = np.array(["none", *field.kinds])[field.labels]
    green = field.rgb[..., 1].astype(float)
    background = np.median(green[kinds == "none"])
    assert np.median(green[kinds == "rbc"]) < background - 15
    assert np.median(green[field.nuclei > 0]) < background - 60


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    size = (200, 160)
    one, again, other, slide = (
        make_field("lilac", "healthy", seed, smear, size)
        for seed, smear in [(4, 0), (4, 0), (5, 0), (4, 1)]
    )
    assert one.rgb.tobytes() == again.rgb.tobytes()
    assert one.labels.tobytes() == again.labels.tobytes()
    assert one.classes == again.classes
    assert one.rgb.tobytes() != other.rgb.tobytes()
    assert one.rgb.tobytes() != slide.rgb.tobytes()


@pytest.mark.parametrize("size", [(8, 8), (9, 400), (61, 33)])
def test_a_field_of_any_size_keeps_its_truth(size: tuple[int, int]) -> None:
    for seed in range(4):
        field = make_field("green", "chronic lymphocytic leukaemia", seed, 0, size)
        assert field.rgb.shape == (size[1], size[0], 3)
        _check_truth(field)


def test_a_field_smaller_than_a_cell_is_refused() -> None:
    with pytest.raises(BadInputError, match="too small"):
        make_field("green", "healthy", 0, 0, (7, 100))


@pytest.mark.parametrize("cell_class", WHITE_CELLS)
def test_a_cell_picture_has_its_cell_in_the_middle(cell_class: str) -> None:
    field = make_cell_picture("magenta", cell_class, seed=3, size_px=260)
    _check_truth(field)
    whites = [i for i, k in enumerate(field.kinds, 1) if k == "wbc"]
    assert [field.classes[i - 1] for i in whites] == [cell_class]
    rows, columns = np.nonzero(field.labels == whites[0])
    assert abs(rows.mean() - 130) < 30
    assert abs(columns.mean() - 130) < 30
    assert (field.nuclei == whites[0]).sum() > 400


def test_no_two_cells_of_a_class_are_alike() -> None:
    areas = {
        int((make_cell_picture("peach", "lymphocyte", s, 200).nuclei > 0).sum())
        for s in range(6)
    }
    assert len(areas) == 6


def test_blasts_are_larger_than_lymphocytes_with_a_larger_nucleus() -> None:
    def sizes(name: str) -> np.ndarray:
        fields = [make_cell_picture("peach", name, s, 220) for s in range(5)]
        areas = [((f.nuclei > 0).sum(), f.rgb[f.nuclei > 0].std()) for f in fields]
        return np.median(areas, axis=0)

    assert sizes("blast")[0] > 1.5 * sizes("lymphocyte")[0]


def test_iron_deficiency_makes_red_cells_small_and_pale() -> None:
    def red(diagnosis: str) -> tuple[float, float]:
        areas, levels = [], []
        for seed in range(3):
            field = make_field("peach", diagnosis, seed, seed, (380, 300))
            for i, kind in enumerate(field.kinds, 1):
                if kind == "rbc":
                    inside = field.labels == i
                    areas.append(inside.sum())
                    levels.append(np.median(field.rgb[inside, 1]))
        # the upper quartile: cells that no neighbour covers
        return float(np.quantile(areas, 0.75)), float(np.median(levels))

    healthy, anaemic = red("healthy"), red("iron deficiency")
    assert anaemic[0] < 0.9 * healthy[0]
    assert anaemic[1] > healthy[1] + 5


def test_laboratories_differ_in_the_colour_of_everything() -> None:
    colours = []
    for laboratory in LABORATORIES:
        field = make_field(laboratory, "healthy", 7, 7, (420, 320))
        kinds = np.array(["none", *field.kinds])[field.labels]
        parts = [kinds == "none", kinds == "rbc", field.nuclei > 0]
        colours.append([np.median(field.rgb[p], axis=0) for p in parts])
    for part in range(3):
        for i in range(4):
            for j in range(i):
                apart = np.linalg.norm(colours[i][part] - colours[j][part])
                assert apart > 12, (i, j, part)


@pytest.mark.parametrize(
    ("laboratory", "mixture"),
    [("violet", "healthy"), ("peach", "flu"), ("peach", {"neutrofil": 1.0})],
)
def test_a_name_that_nobody_knows_is_answered_with_the_known(
    laboratory: str, mixture: str
) -> None:
    with pytest.raises(UnknownNameError, match="Known"):
        make_field(laboratory, mixture, 0)


@pytest.mark.parametrize("mixture", [{}, {"blast": 0.0}, {"blast": -1.0}])
def test_shares_that_add_up_to_nothing_are_refused(mixture: dict[str, float]) -> None:
    with pytest.raises(BadInputError, match="shares"):
        make_field("peach", mixture, 0)


def test_a_mixture_of_one_class_gives_only_that_class() -> None:
    field = make_field("peach", {"basophil": 2.0}, 1, 0, (400, 300))
    whites = {c for c, k in zip(field.classes, field.kinds, strict=True) if k == "wbc"}
    assert whites == {"basophil"}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "smears"
    steps = list(write_samples(folder, laboratories=2, patients=2, fields=1, seed=3))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    return folder


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_samples_are_found_as_pictures_and_their_truth_is_not(samples: Path) -> None:
    found, failures = find_pictures([samples])
    assert not failures
    names = [row["image"] for row in _rows(samples / "metadata.csv")]
    assert sorted(p.relative_to(samples).as_posix() for p in found) == sorted(names)


def test_sample_tables_agree_with_the_label_images(samples: Path) -> None:
    import tifffile

    cells = _rows(samples / "truth/cells.csv")
    for row in _rows(samples / "metadata.csv"):
        mine = [c for c in cells if c["image"] == row["image"]]
        truth = (samples / "truth" / row["image"]).with_suffix(".tif")
        labels = tifffile.imread(truth)
        nuclei = tifffile.imread(truth.with_stem(truth.stem + "_nucleus"))
        assert labels.max() == len(mine)
        assert [int(c["label"]) for c in mine] == list(range(1, len(mine) + 1))
        assert np.array_equal(nuclei[nuclei > 0], labels[nuclei > 0])
        picture = read_picture(samples / row["image"])
        assert picture.rgb.shape[:2] == labels.shape
        assert picture.pixel_size_um == pytest.approx(
            float(row["pixel_size_um"]), rel=0.01
        )
        assert row["synthetic"] == "true"


def test_laboratory_and_diagnosis_are_not_confounded(samples: Path) -> None:
    rows = _rows(samples / "metadata.csv")
    healthy = {r["site"] for r in rows if r["diagnosis"] == "healthy"}
    assert healthy == {r["site"] for r in rows}
    assert len({r["diagnosis"] for r in rows}) == 3


def test_every_synthetic_file_says_so_in_comment_and_exif(samples: Path) -> None:
    for path in find_pictures([samples])[0]:
        with Image.open(path) as image:
            assert image.info["comment"].decode() == MARK
            assert image.getexif()[270] == MARK


def test_a_cancelled_folder_is_consistent(tmp_path: Path) -> None:
    steps = write_samples(tmp_path, 1, 1, 3)
    next(steps)
    steps.close()
    assert len(_rows(tmp_path / "metadata.csv")) == 1
    assert len(find_pictures([tmp_path])[0]) == 1


def test_impossible_numbers_of_samples_are_refused(tmp_path: Path) -> None:
    for numbers in [(0, 1, 1), (9, 1, 1), (1, 0, 1), (1, 1, 0)]:
        with pytest.raises(BadInputError):
            list(write_samples(tmp_path, *numbers))
