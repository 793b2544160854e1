"""The public smears, each field with what is known of it."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from _data import SHARED
from PIL import Image


@dataclass
class Field:
    """A picture and what is known of it; boxes are (left, top, right, bottom)."""

    path: Path
    white: np.ndarray
    red: np.ndarray
    points: np.ndarray
    single: bool = False


def boxes(rows: list[list[float]]) -> np.ndarray:
    return np.asarray(rows, float).reshape(-1, 4)


def bccd() -> Iterator[Field]:
    root = SHARED / "bccd"
    for path in sorted((root / "JPEGImages").glob("*.jpg")):
        corrected = root / "Annotations_cbc_corrected" / f"{path.stem}.xml"
        plain = root / "Annotations" / f"{path.stem}.xml"
        tree = ET.parse(corrected if corrected.exists() else plain)  # noqa: S314  # a pinned local file
        found: dict[str, list[list[float]]] = defaultdict(list)
        for cell in tree.iter("object"):
            box = [
                float(cell.findtext(f"bndbox/{side}", "0"))
                for side in ("xmin", "ymin", "xmax", "ymax")
            ]
            if box[2] > box[0] and box[3] > box[1]:
                found[cell.findtext("name", "")].append(box)
        yield Field(path, boxes(found["WBC"]), boxes(found["RBC"]), np.zeros((0, 2)))


def draaslan_bcd() -> Iterator[Field]:
    root = SHARED / "draaslan_bcd"
    found: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    with (root / "annotations.csv").open() as lines:
        for row in csv.DictReader(lines):
            box = [float(row[side]) for side in ("xmin", "ymin", "xmax", "ymax")]
            found[Path(row["image"]).stem, row["label"].lower()].append(box)
    for path in sorted((root / "images").glob("*.png")):
        width, height = Image.open(path).size
        scale = np.array([width, height, width, height])
        white = boxes(found[path.stem, "wbc"]) * scale
        red = boxes(found[path.stem, "rbc"]) * scale
        yield Field(path, white, red, np.zeros((0, 2)))


def yolo(name: str) -> Iterator[Field]:
    root = SHARED / name
    for path in sorted((root / "images").glob("*.jpg")):
        label = root / "labels" / f"{path.stem}.txt"
        rows = np.loadtxt(label, ndmin=2) if label.stat().st_size else np.zeros((0, 5))
        width, height = Image.open(path).size
        centre, size = rows[:, 1:3], rows[:, 3:5]
        corners = np.hstack([centre - size / 2, centre + size / 2])
        corners = corners * np.array([width, height, width, height])
        kind = rows[:, 0]
        yield Field(path, corners[kind == 0], corners[kind == 1], np.zeros((0, 2)))


def chula_rbc12() -> Iterator[Field]:
    root = SHARED / "chula_rbc12"
    for path in sorted((root / "Dataset").glob("*.jpg")):
        label = root / "Label" / f"{path.stem}.txt"
        rows = np.loadtxt(label, ndmin=2) if label.stat().st_size else np.zeros((0, 3))
        points = rows[:, :2]
        yield Field(path, np.zeros((0, 4)), np.zeros((0, 4)), points)


def pbc_acevedo() -> Iterator[Field]:
    for path in sorted((SHARED / "pbc_acevedo" / "images").glob("*/*.jpg")):
        if path.parent.name == "platelet":
            continue
        empty = np.zeros((0, 4))
        yield Field(path, empty, empty, np.zeros((0, 2)), single=True)


READERS = {
    "bccd": bccd,
    "draaslan_bcd": draaslan_bcd,
    "txl_raabin": lambda: yolo("txl_raabin"),
    "pig_wbc_smartphone": lambda: yolo("pig_wbc_smartphone"),
    "chula_rbc12": chula_rbc12,
    "pbc_acevedo": pbc_acevedo,
}


def every_picture() -> list[Path]:
    """All pictures of the shared data, those without a truth included."""
    endings = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"}
    return sorted(p for p in SHARED.rglob("*") if p.suffix.lower() in endings)


def read(path: Path) -> np.ndarray:
    """(H, W, 3) uint8."""
    return np.asarray(Image.open(path).convert("RGB"))
