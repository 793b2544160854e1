"""Label images of any size: written row by row, read by windows."""

import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
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


class TiledLabels:
    """Takes a picture's label images from top to bottom; memory for one row of tiles.

    Tiles are compressed as they come and put into two tiled BigTIFF at the end, under
    their final names once they are whole.

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
        self._spools = [_Spool(labels.parent) for _ in range(2)]
        self._held = np.empty((2, TILE_PX, shape[1]), np.int32)
        self._n_held = self._rows = 0

    def add(self, labels: np.ndarray, nuclei: np.ndarray) -> None:
        """The next rows of both, (k, W) int32 each."""
        self._rows += labels.shape[0]
        top = 0
        while top < labels.shape[0]:
            n = min(TILE_PX - self._n_held, labels.shape[0] - top)
            place = self._held[:, self._n_held : self._n_held + n]
            place[0], place[1] = labels[top : top + n], nuclei[top : top + n]
            self._n_held += n
            top += n
            if self._n_held == TILE_PX:
                self._write_tiles()

    def finish(self) -> str:
        """Write both files; return the first one's name.

        Raises
        ------
        ValueError
            If rows are missing.
        """
        if self._rows != self._shape[0]:
            raise ValueError(f"{self._rows} rows of {self._shape[0]}")
        self._write_tiles()
        try:
            # The nuclei first: a label image that is there is complete.
            for spool, path in zip(self._spools[::-1], self._files[::-1], strict=True):
                spool.write(path, self._shape, self._tags)
        finally:
            self.abandon()
        return self._files[0].name

    def abandon(self) -> None:
        """Take away what was written so far and not finished."""
        for spool in self._spools:
            spool.remove()

    def _write_tiles(self) -> None:
        if self._n_held:
            for spool, rows in zip(self._spools, self._held, strict=True):
                spool.add_row(rows[: self._n_held])
        self._n_held = 0


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
    """Compressed tiles, one after the other, in a file that is no mask yet."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f".{uuid4().hex[:8]}.part"
        self._file = self._path.open("w+b")
        self._sizes: list[int] = []

    def add_row(self, rows: np.ndarray) -> None:
        for left in range(0, rows.shape[1], TILE_PX):
            part = rows[:, left : left + TILE_PX]
            tile = np.zeros((TILE_PX, TILE_PX), np.int32)
            tile[: part.shape[0], : part.shape[1]] = part
            content = zlib.compress(tile.astype("<i4", copy=False).tobytes(), 4)
            self._file.write(content)
            self._sizes.append(len(content))

    def write(self, path: Path, shape: tuple[int, int], tags: dict[str, Any]) -> None:
        import tifffile

        temporary = path.with_name(f".{path.name}.part")
        self._file.seek(0)
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
        for size in self._sizes:
            yield self._file.read(size)

    def remove(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


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
