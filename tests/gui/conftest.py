"""Studies in memory, fake views, and a home that is not the developer's."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.study import (
    CELL_KINDS,
    CellTable,
    ChangeSlides,
    Finding,
    LabelRecord,
    Picture,
    Recipe,
    ReplaceCells,
    SetLabels,
    SetTaxonomy,
    Slide,
    Study,
    now,
)

SIDE = 60
CELL_PX = 10


@pytest.fixture(autouse=True)
def foreign_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent studies and samples go where the test may write."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


class InMemory:
    """A study that lies on no disk, as the desk wants it."""

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder, self.study = folder, study
        self.closed = 0

    def put_away(self) -> Callable[[], None]:
        self.closed += 1
        return lambda: None


def squares(picture_id: int, first_id: int, kinds: Sequence[str]) -> CellTable:
    """Cells of 10 × 10 px in a row from the upper left corner, touching each other."""
    n = len(kinds)
    left = CELL_PX * np.arange(n)
    return CellTable(
        cell_id=np.arange(first_id, first_id + n),
        picture_id=np.full(n, picture_id),
        mask_label=np.arange(1, n + 1),
        kind=np.array([CELL_KINDS.index(kind) for kind in kinds], int),
        x=left + CELL_PX / 2,
        y=np.full(n, CELL_PX / 2),
        left=left,
        top=np.zeros(n),
        width=np.full(n, CELL_PX),
        height=np.full(n, CELL_PX),
        area_px=np.full(n, CELL_PX**2),
        nucleus_area_px=np.full(n, np.nan),
        score=np.ones(n),
        cut_by_border=np.zeros(n),
    )


def mask_of(cells: CellTable, side: int = SIDE) -> np.ndarray:
    """The label image that belongs to `squares`."""
    mask = np.zeros((side, side), np.int32)
    for row in range(len(cells)):
        left = int(cells.left[row])
        mask[:CELL_PX, left : left + CELL_PX] = cells.mask_label[row]
    return mask


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """A maker of studies with slides, pictures of 60 × 60 px and searched cells."""

    def make(
        slides: int = 1,
        fields: int = 1,
        kinds: Sequence[str] = ("wbc", "rbc", "rbc"),
        write: bool = True,
    ) -> Study:
        study = Study(author="tester")
        study.folder = tmp_path / "x.study"
        pictures: dict[int, Picture] = {}
        for s in range(slides):
            for f in range(fields):
                number = s * fields + f + 1
                path = tmp_path / f"slide-{s}-field-{f}.png"
                if write:
                    pixels = np.full((SIDE, SIDE, 3), 10 * number % 250, np.uint8)
                    Image.fromarray(pixels).save(path)
                pictures[number] = Picture(number, f"slide {s}", path, SIDE, SIDE)
        named = {f"slide {s}": Slide(f"slide {s}") for s in range(slides)}
        study.apply(ChangeSlides(named, pictures))
        study.never_below(1, len(pictures) + 1)
        for number in pictures if kinds else ():
            search(study, number, kinds)
        return study

    return make


def search(study: Study, picture_id: int, kinds: Sequence[str]) -> CellTable:
    """Put such cells into a picture."""
    cells = squares(picture_id, study.reserve_cell_ids(len(kinds)), kinds)
    mask = mask_of(cells)
    name = study.save_masks(picture_id, mask, np.zeros_like(mask))
    finding = Finding(cells, Recipe("test"), mask_file=name)
    study.apply(ReplaceCells({picture_id: finding}))
    return cells


@pytest.fixture
def search_picture() -> Callable[[Study, int, Sequence[str]], CellTable]:
    """Puts cells of these kinds into a picture of a study."""
    return search


@pytest.fixture
def label() -> Callable[[Study, int, str], None]:
    """Gives a cell a label, the class made if need be."""

    def give(study: Study, cell_id: int, name: str) -> None:
        taxonomy = study.taxonomy.extended([name])
        if taxonomy != study.taxonomy:
            study.apply(SetTaxonomy(taxonomy))
        study.apply(SetLabels((LabelRecord(cell_id, name, "tester", now(), "person"),)))

    return give


@pytest.fixture
def desk_with() -> Callable[..., Desk]:
    """A maker of desks on which this study lies open, or can be opened."""

    def make(study: Study, is_open: bool = True) -> Desk:
        desk = Desk(
            lambda folder: InMemory(folder, study),
            lambda folder: InMemory(folder, study),
        )
        if is_open:
            desk.open(Path("x.study"))
        return desk

    return make
