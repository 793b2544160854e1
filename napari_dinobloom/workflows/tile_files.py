"""What a search of a huge picture has finished so far, in files that are whole."""

import zipfile
import zlib
from pathlib import Path
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.background import Background
from napari_dinobloom.segmentation.monolayer import Monolayer
from napari_dinobloom.segmentation.slide_survey import SlideSurvey
from napari_dinobloom.segmentation.tiles import Tile, TileCells

SURVEY = "survey.npz"
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def tile_file(folder: Path, tile: Tile) -> Path:
    """Where a tile's cells are kept; it is there when the tile is finished."""
    return folder / f"tile-{tile.number:06d}.npz"


def save_tile(folder: Path, found: TileCells) -> None:
    """Keep the cells of a finished tile.

    Raises
    ------
    BadInputError
        If they cannot be written.
    """
    arrays = {f"column {name}": values for name, values in found.columns.items()}
    if len(found):
        narrow = np.uint16 if len(found) < 1 << 16 else np.int32
        arrays |= {"labels": found.labels.astype(narrow), "nuclei": found.nuclei}
    _save(tile_file(folder, found.tile), arrays)


def load_tile(folder: Path, tile: Tile) -> TileCells:
    """What `save_tile` kept.

    Raises
    ------
    BadInputError
        If it is damaged; it is taken away, so that the next run searches it again.
    """
    path = tile_file(folder, tile)
    try:
        with np.load(path, allow_pickle=False) as archive:
            columns = {
                name.removeprefix("column "): archive[name]
                for name in archive.files
                if name.startswith("column ")
            }
            top, left, bottom, right = tile.window
            shape = (bottom - top, right - left)
            if not len(columns["label"]):
                empty = np.zeros(shape, np.int32)
                return TileCells(tile, empty, empty > 0, columns)
            labels = archive["labels"].astype(np.int32)
            found = TileCells(tile, labels, archive["nuclei"], columns)
            if found.labels.shape != shape or found.nuclei.shape != shape:
                raise ValueError(f"its shape is {found.labels.shape}")
            return found
    except _DAMAGE as error:
        path.unlink(missing_ok=True)
        raise BadInputError(
            f"A finished part of the search, {path}, cannot be read ({error}).",
            "Run the same again: only this part is searched anew.",
        ) from error


def save_survey(folder: Path, seen: SlideSurvey, parts: Monolayer | None) -> None:
    """Keep what all tiles share.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    glass = seen.glass
    arrays = {
        "shape": np.array(seen.shape),
        "diameter": np.array(seen.diameter_px),
        "coefficients": glass.coefficients,
        "low": glass.low,
        "high": glass.high,
        "covariance": glass.covariance,
    }
    if parts is not None:
        arrays |= {"blocks": parts.blocks, "block_px": np.array(parts.block_px)}
    _save(folder / SURVEY, arrays)


def load_survey(folder: Path) -> tuple[SlideSurvey, Monolayer | None] | None:
    """What `save_survey` kept, None where there is none."""
    try:
        with np.load(folder / SURVEY, allow_pickle=False) as kept:
            glass = Background(
                kept["coefficients"], kept["low"], kept["high"], kept["covariance"]
            )
            height, width = (int(side) for side in kept["shape"])
            seen = SlideSurvey((height, width), float(kept["diameter"]), glass)
            if "blocks" not in kept.files:
                return seen, None
            return seen, Monolayer(kept["blocks"], float(kept["block_px"]))
    except _DAMAGE:
        return None


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    temporary = path.with_name(f".{uuid4().hex[:8]}.part")
    try:
        # numpy's own would take eight times as long for files half as large
        with zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive:
            for name, values in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, values, allow_pickle=False)
        temporary.replace(path)
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be written: {error.strerror}.",
            "Free some space, and run the same again: it goes on where it was.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
