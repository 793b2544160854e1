"""Label images of any size: written part by part, read by windows."""

import os
import re
import threading
import zlib
from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.codec import DAMAGE
from napari_dinobloom.storage.files import flush_folder

TILE_PX = 512
_LARGEST_WHOLE = 400_000_000
"""Pixels of a label image that is given as one array (1.6 GB)."""
_CACHE_BYTES = 64_000_000
_WAITING = 32
"""Parts in line to be compressed: a megabyte each."""
_LEVEL = 2  # of zlib: half the time of level 4 for a third more bytes


class TiledLabels:
    """Takes a picture's label images part by part, in any order.

    Parts are compressed on all cores as they come and put into two tiled BigTIFF at the
    end, under their final names once they are whole. Memory is that of a few parts,
    and 16 bytes for each.

    Parameters
    ----------
    labels, nuclei
        The files to be written, in one folder.
    shape
        Height and width of the picture.
    tags
        For `tifffile.imwrite`.
    """

    def __init__(
        self, labels: Path, nuclei: Path, shape: tuple[int, int], **tags: Any
    ) -> None:
        self._files, self._shape, self._tags = (labels, nuclei), shape, tags
        labels.parent.mkdir(parents=True, exist_ok=True)
        self._spools = [_Spool(labels.parent, shape) for _ in range(2)]
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1)
        self._waiting: deque[Future[None]] = deque()

    def add(self, top: int, left: int, labels: np.ndarray, nuclei: np.ndarray) -> None:
        """A part of both, int32; what is never added is empty.

        Parameters
        ----------
        top, left
            Where it lies, multiples of `TILE_PX`.
        labels, nuclei
            `TILE_PX` high and wide, or to the picture's edge; they must not be changed
            afterwards.

        Raises
        ------
        OSError
            If what was added before could not be written.
        """
        across = -(-self._shape[1] // TILE_PX)
        number = top // TILE_PX * across + left // TILE_PX
        for spool, part in zip(self._spools, (labels, nuclei), strict=True):
            self._waiting.append(self._threads.submit(spool.add, number, part))
        while len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def finish(self) -> str:
        """Write both files; return the first one's name."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
            # The nuclei first: a label image that is there is complete.
            for spool, path in zip(self._spools[::-1], self._files[::-1], strict=True):
                spool.write(path, self._shape, self._tags)
        finally:
            self.abandon()
        return self._files[0].name

    def abandon(self) -> None:
        """Take away what was written so far and not finished."""
        self._threads.shutdown(cancel_futures=True)
        for spool in self._spools:
            spool.remove()


class MaskWriter(TiledLabels):
    """The same for a picture of a study.

    Parameters
    ----------
    folder
        Of the study.
    name
        What the files are called, about.
    shape
        Height and width of the picture.
    """

    def __init__(self, folder: Path, name: str, shape: tuple[int, int]) -> None:
        safe = re.sub(r"[^\w.-]+", "_", name)[:40]
        stem = f"{safe}-{uuid4().hex[:8]}"
        labels, nuclei = (
            folder / "masks" / f"{stem}{ending}.ome.tif" for ending in ("", "_nucleus")
        )
        super().__init__(labels, nuclei, shape, ome=True, metadata={"axes": "YX"})

    def finish(self) -> str:
        """Write both files; return the first one's path inside the study."""
        return f"masks/{super().finish()}"


def label_files(
    labels: Path, nuclei: Path, shape: tuple[int, int], pixel_size_um: float | None
) -> TiledLabels:
    """What writes the label images of a huge picture outside a study."""
    tags: dict[str, Any] = {"software": "napari-dinobloom", "metadata": None}
    if pixel_size_um:
        per_cm = 1e4 / pixel_size_um
        tags |= {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER"}
    return TiledLabels(labels, nuclei, shape, **tags)


class _Spool:
    """Compressed tiles as they came in a file that is no mask yet."""

    def __init__(self, folder: Path, shape: tuple[int, int]) -> None:
        # without a name: it goes away with the process, however that ends
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115
        self._lock = threading.Lock()
        n = -(-shape[0] // TILE_PX) * -(-shape[1] // TILE_PX)
        self._places = np.zeros((n, 2), np.int64)
        self._end = 0

    def add(self, number: int, part: np.ndarray) -> None:
        if not part.any():
            return
        content = _packed(part)
        with self._lock:
            self._file.write(content)
            self._places[number] = self._end, len(content)
            self._end += len(content)

    def write(self, path: Path, shape: tuple[int, int], tags: dict[str, Any]) -> None:
        import tifffile

        temporary = path.with_name(f".{path.name}.part")
        try:
            tifffile.imwrite(
                temporary,
                self._tiles(),
                shape=shape,
                dtype=np.dtype("<i4"),
                byteorder="<",
                tile=(TILE_PX, TILE_PX),
                compression="zlib",
                bigtiff=True,
                **tags,
            )
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        flush_folder(path.parent)

    def _tiles(self) -> Iterator[bytes]:
        empty = _packed(np.zeros((1, 1), np.int32), level=9)  # once, for very many
        for start, size in self._places.tolist():
            self._file.seek(start)
            yield self._file.read(size) or empty

    def remove(self) -> None:
        self._file.close()


def _packed(part: np.ndarray, level: int = _LEVEL) -> bytes:
    tile = np.zeros((TILE_PX, TILE_PX), "<i4")
    tile[: part.shape[0], : part.shape[1]] = part
    return zlib.compress(tile.tobytes(), level)


class LabelWindows:
    """A label image in tiles; slices read a window, `np.asarray` the whole.

    May be used from any thread.

    Parameters
    ----------
    path
        As `MaskWriter` wrote it.
    page
        Of tifffile; its file may be closed.
    """

    dtype = np.dtype(np.int32)
    ndim = 2

    def __init__(self, path: Path, page: Any) -> None:
        self._path, self._lock = path, threading.Lock()
        self.shape = (int(page.imagelength), int(page.imagewidth))
        self._side = int(page.tilelength), int(page.tilewidth)
        self._places = page.dataoffsets, page.databytecounts
        self._across = -(-self.shape[1] // self._side[1])
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()

    @property
    def size(self) -> int:
        """Pixels in all."""
        return self.shape[0] * self.shape[1]

    def __getitem__(self, key: tuple[slice, slice]) -> np.ndarray:
        """A window of (h, w) int32; steps are not offered.

        Raises
        ------
        BadInputError
            If the file is damaged there.
        """
        top, bottom, _ = key[0].indices(self.shape[0])
        left, right, _ = key[1].indices(self.shape[1])
        out = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.int32)
        if not out.size:
            return out
        high, wide = self._side
        for row in range(top // high, (bottom - 1) // high + 1):
            for column in range(left // wide, (right - 1) // wide + 1):
                tile = self._tile(row * self._across + column)
                y, x = row * high, column * wide
                t, b = max(top, y), min(bottom, y + high)
                le, r = max(left, x), min(right, x + wide)
                out[t - top : b - top, le - left : r - left] = tile[
                    t - y : b - y, le - x : r - x
                ]
        return out

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.size > _LARGEST_WHOLE:
            raise BadInputError(
                f"The label image {self._path} is too large to be taken as a whole "
                f"({self.shape[1]:,} × {self.shape[0]:,} pixels).",
                "It is a tiled TIFF: open the file itself in a program that reads "
                "such by windows (QuPath, tifffile with zarr).",
            )
        everything = self[:, :]
        return everything if dtype is None else everything.astype(dtype, copy=False)

    def _tile(self, index: int) -> np.ndarray:
        with self._lock:
            kept = self._kept.get(index)
            if kept is not None:
                self._kept.move_to_end(index)
                return kept
            try:
                tile = self._decoded(index)
            except (*DAMAGE, zlib.error) as error:
                raise BadInputError(
                    f"The mask {self._path} cannot be read: {error}.",
                    "Find the cells of this picture again.",
                ) from error
            self._kept[index] = tile
            while len(self._kept) * tile.nbytes > _CACHE_BYTES:
                self._kept.popitem(last=False)
            return tile

    def _decoded(self, index: int) -> np.ndarray:
        offset, count = (values[index] for values in self._places)
        with self._path.open("rb") as file:
            file.seek(offset)
            content = zlib.decompress(file.read(count))
        return np.frombuffer(content, "<i4").reshape(self._side)


def opened_by_windows(path: Path) -> LabelWindows | None:
    """The label image of a huge picture, or None if this is an ordinary one.

    Raises
    ------
    BadInputError
        If the file cannot be read.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[0]
            if not page.is_tiled or page.dtype != np.int32:
                return None
            return LabelWindows(path, page)
    except (*DAMAGE, tifffile.TiffFileError) as error:
        raise BadInputError(
            f"The mask {path} cannot be read: {error}.",
            "Find the cells of this picture again.",
        ) from error
