import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.report import (
    CountedClass,
    DifferentialTable,
    PictureAccess,
    write_report,
)
from napari_dinobloom.storage.report.images import outline_of
from napari_dinobloom.storage.report.scatter import Group, draw_map
from napari_dinobloom.study import (
    CELL_KINDS,
    CellTable,
    ChangeSlides,
    Finding,
    LabelRecord,
    Picture,
    Projection,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    Slide,
    Study,
    set_element,
)

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Tags in order, texts, addresses; fails on tags that do not match."""

    def __init__(self, markup):
        super().__init__()
        self.addresses, self.texts, self.open = [], [], []
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "href"):
                self.addresses.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, words):
        if "style" not in self.open:
            self.texts.append(words)

    @property
    def text(self):
        return " ".join(self.texts)


def cut(rgb, boxes, margin, side):
    squares = [
        Image.fromarray(rgb[y : y + h, x : x + w]).resize((side, side))
        for x, y, w, h in boxes.tolist()
    ]
    return np.stack([np.array(square) for square in squares])


def read(path):
    return np.array(Image.open(path).convert("RGB"))


ACCESS = PictureAccess(read, cut)
COUNT = DifferentialTable(
    "All slides",
    "predictions",
    (CountedClass("lymphocyte", 3, 0.75, 0.3, 0.95),),
    4,
    ("Fewer than 100 cells.",),
)


@pytest.fixture
def page_of(tmp_path, finish):
    def write(study, **options):
        out = tmp_path / "report.html"
        finish(write_report(study, out, pictures=ACCESS, **options))
        return Page(out.read_text("utf-8"))

    return write


def test_the_page_needs_nothing_but_itself(drawn_study, page_of, tmp_path):
    page = page_of(drawn_study, differential=[COUNT])
    assert all(a.startswith(("data:image/", "#")) for a in page.addresses)
    markup = (tmp_path / "report.html").read_text("utf-8")
    assert not re.search(r"https?://|@import|url\(|<script|<link", markup)


def test_every_inlined_picture_opens(drawn_study, page_of):
    page = page_of(drawn_study)
    pictures = [a for a in page.addresses if a.startswith("data:")]
    assert len(pictures) >= 8
    for address in pictures:
        raw = base64.b64decode(address.split(",", 1)[1])
        with Image.open(io.BytesIO(raw)) as image:
            image.load()


def test_the_page_says_what_it_is_for_and_whose_cells_they_are(drawn_study, page_of):
    text = page_of(drawn_study, title="Ward 7", differential=[COUNT]).text
    assert "Ward 7" in text
    assert "Research use only" in text
    for words in ("Munich", "MGG", "P1", "synthetic", "neutrophil", "Grace"):
        assert words in text
    assert "smear" in text
    assert "strictness = 1" in text


@pytest.mark.parametrize("known_of", ["picture", "slide"])
def test_a_synthetic_slide_is_called_so_in_list_count_and_picture(
    drawn_study, page_of, known_of
):
    slide, picture = drawn_study.slides["B"], drawn_study.pictures[3]
    if known_of == "picture":
        edit = ChangeSlides(slides={"B": replace(slide, synthetic=False)})
    else:
        edit = ChangeSlides(pictures={3: replace(picture, synthetic=False)})
    drawn_study.apply(edit)
    counted = replace(COUNT, subject="B", synthetic=True)
    page = page_of(drawn_study, differential=[counted, replace(COUNT, subject="A")])
    said = [words.strip() for words in page.texts if words.strip()]
    badged = [said[i - 1] for i, words in enumerate(said) if words == "synthetic"]
    assert badged == ["B", "B", "B"]


def test_a_count_says_whether_people_or_a_classifier_named_the_cells(
    drawn_study, page_of
):
    text = page_of(drawn_study, differential=[COUNT]).text
    assert "by predictions of the classifier, not by labels" in text
    assert "75.0" in text
    assert "30.0 – 95.0" in text
    assert "Fewer than 100 cells." in text


def test_names_from_files_are_never_markup(drawn_study, page_of):
    evil = "<script>alert(1)</script>"
    drawn_study.apply(ChangeSlides({evil: Slide(evil, diagnosis='"><img src=x>')}))
    drawn_study.note_failures("read", {"<b>file</b>": "<i>why</i>"})
    page = page_of(drawn_study, title=evil)
    assert "x" not in page.addresses
    assert evil in page.text
    assert "<b>file</b>" in page.text


def test_a_picture_that_is_gone_is_listed_and_does_not_stop_the_page(
    drawn_study, tmp_path, finish
):
    gone = drawn_study.pictures[1].path
    gone.unlink()
    out = tmp_path / "report.html"
    written = finish(write_report(drawn_study, out, pictures=ACCESS))
    assert list(written.failed) == [str(gone)]
    assert out.is_file()


def test_failures_and_outdated_results_are_shown(drawn_study, page_of):
    drawn_study.note_failures("segment", {"broken.png": "It is truncated."})
    at = "2026-02-02T00:00:00.000+00:00"
    drawn_study.apply(SetLabels((LabelRecord(7, "neutrophil", "Ada", at),)))
    text = page_of(drawn_study).text
    assert "It is truncated." in text
    assert "outdated" in text


def test_a_study_with_slides_only_gives_a_page(page_of, tmp_path):
    study = Study()
    picture = Picture(1, "A", tmp_path / "a.png", 10, 10)
    study.apply(ChangeSlides({"A": Slide("A")}, {1: picture}))
    assert "Nobody has labelled" in page_of(study).text


def test_an_empty_study_and_an_existing_file_are_refused(drawn_study, tmp_path, finish):
    out = tmp_path / "report.html"
    with pytest.raises(BadInputError, match="empty"):
        finish(write_report(Study(), out, pictures=ACCESS))
    out.write_text("mine")
    with pytest.raises(BadInputError, match="exists already"):
        finish(write_report(drawn_study, out, pictures=ACCESS))
    assert out.read_text() == "mine"


def test_a_hundred_thousand_cells_stay_below_ten_megabytes_and_it_says_so(
    tmp_path, page_of
):
    n = 100_000
    path = tmp_path / "noise.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (600, 600, 3), np.uint8)).save(path)
    study = Study()
    study.apply(ChangeSlides({"A": Slide("A")}, {1: Picture(1, "A", path, 600, 600)}))
    place = rng.integers(0, 580, (n, 2))
    ids = np.arange(1, n + 1)
    ones = np.ones(n)
    cells = CellTable(
        cell_id=ids, picture_id=ones, mask_label=ids,
        kind=rng.integers(0, len(CELL_KINDS), n), x=place[:, 0] + 8,
        y=place[:, 1] + 8, left=place[:, 0], top=place[:, 1], width=ones * 16,
        height=ones * 16, area_px=ones * 200, nucleus_area_px=ones * np.nan,
        score=ones, cut_by_border=ones * 0,
    )  # fmt: skip
    study.apply(ReplaceCells({1: Finding(cells, Recipe("smear"))}))
    spread = Projection("umap", Rows(ids, rng.normal(size=(n, 2))), Recipe("umap"))
    study.apply(set_element(spread))
    classes = np.array([f"class {i}" for i in range(60)])[rng.integers(0, 60, n)]
    at = "2026-01-01T00:00:00.000+00:00"
    records = zip(ids.tolist(), classes.tolist(), strict=True)
    study.apply(SetLabels(tuple(LabelRecord(i, c, "Ada", at) for i, c in records)))
    text = page_of(study).text
    assert (tmp_path / "report.html").stat().st_size < 10e6
    assert "20,000 of 100,000 cells are drawn" in text
    assert "more groups are left out" in text


def test_the_map_shows_each_group_in_its_colour_where_it_lies():
    groups = [Group("a", "#FF0000", 1), Group("b", "#0000FF", 1)]
    address = draw_map(np.array([[0.0, 0.0], [2.0, 1.0]]), groups, np.array([0, 1]))
    raw = base64.b64decode(address.split(",", 1)[1])
    pixels = np.array(Image.open(io.BytesIO(raw)))
    opaque = pixels[..., 3] > 200
    red = opaque & (pixels[..., 0] > 200)
    blue = opaque & (pixels[..., 2] > 200)
    red_y, red_x = (v.mean() for v in np.nonzero(red))
    blue_y, blue_x = (v.mean() for v in np.nonzero(blue))
    assert red_x < blue_x
    assert red_y > blue_y


def test_an_outline_lies_inside_its_cell():
    labels = np.zeros((12, 12), int)
    labels[2:10, 2:10] = 1
    edge = outline_of(labels, 2)
    assert not edge[labels == 0].any()
    assert not edge[4:8, 4:8].any()
    assert edge[2:4, 2:10].all()
