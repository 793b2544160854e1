"""How many cells the smear segmenter finds, set by set, beside a plain Otsu threshold.

    python benchmarks/segmentation.py [--every N] [--sets bccd,...] [--workers N]

White cells: F1 of boxes at IoU 0.5; ``recall``, the share of boxed white cells that
have the centre of a found one inside their box; ``precision``, the share of found white
cells whose centre lies in some white cell's box. Red cells: recall only, since no set
boxes all of them: IoU 0.5, or for chula_rbc12, which has points, a red cell whose mask
holds the point, each cell used once. pbc_acevedo has one white cell (or a platelet) in
the middle of each crop: ``middle`` is the share where one white cell covers the centre.
``CPU s`` is the median time of one core per field.
"""

import argparse
import csv
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from xml.etree import ElementTree as ET

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _data import SHARED, save
from PIL import Image

from napari_dinobloom.segmentation import Segmentation, measure, segmenters

SETS = (
    "bccd",
    "draaslan_bcd",
    "txl_raabin",
    "pig_wbc_smartphone",
    "chula_rbc12",
    "pbc_acevedo",
)


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


def otsu(rgb: np.ndarray) -> Segmentation:
    """Darkest of three Otsu classes in green is white cell, the middle one red."""
    from skimage.filters import threshold_multiotsu
    from skimage.measure import label

    low, high = threshold_multiotsu(rgb[..., 1], 3)
    dark = label(rgb[..., 1] < low)
    middle = label((rgb[..., 1] >= low) & (rgb[..., 1] < high))
    smallest = 0.002 * dark.size
    out = np.zeros(dark.shape, np.int32)
    kinds: list[str] = []
    for parts, kind in ((dark, "wbc"), (middle, "rbc")):
        for k in np.flatnonzero(np.bincount(parts.ravel()) > smallest):
            if k:
                kinds.append(kind)
                out[parts == k] = len(kinds)
    scores = np.ones(len(kinds), np.float32)
    return Segmentation(out, np.zeros_like(out), tuple(kinds), scores, float("nan"))


METHODS = {"smear": segmenters.create("smear").segment, "otsu": otsu}


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of a with every box of b."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(-1)
    areas = [(x[:, 2:] - x[:, :2]).prod(-1) for x in (a, b)]
    union = areas[0][:, None] + areas[1][None] - common
    return common / np.maximum(union, 1e-9)


def matches(found: np.ndarray, truth: np.ndarray) -> int:
    """Pairs at IoU 0.5 or more, best first, each box used once."""
    if not len(found) or not len(truth):
        return 0
    iou = overlap(found, truth)
    count = 0
    while iou.max() >= 0.5:
        i, j = np.unravel_index(iou.argmax(), iou.shape)
        iou[i, :] = 0
        iou[:, j] = 0
        count += 1
    return count


def inside(centres: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(centres, boxes) bool: which centre lies in which box."""
    x, y = centres[:, 0, None], centres[:, 1, None]
    return (
        (x >= truth[None, :, 0])
        & (x <= truth[None, :, 2])
        & (y >= truth[None, :, 1])
        & (y <= truth[None, :, 3])
    )


@dataclass
class Tally:
    """Counts over the fields of one set."""

    white_truth: int = 0
    white_found: int = 0
    white_matched: int = 0
    white_hit: int = 0
    white_right: int = 0
    red_truth: int = 0
    red_hit: int = 0
    middle: int = 0
    fields: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, truth: Field, result: Segmentation, seconds: float) -> None:
        """Count one field."""
        rows = measure(result)
        corner = np.stack([rows["left"], rows["top"]], 1)
        size = np.stack([rows["width"], rows["height"]], 1)
        found = np.hstack([corner, corner + size]).astype(float)
        centres = np.stack([rows["x"], rows["y"]], 1)
        white, red = rows["class"] == "wbc", rows["class"] == "rbc"
        within = inside(centres[white], truth.white)
        self.fields += 1
        self.seconds.append(seconds)
        self.white_truth += len(truth.white)
        self.white_found += int(white.sum())
        self.white_matched += matches(found[white], truth.white)
        self.white_hit += int(within.any(0).sum())
        self.white_right += int(within.any(1).sum())
        self.red_truth += len(truth.red) + len(truth.points)
        self.red_hit += matches(found[red], truth.red)
        self.red_hit += points_hit(result.labels, red, truth.points)
        self.middle += truth.single and middle_is_one_white_cell(result)

    def __iadd__(self, other: "Tally") -> "Tally":
        for name in (f.name for f in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def row(self) -> dict[str, float | None]:
        """Shares over all fields; None where the set has no truth for them."""

        def share(part: float, whole: float) -> float | None:
            return round(part / whole, 3) if whole else None

        boxed = self.white_truth > 0
        both = self.white_truth + self.white_found
        return {
            "fields": self.fields,
            "white F1": share(2 * self.white_matched, both) if boxed else None,
            "recall": share(self.white_hit, self.white_truth),
            "precision": share(self.white_right, self.white_found) if boxed else None,
            "white/field": share(self.white_found, self.fields),
            "red recall": share(self.red_hit, self.red_truth),
            "middle": share(self.middle, self.fields) if self.middle else None,
            "CPU s": round(float(np.median(self.seconds)), 2),
        }


def points_hit(labels: np.ndarray, red: np.ndarray, points: np.ndarray) -> int:
    columns = np.clip(points[:, 0].round().astype(int), 0, labels.shape[1] - 1)
    rows = np.clip(points[:, 1].round().astype(int), 0, labels.shape[0] - 1)
    is_red = np.concatenate([[False], red])
    at = labels[rows, columns]
    return len(np.unique(at[is_red[at]]))


def middle_is_one_white_cell(result: Segmentation) -> bool:
    """One white cell holds most of the white-cell pixels in the middle third."""
    height, width = result.labels.shape
    middle = result.labels[
        height // 3 : height - height // 3, width // 3 : width - width // 3
    ]
    white = [0, *(k == "wbc" for k in result.kinds)]
    owners = middle[np.asarray(white, bool)[middle]]
    if owners.size < 0.1 * middle.size:
        return False
    return bool(np.bincount(owners).max() > 0.95 * owners.size)


def count_field(truth: Field) -> dict[str, Tally]:
    """What each method finds in one field, with the seconds of one core it took."""
    rgb = np.asarray(Image.open(truth.path).convert("RGB"))
    tallies = {}
    for method, segment in METHODS.items():
        start = time.process_time()
        result = segment(rgb)
        seconds = time.process_time() - start
        tallies[method] = Tally()
        tallies[method].add(truth, result, seconds)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th field")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--workers", type=int, default=1, help="processes")
    options = parser.parse_args()
    table = []
    with ProcessPoolExecutor(options.workers) as pool:
        for name in options.sets.split(","):
            tallies = {method: Tally() for method in METHODS}
            pictures = list(READERS[name]())[:: options.every]
            for one in pool.map(count_field, pictures, chunksize=2):
                for method, tally in one.items():
                    tallies[method] += tally
            for method, tally in tallies.items():
                row = {"set": name, "method": method, **tally.row()}
                if not table:
                    print_row(dict(zip(row, row, strict=True)))
                table.append(row)
                print_row(row)
    print("written to", save("segmentation", table))


def print_row(row: dict[str, object]) -> None:
    first, *rest = ("–" if v is None else str(v) for v in row.values())
    print(f"{first:>19}" + "".join(f"{cell:>12}" for cell in rest), flush=True)


if __name__ == "__main__":
    main()
