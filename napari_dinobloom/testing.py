"""Whether a segmenter or encoder of your own keeps the contract; for plug-in authors.

::

    from napari_dinobloom.testing import check_encoder

    def test_my_encoder():
        check_encoder(MyEncoder())

Each check raises AssertionError and says which promise is broken.
"""

import copy

import numpy as np

from napari_dinobloom.encoding import CellImages, Encoder
from napari_dinobloom.segmentation import Segmentation, Segmenter


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
        _promise(same, f"encode() changed the {part} it was given")
    again = encoder.encode(cells)
    _promise(
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
    _promise(
        none.shape == (0, rows.shape[1]),
        f"no cells must give (0, {rows.shape[1]}), not {none.shape}",
    )
    fingerprint = encoder.fingerprint()
    _promise(isinstance(fingerprint, str), "fingerprint() must be text")
    _promise(bool(fingerprint), "fingerprint() must not be empty")
    _promise(
        fingerprint == encoder.fingerprint(), "fingerprint() changed between calls"
    )


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
    _promise(isinstance(rows, np.ndarray), f"encode() gave {type(rows).__name__}")
    _promise(rows.dtype == np.float32, f"encode() gave {rows.dtype}, not float32")
    _promise(
        rows.shape == (n, len(names)),
        f"{n} cells and {len(names)} feature names, but the shape is {rows.shape}",
    )
    _promise(len(set(names)) == len(names), "two features have the same name")
    _promise(
        encoder.info.dimension in (None, len(names)),
        f"info says {encoder.info.dimension} columns, there are {len(names)}",
    )
    _promise(not np.isinf(rows).any(), "a feature is infinite; unmeasurable is nan")


def _check_alike(
    found: np.ndarray, expected: np.ndarray, tolerance: float, when: str
) -> None:
    _promise(
        np.array_equal(np.isnan(found), np.isnan(expected)),
        f"other features are nan when the cells are encoded {when}",
    )
    size = np.maximum(np.abs(np.nan_to_num(expected)), 1)
    worst = np.nanmax(np.abs(found - expected) / size, initial=0)
    _promise(
        worst <= tolerance,
        f"a cell's features differ by {worst:.2g} when the cells are encoded {when}",
    )


def check_segmenter(segmenter: Segmenter, picture: np.ndarray | None = None) -> None:
    """Assert that a segmenter's labels are labels and its picture stays as it was.

    Parameters
    ----------
    segmenter
        The segmenter to try.
    picture
        (h, w, 3) uint8, what to try it on; a drawn field of cells by default. A field
        without cells and one of odd size are tried besides.

    Raises
    ------
    AssertionError
        With the promise that is broken.
    """
    drawn = example_field() if picture is None else picture
    empty = np.full((64, 80, 3), 235, dtype=np.uint8)
    for field in (drawn, drawn[:-3, :-5], empty):
        before = field.copy()
        found = segmenter.segment(field)
        _promise(np.array_equal(field, before), "segment() changed its picture")
        _check_labels(found, field.shape[:2])
        again = segmenter.segment(field)
        _promise(
            np.array_equal(found.labels, again.labels) and found.kinds == again.kinds,
            "segment() gave other cells for the same picture",
        )
    _promise(bool(segmenter.name), "a segmenter must have a name")
    _check_picklable(segmenter)


def example_field(seed: int = 0) -> np.ndarray:
    """A drawn field of 12 red cells and one white cell, (200, 240, 3) uint8."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:200, :240]
    field = np.full((200, 240, 3), (238.0, 228, 222))
    for row in (30, 100, 170):
        for column in (30, 90, 150, 210):
            field[np.hypot(y - row, x - column) < 17] = (214, 160, 162)
    field[np.hypot(y - 135, x - 120) < 26] = (185, 175, 212)
    field[np.hypot(y - 135, x - 122) < 18] = (88, 45, 128)
    noisy = field + draw.normal(0, 4, field.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _check_labels(found: Segmentation, shape: tuple[int, ...]) -> None:
    labels = found.labels
    _promise(labels.shape == shape, f"labels have {labels.shape}, the picture {shape}")
    _promise(labels.dtype == np.int32, f"labels are {labels.dtype}, not int32")
    numbers = np.unique(labels[labels != 0])
    _promise(
        np.array_equal(numbers, np.arange(1, len(found.kinds) + 1)),
        f"labels must be 1 … {len(found.kinds)}, one per kind, without gaps",
    )
    _promise(
        found.scores.shape == (len(found.kinds),), "there must be one score per cell"
    )
    nucleus = found.nuclei != 0
    _promise(
        np.array_equal(found.nuclei[nucleus], labels[nucleus]),
        "a nucleus must lie inside its own cell",
    )


def _check_picklable(segmenter: Segmenter) -> None:
    # Only to see that it can go to another process; nothing foreign is loaded
    from multiprocessing.reduction import ForkingPickler

    try:
        ForkingPickler.dumps(segmenter)
    except (TypeError, AttributeError, ValueError) as error:
        raise AssertionError(
            f"the segmenter cannot be sent to another process: {error}"
        ) from error


def _promise(kept: bool | np.bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
