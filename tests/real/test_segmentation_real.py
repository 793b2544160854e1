"""Loose floors on a few real fields; benchmarks/segmentation.py has the levels."""

import csv
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.segmentation import measure, segmenters

pytestmark = pytest.mark.real


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def some(paths, count):
    paths = sorted(paths)
    assert paths, "the set is empty"
    return paths[:: max(1, len(paths) // count)][:count]


def hits(rgb, boxes):
    """Boxed white cells found, white cells found, of those inside a box."""
    rows = measure(segmenters.create("smear").segment(rgb))
    white = rows["class"] == "wbc"
    x, y = rows["x"][white][:, None], rows["y"][white][:, None]
    b = np.asarray(boxes, float).reshape(-1, 4)
    within = (x >= b[:, 0]) & (x <= b[:, 2]) & (y >= b[:, 1]) & (y <= b[:, 3])
    return int(within.any(0).sum()), int(white.sum()), int(within.any(1).sum())


def yolo(path, rgb, kind=0):
    label = path.parents[1] / "labels" / f"{path.stem}.txt"
    lines = [line.split() for line in label.read_text().splitlines()]
    height, width = rgb.shape[:2]
    boxes = []
    for line in lines:
        if int(line[0]) == kind:
            x, y, w, h = (float(v) for v in line[1:5])
            boxes.append(
                [
                    (x - w / 2) * width,
                    (y - h / 2) * height,
                    (x + w / 2) * width,
                    (y + h / 2) * height,
                ]
            )
    return boxes


def voc(path, kind="WBC"):
    tree = ET.parse(path)  # noqa: S314  # a pinned local file
    return [
        [float(cell.findtext(f"bndbox/{s}")) for s in ("xmin", "ymin", "xmax", "ymax")]
        for cell in tree.iter("object")
        if cell.findtext("name") == kind
    ]


def tally(fields):
    truth = found = right = reached = 0
    for rgb, boxes in fields:
        hit, white, inside = hits(rgb, boxes)
        truth, reached = truth + len(boxes), reached + hit
        found, right = found + white, right + inside
    return reached / truth, right / max(found, 1)


def test_bccd_white_cells_are_found_and_little_else(shared_data):
    xml = some((shared_data / "bccd/Annotations_cbc_corrected").glob("*.xml"), 10)
    images = shared_data / "bccd/JPEGImages"
    recall, precision = tally((read(images / f"{p.stem}.jpg"), voc(p)) for p in xml)
    assert recall >= 0.9
    assert precision >= 0.8


def test_draaslan_white_cells_are_found_on_a_green_background(shared_data):
    root = shared_data / "draaslan_bcd"
    with (root / "annotations.csv").open() as lines:
        rows = [r for r in csv.DictReader(lines) if r["label"].lower() == "wbc"]
    fields = []
    for path in some((root / "images").glob("*.png"), 10):
        rgb = read(path)
        size = np.array([rgb.shape[1], rgb.shape[0]] * 2)
        boxes = [
            np.array([float(r[s]) for s in ("xmin", "ymin", "xmax", "ymax")]) * size
            for r in rows
            if Path(r["image"]).stem == path.stem
        ]
        fields.append((rgb, boxes))
    recall, precision = tally(fields)
    assert recall >= 0.75
    assert precision >= 0.75


@pytest.mark.parametrize(
    ("name", "floor"), [("txl_raabin", 0.8), ("pig_wbc_smartphone", 0.6)]
)
def test_white_cells_are_found_under_other_stains_and_powers(shared_data, name, floor):
    paths = some((shared_data / name / "images").glob("*.jpg"), 6)
    fields = [(rgb := read(path), yolo(path, rgb)) for path in paths]
    assert tally(fields)[0] >= floor


def test_chula_red_cells_are_found_and_hardly_a_white_one(shared_data):
    root = shared_data / "chula_rbc12"
    points = hit = white = 0
    paths = some((root / "Dataset").glob("*.jpg"), 6)
    for path in paths:
        found = segmenters.create("smear").segment(read(path))
        white += found.kinds.count("wbc")
        text = (root / "Label" / f"{path.stem}.txt").read_text().splitlines()
        for line in text:
            x, y, _ = line.split()
            points += 1
            hit += found.labels[min(int(y), 479), min(int(x), 639)] > 0
    assert hit / points >= 0.85
    assert white <= len(paths)


@pytest.mark.parametrize(
    "kind", ["neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil"]
)
def test_a_crop_holds_one_white_cell_in_its_middle(shared_data, kind):
    paths = some((shared_data / "pbc_acevedo/images" / kind).glob("*.jpg"), 4)
    good = 0
    for path in paths:
        found = segmenters.create("smear").segment(read(path))
        height, width = found.labels.shape
        middle = found.labels[height // 3 : -height // 3, width // 3 : -width // 3]
        owner = np.bincount(middle.ravel())[1:]
        best = int(owner.argmax()) if owner.size else -1
        good += best >= 0 and found.kinds[best] == "wbc"
    assert good >= 3


CHANGES = {
    "dim": lambda im: im.point(lambda v: int(v * 0.7)),
    "cast": lambda im: Image.merge(
        "RGB",
        [
            b.point(lambda v, f=f: int(v * f))
            for b, f in zip(im.split(), (1, 0.85, 0.7), strict=True)
        ],
    ),
    "half": lambda im: im.resize((im.width // 2, im.height // 2)),
    "double": lambda im: im.resize((im.width * 2, im.height * 2)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_camera_finds_the_same_white_cells(shared_data, change):
    paths = [
        shared_data / "bccd/JPEGImages/BloodImage_00002.jpg",
        *some((shared_data / "txl_raabin/images").glob("*.jpg"), 3),
        *some((shared_data / "draaslan_bcd/images").glob("*.png"), 3),
    ]
    smear = segmenters.create("smear")
    same = 0
    for path in paths:
        image = Image.open(path).convert("RGB")
        before = smear.segment(np.asarray(image)).kinds.count("wbc")
        after = smear.segment(np.asarray(change(image))).kinds.count("wbc")
        same += before == after
    assert same >= len(paths) - 2
