"""Slides of any size for benchmarks: drawn, or of real fields, and what uses them."""

import os
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import tifffile
from _data import SHARED
from PIL import Image

from napari_dinobloom.imaging import read_picture
from napari_dinobloom.imaging.synthetic import LABORATORIES, make_field
from napari_dinobloom.segmentation.background import field_of_view, fit_background
from napari_dinobloom.segmentation.survey import survey

UM = 0.25
TILE = 512
UNIT = 1024
PLACE = 3700  # of the smear's corner: no multiple of a tile's side
PAGE = os.sysconf("SC_PAGE_SIZE")


def mirrored(rgb: np.ndarray) -> np.ndarray:
    both = np.concatenate([rgb, rgb[:, ::-1]], axis=1)
    return np.concatenate([both, both[::-1]])


def drawn_unit() -> tuple[np.ndarray, np.ndarray]:
    """A drawn field that goes on at its edges, and its glass."""
    laboratory = replace(LABORATORIES["lilac"], pixel_size_um=UM)
    drawn = make_field(laboratory, "healthy", 5, 0, (UNIT, UNIT))
    return mirrored(drawn.rgb), np.median(drawn.rgb[drawn.labels == 0], axis=0)


def real_unit(name: str, fields: int) -> tuple[np.ndarray, np.ndarray]:
    """Fields of a real set side by side, brought to one glass and to one scale.

    What it shows goes on at its edges. ``fields`` are there along each side.
    """
    files = [p for p in (SHARED / name).rglob("*") if p.suffix in (".jpg", ".png")]
    files = sorted(files)
    step = max(1, len(files) // fields**2)
    pictures = [read_picture(path).rgb for path in files[::step][: fields**2]]
    height, width = np.min([p.shape[:2] for p in pictures], axis=0)
    sizes = [survey(rgb).diameter_px for rgb in pictures]
    zoom = 7.5 / UM / float(np.nanmedian(sizes))
    glass = np.array([215.0, 212.0, 208.0])
    same = []
    for rgb in pictures:
        light = fit_background(rgb, field_of_view(rgb)).surface(rgb.shape[:2])
        even = np.clip(rgb / np.exp(light) * glass, 0, 255).astype(np.uint8)
        image = Image.fromarray(even[:height, :width])
        size = round(width * zoom), round(height * zoom)
        same.append(np.asarray(image.resize(size, Image.Resampling.BICUBIC)))
    rows = [np.concatenate(same[k::fields], axis=1) for k in range(fields)]
    return mirrored(np.concatenate(rows)), glass


class DrawnSlide:
    """Pixels of any part of the slide, without the slide in memory.

    Parameters
    ----------
    unit
        What is repeated, and its glass.
    smear
        Side of the smear; a thick part of the same size lies beside it. None covers
        the slide from edge to edge.
    """

    def __init__(
        self, side: int, smear: int | None, unit: tuple[np.ndarray, np.ndarray]
    ) -> None:
        self.side, self.covered = side, smear is None
        self.place, self.smear = (0, side) if smear is None else (PLACE, smear)
        self.unit, self.glass = unit
        layers = (np.roll(self.unit, shift, (0, 1)) for shift in range(0, 700, 97))
        light = np.ones_like(self.unit, np.float32)
        for layer in layers:
            light *= layer / self.glass.astype(np.float32)
        self.thick = np.clip(self.glass * light, 0, 255).astype(np.uint8)
        rng = np.random.default_rng(0)
        # plasma dries between cells: beside the smear it is a little brighter
        blank = 1.03 * self.glass + rng.normal(0, 0.6, (TILE, TILE, 3))
        self.blank = np.rint(blank).clip(0, 255).astype(np.uint8)

    def part(self, top: int, left: int) -> np.ndarray:
        """(TILE, TILE, 3) uint8, blank beyond the slide."""
        rows = np.arange(top, top + TILE)[:, None]
        columns = np.arange(left, left + TILE)[None, :]
        # cells are cut where the unit is mirrored: not on a seam, please
        high, wide = self.unit.shape[:2]
        at = (rows + 317) % high, (columns + 317) % wide
        if self.covered:
            return self.unit[at]
        end = self.place + self.smear
        if top >= end or top + TILE <= self.place or left >= end + self.smear:
            return self.blank
        across = (rows >= self.place) & (rows < end)
        thin = across & (columns >= self.place) & (columns < end)
        thick = across & (columns >= end) & (columns < end + self.smear)
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
