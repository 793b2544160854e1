"""Whether an encoder keeps the contract."""

import copy

import numpy as np

from napari_dinobloom.encoding import CellImages, Encoder
from napari_dinobloom.testing.promises import promise


def check_encoder(encoder: Encoder, seed: int = 0, tolerance: float = 1e-4) -> None:
    """Assert that an encoder is deterministic and looks at each cell by itself.

    Parameters
    ----------
    encoder
        The encoder to try, on six drawn cells with and without masks.
    seed
        Of the pictures.
    tolerance
        Largest difference, relative to each column's size, between a cell encoded
        alone and in company; networks add up in another order then.

    Raises
    ------
    AssertionError
        With the promise that is broken.
    """
    cells = example_cells(seed)
    before = copy.deepcopy(cells)
    rows = encoder.encode(cells)
    _check_columns(encoder, rows, len(cells))
    for part in ("windows", "masks", "nuclei", "pixel_size_um"):
        same = np.array_equal(getattr(before, part), getattr(cells, part))
        promise(same, f"encode() changed the {part} it was given")
    again = encoder.encode(cells)
    promise(
        np.array_equal(rows, again, equal_nan=True),
        "encode() gave other numbers for the same cells",
    )
    order = np.random.default_rng(seed).permutation(len(cells))
    shuffled = encoder.encode(cells.subset(order))
    _check_alike(shuffled, rows[order], tolerance, "in another order")
    for index in (0, len(cells) - 1):
        alone = encoder.encode(cells.subset(slice(index, index + 1)))
        _check_alike(alone, rows[index : index + 1], tolerance, "alone")
    bare = encoder.encode(CellImages(cells.windows))
    _check_columns(encoder, bare, len(cells))
    none = encoder.encode(cells.subset(slice(0, 0)))
    promise(
        none.shape == (0, rows.shape[1]),
        f"no cells must give (0, {rows.shape[1]}), not {none.shape}",
    )
    fingerprint = encoder.fingerprint()
    promise(isinstance(fingerprint, str), "fingerprint() must be text")
    promise(bool(fingerprint), "fingerprint() must not be empty")
    promise(fingerprint == encoder.fingerprint(), "fingerprint() changed between calls")


def example_cells(seed: int = 0, n: int = 6, side: int = 96) -> CellImages:
    """Drawn cells of different sizes with their masks, for trying an encoder."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    distance = np.hypot(y, x)
    windows = np.empty((n, side, side, 3), dtype=np.uint8)
    masks, nuclei = np.zeros((2, n, side, side), dtype=bool)
    for index in range(n):
        masks[index] = distance < side * draw.uniform(0.2, 0.4)
        nuclei[index] = np.hypot(y - draw.uniform(-4, 4), x) < side * 0.14
        picture = np.full((side, side, 3), (238.0, 228, 222))
        picture[masks[index]] = (185, 175, 212)
        picture[nuclei[index]] = (88, 45, 128)
        grain = draw.normal(0, 8, picture.shape)
        windows[index] = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return CellImages(windows, masks, nuclei, np.full(n, 0.2, dtype=np.float32))


def _check_columns(encoder: Encoder, rows: np.ndarray, n: int) -> None:
    names = encoder.feature_names
    promise(isinstance(rows, np.ndarray), f"encode() gave {type(rows).__name__}")
    promise(rows.dtype == np.float32, f"encode() gave {rows.dtype}, not float32")
    promise(
        rows.shape == (n, len(names)),
        f"{n} cells and {len(names)} feature names, but the shape is {rows.shape}",
    )
    promise(len(set(names)) == len(names), "two features have the same name")
    promise(
        encoder.info.dimension in (None, len(names)),
        f"info says {encoder.info.dimension} columns, there are {len(names)}",
    )
    promise(not np.isinf(rows).any(), "a feature is infinite; unmeasurable is nan")


def _check_alike(
    found: np.ndarray, expected: np.ndarray, tolerance: float, when: str
) -> None:
    promise(
        np.array_equal(np.isnan(found), np.isnan(expected)),
        f"other features are nan when the cells are encoded {when}",
    )
    size = np.maximum(np.abs(np.nan_to_num(expected)), 1)
    worst = np.nanmax(np.abs(found - expected) / size, initial=0)
    promise(
        worst <= tolerance,
        f"a cell's features differ by {worst:.2g} when the cells are encoded {when}",
    )
