"""A whole slide searched tile by tile, beside the same smear in one piece.

    python benchmarks/whole_slide.py [--side 20000] [--smear 2600 | --covered]
                                     [--set chula_rbc12] [--kill] [--workers N]
                                     [--no-whole] [--folder DIR] [--slide FILE]

Draws a slide of SIDE × SIDE pixels at 0.25 µm (tiled OME-TIFF with a pyramid): glass,
a drawn smear of SMEAR × SMEAR pixels, and a thick part of the same size beside it; or,
``--covered``, smear from edge to edge; with ``--set`` of real fields, mirrored and
brought to one glass. Then the main job's search runs on it through a study. Prints
seconds, cells, the largest memory of all processes together, how many cores were busy,
what the study takes on the disk, and what became of cells along seams: cells of the
tiled search that have no partner (IoU ≥ 0.5) in the one-piece search of the same smear
under the same survey, within a red cell's width of a seam and elsewhere. ``--kill``
kills a search (SIGKILL, all its processes) at half of its parts before, and counts what
is searched again. ``--no-whole`` leaves the one-piece runs out, for the memory alone.
"""

import argparse
import os
import shutil
import signal
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _data import save
from _slides import PLACE, UM, DrawnSlide, Watch, drawn_unit, family, real_unit

from napari_dinobloom.core import Progress, run
from napari_dinobloom.imaging import open_huge
from napari_dinobloom.segmentation import SmearSegmenter, measure
from napari_dinobloom.segmentation.smear import segment_surveyed
from napari_dinobloom.segmentation.tiles import common_step, plan_tiles
from napari_dinobloom.storage import open_or_create
from napari_dinobloom.workflows import AddPictures, SegmentPictures
from napari_dinobloom.workflows.pool import Crew
from napari_dinobloom.workflows.search_slide import SlideJob, look_over


def draw(path: Path, side: int, smear: int | None, name: str | None) -> None:
    unit = real_unit(name, 6) if name else drawn_unit()
    DrawnSlide(side, smear, unit).write(path)


def search_only(path: Path, folder: Path, workers: int | None) -> None:
    with open_or_create(folder / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [path]), study)
        run(SegmentPictures.from_study(study, workers=workers), study)


def killed_at_half(path: Path, folder: Path, workers: int | None, parts: int) -> int:
    """How many parts were finished when a search was killed."""
    apart = get_context("spawn")
    process = apart.Process(target=search_only, args=(path, folder, workers))
    process.start()
    assert process.pid is not None
    while (n := len(list(folder.glob("a.study/tiles/*/tile-*")))) < parts // 2:
        assert process.is_alive()
        time.sleep(0.05)
    for pid in family(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.join()
    left = [f.name for f in folder.rglob("*.part")]
    print(f"killed with {n} parts finished; left behind: {left or 'nothing'}")
    return len(list(folder.glob("a.study/tiles/*/tile-*")))


def partners(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n,) labels of the first image that have a partner in the second."""
    both = one.astype(np.int64) * (int(other.max()) + 1) + other
    found, shared = np.unique(both, return_counts=True)
    a, b = np.divmod(found, int(other.max()) + 1)
    areas = np.bincount(one.ravel())[a] + np.bincount(other.ravel())[b]
    return a[(a > 0) & (b > 0) & (shared >= (areas - shared) * 0.5)]


def near_seam(y: np.ndarray, x: np.ndarray, core: int, reach: float) -> np.ndarray:
    away = [np.abs((place + core / 2) % core - core / 2) for place in (y, x)]
    return np.minimum(*away) < reach


def main(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="whole-slide-", dir=options.folder))
    try:
        measured = search(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    save("whole_slide", measured)


def search(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    path, side = options.slide or folder / "slide.ome.tif", options.side
    began = time.perf_counter()
    if not path.exists():
        # in a process of its own: its memory is not the search's
        apart = get_context("spawn")
        smear = None if options.covered else options.smear
        drawing = apart.Process(target=draw, args=(path, side, smear, options.set))
        drawing.start()
        drawing.join()
    print(f"drew {side:,} × {side:,} px, {path.stat().st_size / 1e9:.2f} GB, "
          f"in {time.perf_counter() - began:.0f} s")  # fmt: skip
    had = 0
    if options.kill:
        n = len(plan_tiles((side, side), 7.5 / UM)) if options.covered else 8
        had = killed_at_half(path, folder, options.workers, n)
    with open_or_create(folder / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [path]), study)
        watch, began = Watch(), time.perf_counter()
        cpu = sum(os.times()[:4])
        parts: set[str] = set()

        def note(step: Progress) -> None:
            if ": part" in step.message:
                parts.add(step.message)

        run(SegmentPictures.from_study(study, workers=options.workers), study, note)
        seconds = time.perf_counter() - began
        watch.stop()
        cpu = sum(os.times()[:4]) - cpu
        finding = study.findings[1]
        masks = sum(f.stat().st_size for f in (folder / "a.study/masks").iterdir())
        n = max(len(finding.cells), 1)
        table = sum(v.nbytes for v in vars_of(finding.cells).values())
        load = study.mask_loader(1)
        assert load is not None
        result: dict[str, object] = {
            "side": side,
            "megapixels": side * side / 1e6,
            "smear megapixels": options.smear**2 / 1e6,
            "parts searched": len(parts),
            "parts kept from the killed run": had,
            "parts in all": len(plan_tiles((side, side), 7.5 / UM)),
            "seconds": round(seconds, 1),
            "cpu seconds": round(cpu, 1),
            "busy cores": round(cpu / seconds, 2),
            "processes": watch.processes,
            "peak MB": round(watch.peak / 2**20),
            "peak MB of one": round(watch.largest / 2**20),
            "peak MB of the first": round(watch.own / 2**20),
            "cells": len(finding.cells),
            "core seconds per megapixel of the slide": round(cpu / side**2 * 1e6, 3),
            "mask MB": round(masks / 1e6),
            "mask bytes per cell": round(masks / n),
            "table bytes per cell": round(table / n),
            "note": finding.notes[0],
        }
        for name, value in result.items():
            print(f"{name:20} {value}")
        if not options.no_whole:
            # where tiles may begin, or one piece is shrunk to other pixels than they
            step = common_step(7.5 / UM)
            start = -(-PLACE // step) * step
            end = min(PLACE + options.smear, side) // step * step
            box = (start, start, end, end)
            inside = slice(box[0], box[2]), slice(box[1], box[3])
            result |= compare(path, folder, box, np.asarray(load()[0][inside]))
    return result


def compare(
    path: Path, folder: Path, box: tuple[int, int, int, int], tiled: np.ndarray
) -> dict[str, object]:
    """One-piece searches of the same smear."""
    picture = open_huge(path)
    rgb = picture.window(*box)
    looks = look_over(SlideJob(path, UM, "smear", {}, folder), picture, Crew(1))
    try:
        while True:
            next(looks)
    except StopIteration as stop:
        seen = stop.value[0]
    core = plan_tiles(picture.shape, seen.diameter_px)[0].core[2]
    result: dict[str, object] = {}
    searches = {
        "one piece, same survey": lambda: segment_surveyed(
            SmearSegmenter(), rgb, seen.of_window(box, rgb)
        ),
        "one piece alone": lambda: SmearSegmenter().segment(rgb, UM),
    }
    numbers = np.unique(tiled)[1:]
    compact = np.searchsorted(np.append(0, numbers), tiled).astype(np.int32)
    areas = np.bincount(compact.ravel())[1:]
    y, x = middles(compact, len(areas))
    for name, search_whole in searches.items():
        began = time.perf_counter()
        whole = search_whole()
        seconds = time.perf_counter() - began
        cells = measure(whole)
        counts = []
        for labels, other, (py, px) in (
            (whole.labels, compact, (cells["y"], cells["x"])),
            (compact, whole.labels, (y, x)),
        ):
            lonely = np.ones(len(py), bool)
            lonely[partners(labels, other) - 1] = False
            seam = near_seam(py + box[0], px + box[1], core, seen.diameter_px)
            counts.append(
                [
                    int(seam.sum()),
                    int((lonely & seam).sum()),
                    int((~seam).sum()),
                    int((lonely & ~seam).sum()),
                ]
            )
        result[name] = {"seconds": round(seconds, 1), "cells": len(whole)} | dict(
            zip(("whole", "tiled"), counts, strict=True)
        )
        print(f"\n{name}: {len(whole):,} cells in {seconds:.1f} s; in tiles {len(y):,}")
        for which, (near, lost, away, off) in zip(
            ("only in one piece", "only in tiles"), counts, strict=True
        ):
            print(f"  {which:18} along seams {lost} of {near} "
                  f"({100 * lost / max(near, 1):.1f} %), elsewhere {off} of {away} "
                  f"({100 * off / max(away, 1):.1f} %)")  # fmt: skip
    return result


def vars_of(cells: object) -> dict[str, np.ndarray]:
    names = getattr(cells, "__dataclass_fields__", {})
    values = {name: getattr(cells, name) for name in names}
    return {k: v for k, v in values.items() if isinstance(v, np.ndarray)}


def middles(labels: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(labels)
    owner = labels[rows, columns]
    area = np.maximum(np.bincount(owner, minlength=n + 1)[1:], 1)
    y = np.bincount(owner, weights=rows, minlength=n + 1)[1:] / area
    x = np.bincount(owner, weights=columns, minlength=n + 1)[1:] / area
    return y, x


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--smear", type=int, default=2600)
    parser.add_argument("--covered", action="store_true")
    parser.add_argument("--set", help="of real fields")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--no-whole", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--slide", type=Path, help="kept there for the next time")
    main(parser.parse_args())
