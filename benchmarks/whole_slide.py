"""A whole slide searched tile by tile, beside the same smear in one piece.

    python benchmarks/whole_slide.py [--side 20000] [--smear 2600] [--workers N]
                                     [--no-whole] [--folder DIR] [--slide FILE]

Draws a slide of SIDE × SIDE pixels at 0.25 µm (tiled OME-TIFF with a pyramid): glass,
a drawn smear of SMEAR × SMEAR pixels, and a thick part of the same size beside it. Then
the main job's search runs on it through a study. Prints seconds, cells, the largest
memory of all processes together, how many cores were busy, and what became of cells
along seams: cells of the tiled search that have no partner (IoU ≥ 0.5) in the one-piece
search of the same smear under the same survey, within a red cell's width of a seam and
elsewhere. ``--no-whole`` leaves the one-piece runs out, for the memory alone.
"""

import argparse
import os
import shutil
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import tifffile
from _data import save

from napari_dinobloom.core import Progress, run
from napari_dinobloom.imaging import open_huge
from napari_dinobloom.imaging.synthetic import LABORATORIES, make_field
from napari_dinobloom.segmentation import SmearSegmenter, measure
from napari_dinobloom.segmentation.smear import segment_surveyed
from napari_dinobloom.segmentation.tiles import plan_tiles
from napari_dinobloom.storage import open_or_create
from napari_dinobloom.workflows import AddPictures, SegmentPictures
from napari_dinobloom.workflows.search_slide import SlideJob, look_over

UM = 0.25
TILE = 512
UNIT = 1024
PLACE = 3700  # of the smear's corner: no multiple of a tile's side
PAGE = os.sysconf("SC_PAGE_SIZE")


class DrawnSlide:
    """Pixels of any part of the slide, without the slide in memory."""

    def __init__(self, side: int, smear: int) -> None:
        self.side, self.smear = side, smear
        laboratory = replace(LABORATORIES["lilac"], pixel_size_um=UM)
        field = make_field(laboratory, "healthy", 5, 0, (UNIT, UNIT))
        drawn = field.rgb
        both = np.concatenate([drawn, drawn[:, ::-1]], axis=1)
        self.unit = np.concatenate([both, both[::-1]])
        self.glass = np.median(field.rgb[field.labels == 0], axis=0)
        layers = (np.roll(self.unit, shift, (0, 1)) for shift in range(0, 700, 97))
        light = np.prod([layer / self.glass for layer in layers], axis=0)
        self.thick = np.clip(self.glass * light, 0, 255).astype(np.uint8)
        rng = np.random.default_rng(0)
        # plasma dries between cells: beside the smear it is a little brighter
        self.blank = np.rint(1.03 * self.glass + rng.normal(0, 0.6, (TILE, TILE, 3)))
        self.blank = self.blank.clip(0, 255).astype(np.uint8)

    def part(self, top: int, left: int) -> np.ndarray:
        """(TILE, TILE, 3) uint8, blank beyond the slide."""
        end = PLACE + self.smear
        if top >= end or top + TILE <= PLACE or left >= end + self.smear:
            return self.blank
        rows = np.arange(top, top + TILE)[:, None]
        columns = np.arange(left, left + TILE)[None, :]
        high = (rows >= PLACE) & (rows < end)
        thin = high & (columns >= PLACE) & (columns < end)
        thick = high & (columns >= end) & (columns < end + self.smear)
        n = len(self.unit)
        # drawn cells are cut where the unit is mirrored: not on a seam, please
        at = (rows + 317) % n, (columns + 317) % n
        there = np.where(thick[..., None], self.thick[at], self.blank)
        out: np.ndarray = np.where(thin[..., None], self.unit[at], there)
        return out

    def write(self, path: Path) -> None:
        """As tiled OME-TIFF with two smaller levels."""
        small = np.empty((-(-self.side // 8), -(-self.side // 8), 3), np.uint8)

        def packed(part: np.ndarray) -> tuple[np.ndarray, bytes]:
            mean = part.reshape(TILE // 8, 8, TILE // 8, 8, 3).mean((1, 3))
            return mean, zlib.compress(part.tobytes(), 1)

        blank = packed(self.blank)

        def tiles() -> Iterator[bytes]:
            for top in range(0, self.side, TILE):
                for left in range(0, self.side, TILE):
                    part = self.part(top, left)
                    mean, content = blank if part is self.blank else packed(part)
                    place = small[top // 8 :, left // 8 :][: TILE // 8, : TILE // 8]
                    place[:] = mean[: place.shape[0], : place.shape[1]]
                    yield content

        how = {"tile": (TILE, TILE), "photometric": "rgb", "compression": "zlib",
               "compressionargs": {"level": 1}}  # fmt: skip
        with tifffile.TiffWriter(path, bigtiff=True, ome=True) as tiff:
            sizes = {"PhysicalSizeX": UM, "PhysicalSizeY": UM}
            tiff.write(tiles(), shape=(self.side, self.side, 3), dtype=np.uint8,
                       subifds=2, metadata={"axes": "YXS", **sizes}, **how)  # fmt: skip
            tiff.write(small, subfiletype=1, **how)
            tiff.write(np.ascontiguousarray(small[::4, ::4]), subfiletype=1, **how)


def draw(path: Path, side: int, smear: int) -> None:
    DrawnSlide(side, smear).write(path)


@dataclass
class Watch:
    """Memory and processor time of this process and its children."""

    peak: int = 0
    largest: int = 0
    own: int = 0
    processes: int = 0
    busy: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            memory, alive = 0, 0
            for pid in family(os.getpid()):
                try:
                    own = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
                except (OSError, IndexError):
                    continue
                alive += 1
                memory += own
                self.largest = max(self.largest, own * PAGE)
                mine = own if pid == os.getpid() else 0
                self.own = max(self.own, mine * PAGE)
                used = stat.split()
                ticks = int(used[11]) + int(used[12])
                self.busy[pid] = ticks / os.sysconf("SC_CLK_TCK")
            self.peak = max(self.peak, memory * PAGE)
            self.processes = max(self.processes, alive)

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()


def family(root: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1]
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


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
        drawing = apart.Process(target=draw, args=(path, side, options.smear))
        drawing.start()
        drawing.join()
    print(f"drew {side:,} × {side:,} px, {path.stat().st_size / 1e9:.2f} GB, "
          f"in {time.perf_counter() - began:.0f} s")  # fmt: skip
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
        load = study.mask_loader(1)
        assert load is not None
        result: dict[str, object] = {
            "side": side,
            "megapixels": side * side / 1e6,
            "smear megapixels": options.smear**2 / 1e6,
            "parts searched": len(parts),
            "parts in all": len(plan_tiles((side, side), 7.5 / UM)),
            "seconds": round(seconds, 1),
            "cpu seconds": round(cpu, 1),
            "busy cores": round(cpu / seconds, 2),
            "processes": watch.processes,
            "peak MB": round(watch.peak / 2**20),
            "peak MB of one": round(watch.largest / 2**20),
            "peak MB of the first": round(watch.own / 2**20),
            "cells": len(finding.cells),
            "mask MB": round(
                sum(f.stat().st_size for f in (folder / "a.study/masks").iterdir())
                / 1e6
            ),
            "note": finding.notes[0],
        }
        for name, value in result.items():
            print(f"{name:20} {value}")
        if not options.no_whole:
            box = (PLACE, PLACE, PLACE + options.smear, PLACE + options.smear)
            inside = slice(box[0], box[2]), slice(box[1], box[3])
            result |= compare(path, folder, box, np.asarray(load()[0][inside]))
    return result


def compare(
    path: Path, folder: Path, box: tuple[int, int, int, int], tiled: np.ndarray
) -> dict[str, object]:
    """One-piece searches of the same smear."""
    picture = open_huge(path)
    rgb = picture.window(*box)
    looks = look_over(SlideJob(path, UM, "smear", {}, folder), picture)
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
    parser.add_argument("--workers", type=int)
    parser.add_argument("--no-whole", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--slide", type=Path, help="kept there for the next time")
    main(parser.parse_args())
