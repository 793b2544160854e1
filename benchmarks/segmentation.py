"""How many cells the smear segmenter finds, set by set, beside a plain Otsu threshold.

    python benchmarks/segmentation.py [--every N] [--sets bccd,...] [--workers N]

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
the process, libraries and picture included. A run over all fields
of all sets goes on to the pictures without truth, so that every one was opened once,
and says how many there were and which took longest.
"""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

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


def open_one(path: Path) -> float:
    """Seconds of one core that a picture takes."""
    rgb = read(path)
    start = time.process_time()
    METHODS["smear"](rgb)
    return time.process_time() - start


def open_the_rest(pool: ProcessPoolExecutor, seconds: dict[Path, float]) -> None:
    """Segment the pictures of no set; an exception ends the run."""
    rest = [path for path in every_picture() if path not in seconds]
    seconds |= dict(zip(rest, pool.map(open_one, rest, chunksize=8), strict=True))
    slowest = sorted(seconds.items(), key=lambda one: -one[1])[:5]
    rows = [
        {"picture": str(path.relative_to(SHARED)), "CPU s": round(took, 2)}
        for path, took in slowest
    ]
    print(f"{len(seconds)} pictures without an exception; slowest:")
    for row in rows:
        print(f"  {row['CPU s']:5.2f} s  {row['picture']}")
    save("every_picture", {"pictures": len(seconds), "slowest": rows})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th field")
    parser.add_argument("--sets", default=",".join(READERS))
    parser.add_argument("--workers", type=int, default=1, help="processes")
    options = parser.parse_args()
    table = []
    seconds: dict[Path, float] = {}
    with ProcessPoolExecutor(options.workers) as pool:
        for name in options.sets.split(","):
            tallies = {method: Tally() for method in METHODS}
            pictures = list(READERS[name]())[:: options.every]
            counted = pool.map(count_field, pictures, chunksize=2)
            for picture, one in zip(pictures, counted, strict=True):
                seconds[picture.path] = one["smear"].seconds[0]
                for method, tally in one.items():
                    tallies[method] += tally
            for method, tally in tallies.items():
                row = {"set": name, "method": method, **tally.row()}
                if not table:
                    print_row(dict(zip(row, row, strict=True)))
                table.append(row)
                print_row(row)
        if options.every == 1 and set(options.sets.split(",")) == set(READERS):
            open_the_rest(pool, seconds)
    print("written to", save("segmentation", table))


def print_row(row: dict[str, object]) -> None:
    first, *rest = ("–" if v is None else str(v) for v in row.values())
    print(f"{first:>19}" + "".join(f"{cell:>12}" for cell in rest), flush=True)


if __name__ == "__main__":
    main()
