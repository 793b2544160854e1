"""The classifier that follows labels: beside scikit-learn, and with too few labels."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.study import CELL_KINDS, CellTable, FeatureMatrix, Recipe, Rows
from napari_dinobloom.workflows.label_columns import LabelColumns
from napari_dinobloom.workflows.live_classifier import LiveClassifier, Voting
from napari_dinobloom.workflows.live_ground import LiveGround, rows_for_distances

N, D = 240, 6
CLASSES = ("artefact", "blast", "lymphocyte", "neutrophil")


def cells_of(kinds) -> CellTable:
    n = len(kinds)
    columns = {name: np.zeros(n) for name in CellTable.__dataclass_fields__}
    columns["cell_id"] = 10 + 3 * np.arange(n)  # an id is never a row
    columns["picture_id"] = np.arange(n) % 4 + 1
    columns["kind"] = np.array([CELL_KINDS.index(kind) for kind in kinds])
    return CellTable(**columns)


@pytest.fixture
def ground():
    """A maker of grounds: two thirds white cells, features in another order."""

    def make(labels=None, kinds=None, scaling="none", without=0, n=N):
        draw = np.random.default_rng(0)
        cells = cells_of(kinds or ["wbc", "wbc", "rbc"] * (n // 3))
        order = draw.permutation(len(cells))[without:]
        values = draw.standard_normal((len(order), D)).astype(np.float32)
        names = tuple(f"f{i}" for i in range(D))
        matrix = FeatureMatrix(
            "test",
            names,
            Recipe("test"),
            scaling,
            (Rows(cells.cell_id[order], values),),
        )
        slides = {1: "one", 2: "one", 3: "two", 4: "two"}
        return LiveGround(
            matrix,
            cells,
            LabelColumns.of(labels or {}),
            slides,
            dict.fromkeys(slides, ""),
        )

    return make


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def expected(ground, labels, voting, kinds=("wbc",)):
    """Id → (class, share) by scikit-learn refitted to these labels."""
    codes = np.array([CELL_KINDS.index(kind) for kind in kinds])
    rows = rows_for_distances(ground.matrix, ground.cells, codes)
    ids = [i for i in sorted(labels) if i in set(rows.cell_ids.tolist())]
    at, _ = rows.rows_of(np.array(ids))
    model = KNeighborsClassifier(
        min(voting.k, len(ids)),
        algorithm="brute",
        metric=voting.metric,
        weights=voting.weights,
    ).fit(rows.values[at], [labels[i] for i in ids])
    shares = model.predict_proba(rows.values)
    for i, row in enumerate(at):  # a cell's own label does not vote
        rest = np.delete(at, i)
        others = [labels[c] for c in ids if c != ids[i]]
        alone = clone(model).set_params(n_neighbors=min(voting.k, len(rest)))
        alone.fit(rows.values[rest], others)
        known = np.searchsorted(model.classes_, alone.classes_)
        shares[row] = 0
        shares[row, known] = alone.predict_proba(rows.values[[row]])[0]
    best = shares.argmax(1)
    names = model.classes_[best].tolist()
    return dict(
        zip(rows.cell_ids.tolist(), zip(names, shares.max(1), strict=True), strict=True)
    )


def into(told, update):
    """What a listener knows after an update."""
    if update.is_whole:
        told.clear()
    for cell_id, code, chance in zip(
        update.cell_ids.tolist(), update.codes, update.chance, strict=True
    ):
        told[cell_id] = (update.class_names[code], chance)
    return told


def assert_same(told, wanted):
    assert told.keys() == wanted.keys()
    assert {i: t[0] for i, t in told.items()} == {i: w[0] for i, w in wanted.items()}
    ids = sorted(told)
    np.testing.assert_allclose(
        [told[i][1] for i in ids], [wanted[i][1] for i in ids], atol=1e-4
    )


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("voting", [Voting(5), Voting(7, "cosine", "distance")])
def test_after_every_edit_it_predicts_as_scikit_learn_refitted(ground, voting, scaling):
    draw = np.random.default_rng(1)
    start = ground(scaling=scaling, without=20)
    whites = start.cells.cell_id[start.cells.kind == 0]
    live, told, labels = LiveClassifier(start, voting), {}, {}
    assert finish(live.start_steps()).state == "no labels"
    for step in range(40):
        size = 30 if step % 10 == 9 else 1  # bulk labels too
        ids = draw.choice(whites, size, replace=False).tolist()
        names = [None, *CLASSES] if step > 5 else CLASSES
        changes = {i: draw.choice(np.array(names, object)) for i in ids}
        into(told, live.change(changes))
        labels = {i: n for i, n in (labels | changes).items() if n is not None}
        if len(set(labels.values())) > 1:
            assert_same(told, expected(start, labels, voting))


def test_a_study_with_labels_is_learned_at_the_start_and_tells_whom_it_predicts(ground):
    labels = {10: "blast", 13: "neutrophil", 19: "blast"}
    start = ground(labels)
    update = finish(LiveClassifier(start, Voting(3)).start_steps())
    assert (update.state, update.is_whole) == ("ready", True)
    assert update.counts == {"blast": 2, "neutrophil": 1}
    assert (update.kinds, update.n_predicted, update.n_slides) == (("wbc",), 160, 2)
    assert_same(into({}, update), expected(start, labels, Voting(3)))


def test_labels_on_another_kind_teach_it_to_predict_that_kind_too(ground):
    start = ground({10: "blast", 13: "neutrophil"})
    live = LiveClassifier(start, Voting(3))
    finish(live.start_steps())
    update = live.change({16: "artefact"})  # a red cell
    assert update.is_whole
    assert update.kinds == ("rbc", "wbc")
    labels = {10: "blast", 13: "neutrophil", 16: "artefact"}
    assert_same(into({}, update), expected(start, labels, Voting(3), ("rbc", "wbc")))
    assert live.change({16: None}).kinds == ("wbc",)


def test_too_few_labels_predict_nothing(ground):
    live = LiveClassifier(ground({10: "blast"}), Voting(3))
    update = finish(live.start_steps())
    assert (update.state, update.is_whole, len(update.rows)) == ("one class", True, 0)
    assert live.change({13: "neutrophil"}).state == "ready"
    assert live.change({10: None}).state == "one class"
    assert live.change({13: None}).state == "no labels"
    back = live.change({10: "blast", 13: "neutrophil"})
    assert back.is_whole
    assert len(back.rows) == 160


def test_the_first_label_of_a_second_class_brings_every_prediction(ground):
    start = ground()
    whites = start.cells.cell_id[start.cells.kind == 0].tolist()
    labels = dict.fromkeys(whites[:40], "blast")  # more than vote: few lists change
    live = LiveClassifier(start, Voting(3))
    assert live.change(labels).state == "one class"
    labels[whites[50]] = "neutrophil"
    update = live.change({whites[50]: "neutrophil"})
    assert update.is_whole
    assert_same(into({}, update), expected(start, labels, Voting(3)))


def test_a_bulk_that_was_stopped_is_caught_up_with(ground):
    start = ground({10: "blast", 13: "neutrophil"})
    live, told = LiveClassifier(start, Voting(3)), {}
    into(told, finish(live.start_steps()))
    before = dict(told)
    whites = start.cells.cell_id[start.cells.kind == 0][:50].tolist()
    bulk = dict.fromkeys(whites, "lymphocyte")
    steps = live.change_steps([LabelColumns.of(bulk)])
    next(steps)
    steps.close()
    assert live.n_waiting == 50
    assert_same(into({}, live.everything()), before)
    into(told, live.change({19: "blast"}))
    labels = {10: "blast", 13: "neutrophil"} | bulk | {19: "blast"}
    assert_same(told, expected(start, labels, Voting(3)))
    assert live.n_waiting == 0


@pytest.mark.parametrize(
    "voting", [Voting(1), Voting(5, weights="distance"), Voting(5, "cosine")]
)
def test_neighbours_may_vote_otherwise(ground, voting):
    draw = np.random.default_rng(2)
    start = ground()
    ids = start.cells.cell_id[start.cells.kind == 0][::5].tolist()
    labels = {i: str(draw.choice(CLASSES)) for i in ids}
    live = LiveClassifier(start, Voting(3))
    live.change(labels)
    update = finish(live.reconfigure_steps(voting))
    assert_same(into({}, update), expected(start, labels, voting))
    labels[ids[0]] = "artefact"
    told = into(into({}, update), live.change({ids[0]: "artefact"}))
    assert_same(told, expected(start, labels, voting))


def test_the_nearest_labelled_cells_explain_a_prediction(ground):
    draw = np.random.default_rng(3)
    start = ground()
    rows = rows_for_distances(start.matrix, start.cells, np.array([0]))
    ids = rows.cell_ids[::7]
    labels = {int(i): str(draw.choice(CLASSES)) for i in ids}
    live = LiveClassifier(start, Voting(3))
    live.change(labels)
    asked = int(ids[2])  # labelled itself: not its own neighbour
    told = live.explain(asked, 4)
    at, _ = rows.rows_of(np.array([asked]))
    far = np.linalg.norm(rows.values - rows.values[at[0]], axis=1)
    others = sorted(
        (far[k], int(i))
        for k, i in enumerate(rows.cell_ids)
        if int(i) in labels and int(i) != asked
    )[:4]
    assert [n.cell_id for n in told] == [i for _, i in others]
    assert [n.class_name for n in told] == [labels[i] for _, i in others]
    np.testing.assert_allclose([n.distance for n in told], [f for f, _ in others], 1e-5)
    assert live.explain(999_999, 3) == []


def test_labels_of_cells_that_are_gone_or_without_features_are_not_learned(ground):
    start = ground({10: "blast", 13: "neutrophil", 5: "blast"}, without=100)
    described = set(start.matrix.cell_ids.tolist())
    live = LiveClassifier(start, Voting(3))
    update = finish(live.start_steps())
    here = [i for i in (10, 13) if i in described]
    assert sum(update.counts.values()) == len(here)
    assert update.n_unlearned == 2 - len(here)


def test_features_that_fit_as_they_are_stay_where_they_are():
    cells = cells_of(["wbc"] * 50)
    values = np.random.default_rng(0).standard_normal((50, D)).astype(np.float32)
    names = tuple("abcdef")
    matrix = FeatureMatrix(
        "test", names, Recipe("test"), blocks=(Rows(cells.cell_id, values),)
    )
    rows = rows_for_distances(matrix, cells, np.array([0]))
    assert np.shares_memory(rows.values, matrix.values)
