"""What the map shows and what drawing on it means, with a fake page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.core import Progress, run
from napari_dinobloom.gui.presenters.map.drawing import (
    MapDrawing,
    MapOptions,
    drawing_steps,
)
from napari_dinobloom.gui.presenters.map.export import MapExport
from napari_dinobloom.gui.presenters.map.hand import MapHand
from napari_dinobloom.gui.presenters.map.kinds import ALL, KindOffer
from napari_dinobloom.gui.presenters.map.presenter import MapPresenter
from napari_dinobloom.gui.presenters.map.svg import svg_of
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.study import (
    FeatureMatrix,
    Projection,
    Recipe,
    Rows,
    Selection,
    set_element,
)

PLACES = np.array([(0, 0), (1, 0), (2, 0), (0, 5), (1, 5), (np.nan, np.nan)], "f4")
AROUND_LOWER = np.array([(-1, -1), (3, -1), (3, 1), (-1, 1)], float)


class FakePage:
    """Remembers the last thing it was told, by name."""

    region_drawn = Signal(object, str)
    clicked = Signal(float, float, float, str)
    hovered = Signal(object)
    escaped = Signal()
    map_wished = Signal(str)
    colour_wished = Signal(str)
    hidden_wished = Signal(object)
    category_wished = Signal(int, str)
    density_wished = Signal(bool)
    cluster_size_wished = Signal(int)
    kind_wished = Signal(str)
    export_wished = Signal(str, bool)
    draw_wished = Signal(object)
    place_wished = Signal()
    cancel_wished = Signal()

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def tell(*values: Any, **named: Any) -> None:
            self.told[name] = (*values, *named.values())

        return tell

    def frame_of_map(self):
        return lambda xy: 10 * np.asarray(xy) + 20, 100, 100

    def look_of_dots(self):
        return 4.0, 0.8


class FakeFaces:
    arrived = Signal(object)

    def __init__(self) -> None:
        self.asked: list[int] = []

    def image(self, cell_id: int, side_px: int, masked: bool = False):
        self.asked.append(cell_id)
        return np.zeros((side_px, side_px, 3), np.uint8)


class AtOnce:
    """A worker that answers before it is left."""

    def submit(self, job, done, failed):
        try:
            result = job()
        except ValueError as error:
            failed(error)
        else:
            done(result)


def halves(xy: np.ndarray, fewest: int) -> tuple[np.ndarray, str]:
    """Clusters by height."""
    return (xy[:, 1] > 2).astype(np.int32), f"of {fewest}"


@pytest.fixture
def study(make_study):
    """Six cells on two slides, described; five of them have a place."""
    made = make_study(slides=2)
    ids = made.cells.cell_id
    rows = Rows(ids, np.arange(6, dtype="f4")[:, None])
    matrix = FeatureMatrix("morphology", ("area",), Recipe("m"), blocks=(rows,))
    made.apply(set_element(matrix))
    lay_out(made, "umap", PLACES)
    return made


def lay_out(study, name: str, places: np.ndarray, kinds=None) -> None:
    ids = study.cells.cell_id
    here = np.isfinite(places).all(axis=1)
    said = {"kinds": list(kinds)} if kinds else {}
    recipe = Recipe(name, said, inputs=study.versions(["features:morphology"]))
    rows = Rows(ids[here], places[here])
    study.apply(set_element(Projection(name, rows, recipe)))


class Bench:
    """Roster, selection, page and presenters of a study."""

    def __init__(self, desk) -> None:
        self.page, self.faces, self.went_to = FakePage(), FakeFaces(), []
        self.selection = Selection()
        self.roster = Roster(desk, later=lambda call: call)
        self.roster.rebuild()
        self.places = MapPresenter(
            self.roster,
            self.page,
            AtOnce(),
            later=lambda call: call,
            meanings=lambda _: {"area": ("µm²", "How large.")},
            find_clusters=halves,
        )
        self.hand = MapHand(
            self.roster,
            self.selection,
            self.places,
            self.page,
            self.faces,
            self.went_to.append,
        )

    def told(self, name: str) -> tuple[Any, ...]:
        return self.page.told[name]

    def legend(self) -> dict[str, int]:
        legend = self.told("show_legend")[0]
        return {line.name: line.count for line in legend.lines}


@pytest.fixture
def bench(study, desk_with) -> Bench:
    return opened(study, desk_with)


def opened(study, desk_with) -> Bench:
    """A bench on which this study is opened."""
    desk = desk_with(study, is_open=False)
    bench = Bench(desk)
    desk.open(Path("x.study"))
    if study.names_of("projection"):
        bench.places.show_kind(ALL)
    return bench


def test_cells_with_a_place_are_laid_out_and_the_others_left_out(bench):
    np.testing.assert_array_equal(bench.told("show_points")[0], PLACES)
    assert bench.told("offer_maps") == (["umap"], "umap")
    assert bench.legend() == {"white cell": 2, "red cell": 3}


def test_without_study_features_or_map_the_page_says_what_comes_next(
    make_study, desk_with
):
    closed = Bench(desk_with(make_study(), is_open=False))
    assert closed.told("show_empty")[0] == "No study is open"
    study = make_study()
    searched = opened(study, desk_with)
    assert "Find and describe cells" in searched.told("show_empty")[1]
    assert searched.told("show_empty")[2] is False
    study.apply(set_element(FeatureMatrix("morphology", ("a",), Recipe("m"))))
    searched.roster.facts_changed.emit()
    assert searched.told("show_empty")[0] == "No map yet"
    assert searched.told("show_empty")[2] is True


def test_a_label_changes_one_code_and_nothing_else(bench, study, label):
    label(study, 2, "blast")
    bench.page.told.pop("show_codes")
    bench.page.told.pop("show_codes_at", None)
    label(study, 3, "blast")
    rows, codes = bench.told("show_codes_at")
    assert rows.tolist() == [2]
    assert codes.tolist() == [bench.places.colouring.codes[1]]
    assert "show_codes" not in bench.page.told
    assert bench.legend() == {"blast": 2, "white cell": 2, "red cell": 1}


def test_a_label_does_not_touch_a_map_that_shows_slides(bench, study, label):
    label(study, 2, "blast")
    bench.page.colour_wished.emit("slide")
    bench.page.told.pop("show_codes_at", None)
    label(study, 3, "blast")
    assert "show_codes_at" not in bench.page.told


def test_a_lasso_takes_the_cells_inside_in_hand(bench):
    bench.page.region_drawn.emit(AROUND_LOWER, "replace")
    assert bench.selection.ids.tolist() == [1, 2, 3]
    assert bench.told("show_selected")[0].tolist() == [0, 1, 2]
    upper = AROUND_LOWER + np.array([0, 5])
    bench.page.region_drawn.emit(upper, "add")
    assert bench.selection.ids.tolist() == [1, 2, 3, 4, 5]
    bench.page.region_drawn.emit(AROUND_LOWER, "remove")
    assert bench.selection.ids.tolist() == [4, 5]
    bench.page.escaped.emit()
    assert len(bench.selection) == 0


def test_hidden_classes_are_neither_lassoed_nor_clicked(bench, study, label):
    label(study, 2, "blast")
    bench.page.colour_wished.emit("class")
    blast = int(bench.places.colouring.codes[1])
    bench.page.hidden_wished.emit(frozenset({blast}))
    assert bench.told("show_palette")[0][blast, 3] == 0
    bench.page.region_drawn.emit(AROUND_LOWER, "replace")
    assert bench.selection.ids.tolist() == [1, 3]
    assert bench.hand.nearest(1.0, 0.0, 0.5) is None
    bench.page.colour_wished.emit("kind")
    assert bench.hand.nearest(1.0, 0.0, 0.5) == 1
    bench.page.colour_wished.emit("class")
    assert bench.hand.nearest(1.0, 0.0, 0.5) is None


def test_a_click_takes_the_nearest_cell_and_goes_to_it(bench):
    bench.page.clicked.emit(1.2, 0.1, 0.9, "replace")
    assert bench.selection.ids.tolist() == [2]
    assert bench.selection.current == 2
    assert bench.went_to == [2]
    assert bench.told("show_current") == (1,)
    bench.page.clicked.emit(40.0, 40.0, 0.9, "replace")
    assert bench.selection.ids.tolist() == [2]
    bench.page.clicked.emit(0.0, 5.0, 0.9, "toggle")
    assert bench.selection.ids.tolist() == [2, 4]


def test_hover_shows_a_face_and_hover_elsewhere_only_a_ring(bench, study, label):
    label(study, 4, "blast")
    bench.page.hovered.emit((0.1, 5.0, 0.5))
    assert bench.selection.pointed == 4
    row, picture, lines = bench.told("show_cell")
    assert row == 3
    assert picture.shape == (112, 112, 3)
    assert lines == ("blast", "slide 1 · cell 4")
    bench.page.hovered.emit(None)
    assert bench.selection.pointed is None
    assert bench.told("show_cell")[0] is None
    bench.selection.point_at(2)
    assert bench.told("show_pointed") == (1,)
    assert bench.told("show_cell")[0] is None


def test_a_category_is_taken_in_hand_whole(bench):
    bench.page.colour_wished.emit("slide")
    bench.page.category_wished.emit(1, "replace")
    assert bench.selection.ids.tolist() == [4, 5]  # cell 6 has no place


def test_clusters_are_looked_for_when_they_are_wished_for(bench):
    bench.page.colour_wished.emit("cluster")
    assert bench.legend() == {"Cluster 1": 3, "Cluster 2": 2}
    assert bench.told("show_clustering") == (10, "of 10")
    bench.page.cluster_size_wished.emit(3)
    assert bench.told("show_clustering") == (3, "of 3")
    bench.page.colour_wished.emit("kind")
    assert bench.told("show_clustering") == (0, "")


def test_a_feature_has_its_unit_in_the_legend(bench):
    bench.page.colour_wished.emit("feature:morphology:area")
    scale = bench.told("show_legend")[0].scale
    assert scale.unit == "µm²"
    assert (scale.least, scale.greatest) == (0, 4)
    assert scale.count == 5


def test_the_map_that_was_drawn_last_is_shown(bench, study):
    flipped = PLACES[:, ::-1].copy()
    lay_out(study, "pca", flipped)
    assert bench.told("offer_maps") == (["umap", "pca"], "pca")
    np.testing.assert_array_equal(bench.told("show_points")[0], flipped)
    bench.page.map_wished.emit("umap")
    np.testing.assert_array_equal(bench.told("show_points")[0], PLACES)
    study.undo()
    assert bench.told("offer_maps") == (["umap"], "umap")


def test_cells_in_hand_stay_so_when_the_map_is_drawn_anew(bench, study):
    bench.selection.take([3])
    bench.page.told.pop("show_selected")
    lay_out(study, "umap", PLACES + 1)
    assert bench.told("show_selected")[0].tolist() == [2]


def test_density_is_drawn_when_wished_for(bench):
    assert bench.told("show_density")[0] is None
    bench.page.density_wished.emit(True)
    assert bench.told("show_density")[0].max() == 1
    bench.page.density_wished.emit(False)
    assert bench.told("show_density")[0] is None


def test_a_released_presenter_is_silent(bench, study, label):
    bench.hand.release()
    bench.places.release()
    bench.page.told.clear()
    label(study, 1, "blast")
    bench.selection.take([1])
    lay_out(study, "umap", PLACES + 1)
    assert bench.page.told == {}


# -- drawing ---------------------------------------------------------------------


class FakeRunner:
    started = Signal(str)
    progressed = Signal(object)
    failed = Signal(object)
    finished = Signal(str)

    def __init__(self) -> None:
        self.is_busy, self.steps = False, []

    def run(self, study, steps) -> None:
        self.is_busy, self.steps = True, list(steps)

    def cancel(self) -> None:
        self.is_busy = False
        self.finished.emit("cancelled")


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture
def drawing(bench, study, desk_with, runner) -> MapDrawing:
    desk = bench.roster._desk
    return MapDrawing(desk, runner, bench.page, bench.places, later=lambda call: call)


def test_the_form_starts_from_how_the_map_was_drawn(drawing, bench):
    encoders, kinds, options = bench.told("offer")
    assert encoders == [("morphology", 6)]
    assert kinds == [("wbc", 2), ("rbc", 4)]
    assert options.n_neighbours == 15
    assert bench.told("set_ready") == (True, "")


def test_drawing_begins_with_the_plane_unless_that_stands(
    drawing, bench, runner, study
):
    options = MapOptions("morphology", ("wbc", "rbc"), n_neighbours=7)
    bench.page.draw_wished.emit(options)
    plane, umap = (step(study) for step in runner.steps)
    assert (plane.projector, umap.projector) == ("pca", "umap")
    assert umap.parameters["n_neighbours"] == 7
    assert plane.group == umap.group
    run(plane, study)
    assert bench.places.shown.name == "pca"
    assert drawing_steps(options)[0](study) is None


def test_progress_of_somebody_else_s_run_is_not_shown_here(drawing, bench, runner):
    runner.started.emit("Finding cells")
    runner.progressed.emit(Progress(1, 2))
    assert "show_running" not in bench.page.told
    assert bench.told("set_ready")[0] is False
    runner.finished.emit("done")
    assert bench.told("set_ready")[0] is True
    bench.page.draw_wished.emit(MapOptions())
    runner.started.emit("Drawing the map")
    runner.progressed.emit(Progress(1, 2, "Laying out the map"))
    assert bench.told("show_progress") == (1, 2, "Laying out the map")
    bench.page.cancel_wished.emit()
    assert "as it was" in bench.told("show_idle")[0]


def test_cells_that_came_later_can_be_placed(drawing, bench, runner, study):
    assert bench.told("show_news") == ("", 0)
    ids = study.cells.cell_id
    shorter = FeatureMatrix(
        "morphology", ("area",), Recipe("m"), blocks=(Rows(ids[:5], np.ones((5, 1))),)
    )
    study.apply(set_element(shorter))
    lay_out(study, "umap", PLACES)
    study.add_feature_rows("morphology", Rows(ids[5:], np.ones((1, 1))))
    text, n_new = bench.told("show_news")
    assert n_new == 1
    assert "1 cell was described after" in text
    bench.page.place_wished.emit()
    assert runner.steps[0](study).new_ids.tolist() == [6]


def test_a_map_of_other_features_is_called_out_of_date(drawing, bench, study):
    rows = Rows(study.cells.cell_id, np.ones((6, 1)))
    anew = FeatureMatrix("morphology", ("area",), Recipe("m", {"v": 2}), blocks=(rows,))
    study.apply(set_element(anew))
    drawing.refresh()
    text, n_new = bench.told("show_news")
    assert "out of date" in text
    assert n_new == 0


# -- saving ----------------------------------------------------------------------


def test_a_drawing_holds_a_circle_for_every_dot_that_is_seen(bench, study, label):
    label(study, 2, "blast <&>")
    bench.page.colour_wished.emit("class")
    sheet = MapExport(bench.places, bench.page).sheet()
    text = svg_of(sheet, white=True)
    assert text.count('<circle cx="20.0" cy="20.0"') == 1
    assert text.count('r="2.00"') == 5
    assert "blast &lt;&amp;&gt; (1)" in text
    blast = int(bench.places.colouring.codes[1])
    bench.page.hidden_wished.emit(frozenset({blast}))
    hidden = svg_of(MapExport(bench.places, bench.page).sheet(), white=True)
    assert hidden.count('r="2.00"') == 4
    assert "blast" not in hidden


def test_a_drawing_is_well_formed_with_a_scale_and_with_a_picture_in_it(bench):
    from xml.etree import ElementTree as ET

    bench.page.colour_wished.emit("feature:morphology:area")
    sheet = MapExport(bench.places, bench.page).sheet()
    for raster in (None, b"png"):
        root = ET.fromstring(svg_of(sheet, white=False, raster=raster))  # noqa: S314 - ours
        kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert "linearGradient" in kinds
        assert ("image" in kinds) == (raster is not None)


def test_a_folder_that_cannot_be_written_is_said_in_words(bench, tmp_path):
    bench.page.ask_file = lambda suffix, name: tmp_path / "missing" / "map.svg"
    export = MapExport(bench.places, bench.page)
    bench.page.export_wished.emit("svg", True)
    what, remedy = bench.told("show_error")
    assert "map.svg" in what
    assert "Choose another folder" in remedy
    export.release()


# -- kinds of cells ----------------------------------------------------------------


def placed_ids(bench) -> list[int]:
    xy = bench.told("show_points")[0]
    return bench.roster.cells.cell_id[np.isfinite(xy).all(axis=1)].tolist()


def kinds_of(bench):
    return bench.told("show_kinds")[0]


def test_white_cells_are_shown_first_and_the_page_says_what_it_is_a_part_of(
    study, desk_with
):
    desk = desk_with(study, is_open=False)
    bench = Bench(desk)
    desk.open(Path("x.study"))
    assert placed_ids(bench) == [1, 4]
    assert bench.legend() == {"white cell": 2}
    kinds = kinds_of(bench)
    assert kinds.chosen == "wbc"
    assert kinds.offers == (
        KindOffer("wbc", "White cells", 2),
        KindOffer("rbc", "Red cells", 3),
        KindOffer(ALL, "All", 5),
    )
    assert "here white cells lie close together" in kinds.note
    assert (kinds.draw, kinds.draw_title) == ("wbc", "Draw the map of white cells")


def test_a_kind_is_chosen_by_one_click_and_only_its_cells_can_be_taken(bench):
    bench.page.kind_wished.emit("rbc")
    assert placed_ids(bench) == [2, 3, 5]
    bench.page.region_drawn.emit(AROUND_LOWER, "replace")
    assert bench.selection.ids.tolist() == [2, 3]
    bench.page.kind_wished.emit(ALL)
    assert placed_ids(bench) == [1, 2, 3, 4, 5]
    assert kinds_of(bench).note == ""


def test_the_frame_stays_while_the_same_kind_is_shown(bench):
    bench.roster.rebuild()
    assert bench.told("show_points")[1] is True
    bench.page.kind_wished.emit("wbc")
    assert bench.told("show_points")[1] is False
    bench.roster.rebuild()
    assert bench.told("show_points")[1] is True


def test_a_kind_that_the_map_leaves_out_is_said_to_be_missing_and_offered(
    study, desk_with
):
    white = np.where([[True], [False], [False]] * 2, PLACES, np.float32(np.nan))
    lay_out(study, "umap", white, kinds=("wbc",))
    bench = opened(study, desk_with)
    assert kinds_of(bench).note == "Only white cells are on this map."
    assert kinds_of(bench).draw == ALL
    bench.page.kind_wished.emit("rbc")
    kinds = kinds_of(bench)
    assert kinds.is_missing
    assert kinds.note == "It was drawn of white cells only."
    assert kinds.draw_title == "Draw the map of red cells"
    bench.page.kind_wished.emit("wbc")
    assert not kinds_of(bench).note


def test_where_there_is_one_kind_nothing_is_offered(make_study, desk_with):
    study = make_study(kinds=("wbc", "wbc", "wbc"))
    rows = Rows(study.cells.cell_id, np.zeros((3, 1), "f4"))
    study.apply(
        set_element(FeatureMatrix("morphology", ("a",), Recipe("m"), blocks=(rows,)))
    )
    lay_out(study, "umap", PLACES[:3])
    bench = opened(study, desk_with)
    assert kinds_of(bench).offers == ()
    assert placed_ids(bench) == [1, 2, 3]


def test_a_map_of_one_kind_is_drawn_as_the_one_before_and_shown(bench, desk_with):
    runner = FakeRunner()
    desk = desk_with(bench.roster.study, is_open=True)
    drawing = MapDrawing(
        desk, runner, bench.page, bench.places, later=lambda call: call
    )
    drawing.draw_kind("wbc")
    assert [step.__name__ for step in runner.steps] == ["plane", "umap"]
    task = runner.steps[1](bench.roster.study)
    assert task.kinds == ("wbc",)
    assert kinds_of(bench).chosen == "wbc"
