"""Whether a segmenter keeps the contract."""

import re

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.segmentation import (
    CELL_KINDS,
    Segmentation,
    Segmenter,
    parameters_of,
)
from napari_dinobloom.testing.promises import promise

_UM = 0.22
"""Of the drawn field: its red cells are 34 pixels wide."""
_RED_CELLS_UM = (2.0, 20.0)
"""Of anything that lives."""
_LONGEST_NOTE = 400


def check_segmenter(segmenter: Segmenter, picture: np.ndarray | None = None) -> None:
    """Assert that a segmenter gives whole answers to whatever a person may open.

    It is tried on a drawn field, on pictures of odd, tiny and narrow size, of one
    colour, of noise, and on pictures that cannot be written to or do not lie in one
    piece of memory. Promised are: labels 1 … n without gaps, nuclei inside white cells,
    known kinds, scores in 0 … 1, notes that are sentences, the same answer twice
    whatever else draws random numbers, earlier answers and the picture left alone, a
    pixel size that is heeded or refused in words, and that it can go to another
    process.

    Parameters
    ----------
    segmenter
        The segmenter to try.
    picture
        (h, w, 3) uint8, what to try it on besides; a drawn field of cells by default.

    Raises
    ------
    AssertionError
        With the promise that is broken.
    """
    drawn = example_field() if picture is None else picture
    promise(isinstance(segmenter, Segmenter), "it needs a name and segment()")
    name = segmenter.name
    promise(isinstance(name, str) and bool(name), "a segmenter must have a name")
    promise(not re.search(r"\s", name), f"the name {name!r} holds spaces")
    _check_travels(segmenter, drawn)
    for what, field in {"the field": drawn, **awkward_pictures(drawn)}.items():
        _check_field(segmenter, field, what)
    _check_layouts(segmenter, drawn)
    _check_pixel_sizes(segmenter, drawn)
    _check_parameters(segmenter)


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


def awkward_pictures(drawn: np.ndarray) -> dict[str, np.ndarray]:
    """Pictures at which a segmenter may stumble, by what they are."""
    flat = np.empty((64, 80, 3), np.uint8)
    noise = np.random.default_rng(1).integers(0, 256, flat.shape, np.uint8)
    colours = {
        "empty glass": (235, 235, 235), "black": (0, 0, 0), "white": (255, 255, 255),
        "purple": (88, 45, 128), "pink": (214, 160, 162),
    }  # fmt: skip
    sizes = [(1, 1), (1, 40), (40, 1), (7, 9), (17, 31), (8, 300)]
    return {
        "a field of odd size": drawn[:-3, :-5].copy(),
        **{
            f"a picture that is all {what}": np.full_like(flat, colour)
            for what, colour in colours.items()
        },
        "noise": noise,
        **{
            f"a picture of {w} × {h} pixels": np.resize(drawn, (h, w, 3))
            for h, w in sizes
        },
    }


def _check_field(segmenter: Segmenter, field: np.ndarray, what: str) -> None:
    before = field.copy()
    kept = np.random.get_state()  # noqa: NPY002  # whether it draws from the global one
    try:
        np.random.seed(1)  # noqa: NPY002
        found = _segmented(segmenter, field, what)
        promise(np.array_equal(field, before), "segment() changed its picture")
        _check_answer(found, field.shape[:2], what)
        first = _copied(found)
        np.random.seed(2)  # noqa: NPY002
        again = _segmented(segmenter, field, what)
    finally:
        np.random.set_state(kept)  # noqa: NPY002
    promise(
        _alike(first, again), f"segment() gave other cells for {what} a second time"
    )
    promise(_alike(first, found), "a second segment() changed the first one's answer")
    promise(
        not np.shares_memory(found.labels, again.labels)
        or not found.labels.flags.writeable,
        "two answers share one array of labels",
    )


def _check_answer(found: object, shape: tuple[int, ...], what: str) -> None:
    kind = type(found).__name__
    promise(isinstance(found, Segmentation), f"segment() gave {kind} for {what}")
    assert isinstance(found, Segmentation)  # noqa: S101 - the promise says it in words
    labels, nuclei, n = found.labels, found.nuclei, len(found.kinds)
    for name, image in (("labels", labels), ("nuclei", nuclei)):
        promise(image.shape == shape, f"{name} have {image.shape}, the picture {shape}")
        promise(image.dtype == np.int32, f"{name} are {image.dtype}, not int32")
    numbers = np.unique(labels[labels != 0])
    promise(
        np.array_equal(numbers, np.arange(1, n + 1)),
        f"labels must be 1 … {n}, one per kind, without gaps",
    )
    promise(isinstance(found.kinds, tuple), "kinds must be a tuple")
    unknown = set(found.kinds) - set(CELL_KINDS)
    promise(not unknown, f"there are no kinds called {sorted(unknown)}")
    nucleus = nuclei != 0
    promise(
        np.array_equal(nuclei[nucleus], labels[nucleus]),
        "a nucleus must lie inside its own cell",
    )
    owners = {found.kinds[i - 1] for i in np.unique(nuclei[nucleus])}
    promise(owners <= {"wbc"}, f"only white cells have nuclei, not {sorted(owners)}")
    scores = found.scores
    promise(scores.shape == (n,), "there must be one score per cell")
    promise(scores.dtype == np.float32, f"scores are {scores.dtype}, not float32")
    within = bool(((scores >= 0) & (scores <= 1)).all())
    promise(within, "scores must lie in 0 … 1")
    px = found.red_cell_diameter_px
    promise(
        isinstance(px, float), "red_cell_diameter_px must be a float, nan if unknown"
    )
    promise(np.isnan(px) or 0 < px < np.inf, f"a red cell cannot be {px} pixels wide")
    _check_notes(found.notes)


def _check_notes(notes: object) -> None:
    promise(isinstance(notes, tuple), "notes must be a tuple of sentences")
    assert isinstance(notes, tuple)  # noqa: S101 - the promise says it in words
    for note in notes:
        promise(
            isinstance(note, str) and bool(note.strip()), "a note must be a sentence"
        )
        plain = len(note) <= _LONGEST_NOTE and "\n" not in note and "Error" not in note
        promise(plain, f"a note must be a plain sentence for a person: {note!r}")
        whole = note[:1] == note[:1].upper() and note.rstrip()[-1] in ".!?…"
        promise(whole, f"a note must be a whole sentence: {note!r}")


def _check_layouts(segmenter: Segmenter, drawn: np.ndarray) -> None:
    """The same pixels give the same cells, however they lie in memory."""
    usual = _segmented(segmenter, drawn.copy(), "the field")
    locked = drawn.copy()
    locked.flags.writeable = False
    views = {
        "cannot be written to": locked,
        "lies in memory column by column": np.asfortranarray(drawn),
        "is a part of a larger one": np.pad(drawn, ((2, 3), (4, 5), (0, 0)))[
            2:-3, 4:-5
        ],
    }
    for what, view in views.items():
        found = _segmented(segmenter, view, f"a picture that {what}")
        same = _alike(usual, found)
        promise(same, f"segment() gave other cells for a picture that {what}")


def _check_pixel_sizes(segmenter: Segmenter, drawn: np.ndarray) -> None:
    for um in (_UM, _UM / 2):
        found = _segmented(segmenter, drawn, f"pixels of {um} µm", um)
        _check_answer(found, drawn.shape[:2], f"pixels of {um} µm")
        width = found.red_cell_diameter_px * um
        low, high = _RED_CELLS_UM
        promise(
            bool(np.isnan(width)) or low <= width <= high,
            f"with pixels of {um} µm it takes red cells to be {width:.1f} µm wide; "
            "red_cell_diameter_px is nan where no scale is worked with",
        )
    for um in (0.0, -1.0, float("nan"), float("inf")):
        try:
            found = segmenter.segment(drawn, um)
        except DinoBloomError:
            continue
        except Exception as error:
            raise AssertionError(
                f"a pixel size of {um} must be refused by a DinoBloomError or be left "
                f"out of account, not end in {type(error).__name__}: {error}"
            ) from error
        _check_answer(found, drawn.shape[:2], f"pixels of {um} µm")


def _check_parameters(segmenter: Segmenter) -> None:
    for parameter in parameters_of(segmenter):
        name = parameter.name
        promise(hasattr(segmenter, name), f"it offers {name}, but has none")
        promise(
            parameter.low <= parameter.usual <= parameter.high and parameter.step > 0,
            f"the usual {name} must lie in its range, and its step be above 0",
        )


def _check_travels(segmenter: Segmenter, drawn: np.ndarray) -> None:
    """It can be sent to another process, and finds the same there."""
    from multiprocessing.reduction import ForkingPickler

    try:
        sent = bytes(ForkingPickler.dumps(segmenter))
        arrived = ForkingPickler.loads(sent)
    except Exception as error:
        raise AssertionError(
            f"the segmenter cannot be sent to another process: {error}"
        ) from error
    here = _segmented(segmenter, drawn.copy(), "the field")
    there = _segmented(arrived, drawn.copy(), "the field")
    _check_answer(here, drawn.shape[:2], "the field")
    same = _alike(here, there)
    promise(same, "sent to another process, it finds other cells")


def _segmented(
    segmenter: Segmenter, field: np.ndarray, what: str, um: float | None = None
) -> Segmentation:
    try:
        return segmenter.segment(field, um)
    except ValueError as error:
        if "read-only" in str(error):
            raise AssertionError("segment() changed its picture") from error
        raise AssertionError(f"segment() failed on {what}: {error}") from error
    except Exception as error:
        kind = type(error).__name__
        raise AssertionError(f"segment() failed on {what}: {kind}: {error}") from error


def _alike(one: Segmentation, other: Segmentation) -> bool:
    return (
        np.array_equal(one.labels, other.labels)
        and np.array_equal(one.nuclei, other.nuclei)
        and one.kinds == other.kinds
        and np.array_equal(one.scores, other.scores)
        and np.array_equal(
            one.red_cell_diameter_px, other.red_cell_diameter_px, equal_nan=True
        )
        and one.notes == other.notes
    )


def _copied(found: Segmentation) -> Segmentation:
    return Segmentation(
        found.labels.copy(),
        found.nuclei.copy(),
        found.kinds,
        found.scores.copy(),
        found.red_cell_diameter_px,
        found.notes,
    )
