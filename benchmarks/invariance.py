"""Whether the same white cells are counted when the same field looks different.

    python benchmarks/invariance.py [--every N] [--sets bccd,...] [--workers N]

Each field is turned, mirrored, made larger and smaller, brighter and darker, and its
white balance is shifted; the table says in which share of the fields the number of
white cells differs from that of the field as it is, and by how many cells. Brighter
pictures are clipped at white, as a camera would. The target is 3 % of the fields.
"""

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _data import save
from _otsu import otsu
from _smears import READERS, Field, read
from PIL import Image

from napari_dinobloom.segmentation import segmenters

METHODS = {"smear": segmenters.create("smear").segment, "otsu": otsu}


def scaled(rgb: np.ndarray, factor: float) -> np.ndarray:
    height, width = rgb.shape[:2]
    size = (round(width * factor), round(height * factor))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC))


def lit(rgb: np.ndarray, *factors: float) -> np.ndarray:
    return np.clip(rgb * np.asarray(factors), 0, 255).round().astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "turned 90°": lambda rgb: np.ascontiguousarray(np.rot90(rgb)),
    "turned 180°": lambda rgb: np.ascontiguousarray(np.rot90(rgb, 2)),
    "mirrored": lambda rgb: np.ascontiguousarray(rgb[:, ::-1]),
    "upside down": lambda rgb: np.ascontiguousarray(rgb[::-1]),
    "80 % size": lambda rgb: scaled(rgb, 0.8),
    "120 % size": lambda rgb: scaled(rgb, 1.2),
    "30 % darker": lambda rgb: lit(rgb, 0.7),
    "30 % brighter": lambda rgb: lit(rgb, 1.3),
    "reddish": lambda rgb: lit(rgb, 1.0, 0.85, 0.8),
    "greenish": lambda rgb: lit(rgb, 0.8, 1.0, 0.85),
    "bluish": lambda rgb: lit(rgb, 0.8, 0.85, 1.0),
}


def differences(job: tuple[Field, str]) -> list[int]:
    """By how many white cells each change differs from the field as it is."""
    truth, method = job
    rgb, segment = read(truth.path), METHODS[method]
    before = segment(rgb).kinds.count("wbc")
    return [segment(c(rgb)).kinds.count("wbc") - before for c in CHANGES.values()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=10, help="take every N-th field")
    parser.add_argument("--sets", default=",".join(READERS))
    parser.add_argument("--workers", type=int, default=1, help="processes")
    options = parser.parse_args()
    table = []
    with ProcessPoolExecutor(options.workers) as pool:
        for name in options.sets.split(","):
            pictures = list(READERS[name]())[:: options.every]
            for method in METHODS:
                jobs = [(picture, method) for picture in pictures]
                off = np.array(list(pool.map(differences, jobs)))
                shares = (off != 0).mean(0).round(3)
                row = {"set": name, "method": method, "fields": len(pictures)}
                row |= dict(zip(CHANGES, shares.tolist(), strict=True))
                row["all"] = round(float((off != 0).mean()), 3)
                row["cells"] = int(np.abs(off).sum())
                if not table:
                    print_row(list(row))
                table.append(row)
                print_row(list(row.values()))
    print("written to", save("invariance", table))


def print_row(cells: list[object]) -> None:
    first, *rest = (str(cell) for cell in cells)
    print(f"{first:>19}" + "".join(f"{cell:>14}" for cell in rest), flush=True)


if __name__ == "__main__":
    main()
