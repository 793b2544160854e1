"""How many cells the smear segmenter finds, set by set, beside a plain Otsu threshold.

    python benchmarks/segmentation.py [--every N] [--sets bccd,...] [--workers N]
    python benchmarks/segmentation.py --all-pictures [--workers N]

White cells: F1 of boxes at IoU 0.5; ``found``, the share of boxed white cells that have
the centre of a found one inside their box; ``right``, the share of found white cells
whose centre lies in some white cell's box; ``calls/cell``, white cells called for each
that is boxed, and ``calls/field``. Red cells: recall, precision and F1 of boxes at IoU
0.5; bccd boxes only a part of them, so only its recall means something. chula_rbc12 has
points: ``red recall`` is the share that lie in a red cell, each cell used once.
pbc_acevedo has one white cell in the middle of each crop (platelets left out): ``one``
is the share where one white cell holds the white-cell pixels of the middle third,
``covered`` where one white cell holds the nucleus that lies there.
``CPU s`` is the median time of one core per field, ``peak MB`` the largest memory of
the process, libraries and picture included. ``--all-pictures`` opens every picture
there is, with or without truth, and says how many, and which took longest.
"""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _data import SHARED, save
from _otsu import otsu
from _scores import Tally
from _smears import READERS, Field, every_picture, read

from napari_dinobloom.segmentation import segmenters

METHODS = {"smear": segmenters.create("smear").segment, "otsu": otsu}


def forget_peak() -> None:
    """Start measuring the peak memory of this process anew, where Linux allows it."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def peak_mb() -> float:
    """Peak resident memory of this process in 10⁶ bytes; nan away from Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    lines = status.read_text().splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kib) * 1024 / 1e6


def count_field(truth: Field) -> dict[str, Tally]:
    """What each method finds in one field, with the seconds of one core it took."""
    rgb = read(truth.path)
    tallies = {}
    for method, segment in METHODS.items():
        tally = Tally()
        forget_peak()
        start = time.process_time()
        result = segment(rgb)
        tally.seconds.append(time.process_time() - start)
        tally.peak_mb.append(peak_mb())
        tally.add(truth, rgb, result)
        tallies[method] = tally
    return tallies


def open_one(path: Path) -> tuple[Path, float, float, int, str]:
    """Path, seconds of one core, megapixels, cells found and the first note."""
    rgb = read(path)
    start = time.process_time()
    result = METHODS["smear"](rgb)
    seconds = time.process_time() - start
    note = result.notes[0] if result.notes else ""
    return path, seconds, rgb.shape[0] * rgb.shape[1] / 1e6, len(result), note


def open_every_picture(workers: int) -> None:
    """Segment all pictures; an exception ends the run."""
    with ProcessPoolExecutor(workers) as pool:
        done = list(pool.map(open_one, every_picture(), chunksize=8))
    slowest = sorted(done, key=lambda one: -one[1])[:5]
    without = sum(not cells for *_, cells, _ in done)
    seconds = np.array([one[1] for one in done])
    print(
        f"{len(done)} pictures, no exception; {sum(one[3] for one in done)} cells; "
        f"{without} pictures without any; median {np.median(seconds):.2f} s"
    )
    rows = []
    for path, took, size, cells, _ in slowest:
        name = str(path.relative_to(SHARED))
        rows.append({"picture": name, "s": took, "Mpx": size, "cells": cells})
        print(f"  {took:5.2f} s  {size:.2f} Mpx  {cells:5} cells  {name}")
    summary = {"pictures": len(done), "without cells": without, "slowest": rows}
    print("written to", save("every_picture", summary))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th field")
    parser.add_argument("--sets", default=",".join(READERS))
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--all-pictures", action="store_true")
    options = parser.parse_args()
    if options.all_pictures:
        open_every_picture(options.workers)
        return
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
