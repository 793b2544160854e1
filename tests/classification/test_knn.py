import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_dinobloom.classification import IncrementalKNN, compile_kernels
from napari_dinobloom.core import BadInputError
from napari_dinobloom.neighbours import coarse, offering

CLASSES = ["blast", "lymphocyte", "monocyte", "a smudge"]
N_CELLS = 60

edits = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.lists(
                st.tuples(
                    st.integers(0, N_CELLS - 1),
                    st.sampled_from([*CLASSES, None]),
                ),
                min_size=1,
                max_size=4,
            ),
        ),
        st.tuples(st.just("bulk"), st.integers(0, 2**31)),
        st.tuples(st.just("k"), st.integers(1, 12)),
    ),
    min_size=1,
    max_size=12,
)


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


SHAPES = ["as is", "twins", "constant columns", "huge columns", "far away", "tiny"]


def shaped(rng, n, d, shape):
    """Features that are hard to round: (n, d) float32."""
    features = rng.standard_normal((n, d))
    if shape == "twins":
        features = np.repeat(features[: n // 4 + 1], 4, axis=0)[:n].round(1)
    elif shape == "constant columns":
        features[:, ::2] = 7.5
    elif shape == "huge columns":
        features[:, 0] *= 1e6
        features[3, 1] = 1e9
    elif shape == "far away":
        features += 300
    elif shape == "tiny":
        features *= 1e-20
    return features.astype(np.float32)


@pytest.fixture
def coarse_copy_for_all(monkeypatch):
    """Screen by the coarse copy however few cells there are."""
    monkeypatch.setattr(coarse, "WORTH_BYTES", 0)


def bulk_edit(seed):
    """Labels for most cells, removals among them: beyond what is compared directly."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(N_CELLS)[: rng.integers(10, N_CELLS)]
    return rows, [(*CLASSES, None)[c] for c in rng.integers(0, 5, len(rows))]


@pytest.mark.parametrize(
    ("metric", "weights", "loo", "examples"),
    [
        ("euclidean", "uniform", False, 500),
        ("euclidean", "distance", False, 200),
        ("cosine", "uniform", False, 200),
        ("cosine", "distance", True, 25),
        ("euclidean", "uniform", True, 25),
    ],
)
def test_any_sequence_of_edits_equals_a_classifier_fitted_from_scratch(
    metric, weights, loo, examples, assert_equals_refit
):
    any_sequence_holds(metric, weights, loo, examples, assert_equals_refit)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_the_same_holds_where_many_are_compared_by_bytes(
    metric, assert_equals_refit, monkeypatch
):
    monkeypatch.setattr(offering, "_MANY", 1)
    any_sequence_holds(metric, "uniform", True, 25, assert_equals_refit)


def any_sequence_holds(metric, weights, loo, examples, assert_equals_refit):
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(seed=st.integers(0, 2**31), k=st.integers(1, 12), edits=edits)
    def holds(seed, k, edits):
        rng = np.random.default_rng(seed)
        features = rng.standard_normal((N_CELLS, 7)).astype(np.float32)
        model = IncrementalKNN(
            features, k=k, metric=metric, weights=weights, leave_one_out=loo
        )
        labels: dict[int, str] = {}
        for kind, edit in edits:
            if kind == "k":
                model.reconfigure(k=edit)
                continue
            if kind == "bulk":
                rows, classes = bulk_edit(edit)
                finish(model.set_labels_steps(rows, classes))
            else:
                rows, classes = [r for r, _ in edit], [c for _, c in edit]
                model.set_labels(np.array(rows), classes)
            for row, name in zip(rows, classes, strict=True):
                labels.pop(int(row), None)
                if name is not None:
                    labels[int(row)] = name
        assert_equals_refit(model, features, labels, metric, weights, loo)

    holds()


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_skipping_by_the_coarse_copy_leaves_nothing_out(metric, coarse_copy_for_all):
    @settings(max_examples=150, deadline=None)
    @given(
        seed=st.integers(0, 2**31),
        shape=st.sampled_from(SHAPES),
        loo=st.booleans(),
        k=st.integers(1, 6),
    )
    def holds(seed, shape, loo, k):
        rng = np.random.default_rng(seed)
        features = shaped(rng, N_CELLS, 9, shape)
        model = IncrementalKNN(features, k=k, metric=metric, leave_one_out=loo)
        labels: dict[int, str | None] = {}
        for row in rng.integers(0, N_CELLS, 60).tolist():
            labels[row] = (*CLASSES, *CLASSES, None)[rng.integers(0, 9)]
            model.set_labels([row], [labels[row]])
        # the order of edits leaves no trace: learned at once they give the same
        afresh = IncrementalKNN(features, k=k, metric=metric, leave_one_out=loo)
        standing = {row: name for row, name in labels.items() if name is not None}
        afresh.set_labels(np.array([*standing], int), [*standing.values()])
        for row in range(N_CELLS):
            near, distances = nearest_in_doubles(features, standing, row, metric, loo)
            found, measured = model.nearest_labelled(row, k)
            expected, _ = afresh.nearest_labelled(row, k)
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_allclose(
                measured, distances[:k], rtol=1e-9, atol=3e-12 * (metric == "cosine")
            )
            if (np.diff(distances[: k + 1]) > 1e-9 * distances[-1]).all():
                np.testing.assert_array_equal(found, near[:k])
        np.testing.assert_array_equal(model.probabilities, afresh.probabilities)

    holds()


def nearest_in_doubles(features, labels, row, metric, loo):
    """Labelled cells by (distance, row) from a cell, in doubles, and how far."""
    others = np.array([r for r in sorted(labels) if not (loo and r == row)], int)
    x, y = features[row].astype(float), features[others].astype(float)
    if metric == "euclidean":
        far = np.sqrt(((y - x) ** 2).sum(1))
    else:
        far = 1 - y @ x / np.maximum(
            np.linalg.norm(x) * np.linalg.norm(y, axis=1), 1e-300
        )
        far[far < 1e-12] = 0
    order = np.lexsort((others, far))
    return others[order], far[order]


def test_the_coarse_copy_is_read_in_place_of_the_features(
    coarse_copy_for_all, monkeypatch
):
    # spoil the features of cells that are far from the new one: nobody may notice
    rng = np.random.default_rng(0)
    features = rng.standard_normal((400, 30)).astype(np.float32)
    features[200:] += 50
    model = IncrementalKNN(features, k=2)
    model.set_labels(np.arange(190, 230), CLASSES * 10)
    features[300:] = np.nan
    changed = model.set_labels([5], ["blast"])
    assert len(changed)
    assert changed.max() < 200
    assert np.isfinite(model._lists.keys[300:]).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), loo=st.booleans())
def test_every_row_that_changes_is_named(seed, loo):
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((N_CELLS, 5)).astype(np.float32)
    model = IncrementalKNN(features, k=3, leave_one_out=loo)
    model.set_labels(*bulk_edit(seed))
    for _ in range(5):
        before, names = model.probabilities, model.class_names
        row = rng.integers(0, N_CELLS, 1)
        changed = model.set_labels(row, [(*CLASSES, None)[rng.integers(0, 5)]])
        if model.class_names != names:
            continue
        moved = np.flatnonzero((model.probabilities != before).any(axis=1))
        assert set(moved) <= set(changed.tolist())


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    weights=st.sampled_from(["uniform", "distance"]),
    loo=st.booleans(),
)
def test_the_best_is_the_largest_probability(seed, weights, loo):
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((N_CELLS, 5)).astype(np.float32)
    model = IncrementalKNN(features, k=4, weights=weights, leave_one_out=loo)
    codes, share = model.best_of(np.arange(3))
    assert codes.tolist() == [-1] * 3
    assert np.isnan(share).all()
    model.set_labels(*bulk_edit(seed))
    for row in rng.integers(0, N_CELLS, 6).tolist():
        model.set_labels([row], [(*CLASSES, None)[rng.integers(0, 5)]])
    codes, share = model.best_of(np.arange(N_CELLS))
    np.testing.assert_array_equal(codes, model.predicted)
    probabilities = model.probabilities
    voted = codes >= 0
    np.testing.assert_array_equal(
        share[voted], probabilities[voted].max(axis=1, initial=0)
    )
    assert np.isnan(share[~voted]).all()


def test_the_neighbours_that_vote_are_named_nearest_first():
    features = np.array([[0.0], [3.0], [1.0], [9.0], [2.0]], np.float32)
    model = IncrementalKNN(features, k=3)
    assert len(model.nearest_labelled(0, 5)[0]) == 0
    model.set_labels([1, 2, 3, 4], CLASSES)
    rows, distances = model.nearest_labelled(0, 5)
    assert (rows.tolist(), distances.tolist()) == ([2, 4, 1], [1.0, 2.0, 3.0])
    assert model.nearest_labelled(0, 2)[0].tolist() == [2, 4]
    with pytest.raises(BadInputError, match="0 to 4"):
        model.nearest_labelled(5, 1)


def test_cells_at_one_place_are_taken_in_the_order_of_their_rows():
    # three pairs of twins on a line; by hand: nearest to 0 are rows 0, 1, then 2
    features = np.array([[0.0], [0.0], [1.0], [1.0], [1.0], [5.0]], np.float32)
    for order in ([4, 3, 2, 1], [1, 2, 3, 4], [3, 1, 4, 2]):
        model = IncrementalKNN(features, k=2)
        for row in order:
            model.set_labels([row], [f"class {row}"])
        chosen = model.probabilities[0] > 0
        assert [model.class_names[c] for c in np.flatnonzero(chosen)] == [
            "class 1",
            "class 2",
        ]


def test_duplicates_are_ordered_alike_one_by_one_and_in_bulk():
    rng = np.random.default_rng(3)
    features = np.repeat(rng.standard_normal((40, 33)), 5, axis=0).astype(np.float32)
    names = [f"class {c}" for c in rng.integers(0, 4, 200)]
    single = IncrementalKNN(features, k=7)
    bulk = IncrementalKNN(features, k=7)
    for row in rng.permutation(200):
        single.set_labels([row], [names[row]])
    bulk.set_labels(np.arange(200), names)
    np.testing.assert_array_equal(single.probabilities, bulk.probabilities)
    # by hand: of any place, its 5 twins and the first 2 of the next place
    own = [bulk.class_names.index(n) for n in names]
    votes = np.zeros((200, 4))
    for i in range(200):
        d = ((features.astype(float) - features[i]) ** 2).sum(1)
        for j in np.lexsort((np.arange(200), d))[:7]:
            votes[i, own[j]] += 1 / 7
    np.testing.assert_allclose(bulk.probabilities, votes, atol=1e-6)


def test_a_cell_far_from_the_origin_is_compared_without_cancellation(
    assert_equals_refit,
):
    rng = np.random.default_rng(0)
    features = (1000 + rng.standard_normal((300, 16))).astype(np.float32)
    model = IncrementalKNN(features, k=5)
    labels = {int(r): CLASSES[r % 3] for r in rng.permutation(300)[:100]}
    model.set_labels(np.array(list(labels)), list(labels.values()))
    # scikit-learn itself cancels here: |x|² is 1e7 times the distances, in float64
    assert_equals_refit(model, features, labels)


def test_a_vector_of_zeros_is_at_a_right_angle_to_all(assert_equals_refit):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((80, 3)).astype(np.float32)
    features[[4, 9]] = 0
    labels = {r: CLASSES[r % 3] for r in range(40)}
    del labels[9]
    model = IncrementalKNN(features, k=15, metric="cosine")
    model.set_labels(np.array(list(labels)), list(labels.values()))
    rest = np.setdiff1d(np.arange(80), [4, 9])  # at these two, all others tie
    names, expected = model.class_names, model.probabilities
    slow = IncrementalKNN(features, k=15, metric="cosine")
    for row, name in labels.items():
        slow.set_labels([row], [name])
    assert slow.class_names == names
    np.testing.assert_array_equal(slow.probabilities[rest], expected[rest])
    for i in rest[:20]:
        unit = features / np.maximum(np.linalg.norm(features, axis=1), 1e-30)[:, None]
        far = 1 - unit.astype(float) @ unit[i].astype(float)
        near = sorted(labels, key=lambda r, far=far: (far[r], r))[:15]
        votes = [sum(labels[r] == n for r in near) / 15 for n in names]
        np.testing.assert_allclose(expected[i], votes, atol=1e-6)


def test_lists_that_run_short_are_searched_anew(assert_equals_refit):
    rng = np.random.default_rng(1)
    features = rng.standard_normal((200, 6)).astype(np.float32)
    model = IncrementalKNN(features, k=3)
    labels = {r: CLASSES[r % 4] for r in range(150)}
    model.set_labels(np.arange(150), [labels[r] for r in range(150)])
    for row in range(140):
        model.set_labels([row], [None])
        del labels[row]
        if row % 20 == 0:
            assert_equals_refit(model, features, labels)
    assert_equals_refit(model, features, labels)


def test_lists_widen_when_slots_outgrow_two_bytes(monkeypatch, assert_equals_refit):
    from napari_dinobloom.classification import _nearest_labelled

    monkeypatch.setattr(_nearest_labelled, "_INT16_SLOTS", 300)
    features = np.random.default_rng(0).standard_normal((600, 5)).astype(np.float32)
    labels = {r: CLASSES[r % 4] for r in range(400)}
    model = IncrementalKNN(features, k=4)
    for part in (range(200), range(200, 400)):
        model.set_labels(np.array(part), [labels[r] for r in part])
    model.set_labels([500], ["blast"])
    labels[500] = "blast"
    assert_equals_refit(model, features, labels)


def test_leaving_the_cell_out_shows_a_wrong_label():
    features = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]], np.float32)
    classes = ["a", "a", "b", "b", "b", "b"]  # row 2 is mislabelled
    kept = IncrementalKNN(features, k=1)
    out = IncrementalKNN(features, k=1, leave_one_out=True)
    kept.set_labels(np.arange(6), classes)
    out.set_labels(np.arange(6), classes)
    assert kept.class_names[kept.predicted[2]] == "b"
    assert out.class_names[out.predicted[2]] == "a"


def test_states_and_notes_say_what_can_be_learned():
    model = IncrementalKNN(np.eye(5, dtype=np.float32), k=3)
    assert (model.state, model.note) == ("no labels", "")
    model.set_labels([0], ["blast"])
    assert model.state == "one class"
    assert "All 1 labelled" in model.note
    model.set_labels([1, 2], ["monocyte", "blast"])
    assert (model.state, model.k_in_use, model.note) == ("ready", 3, "")
    model.set_labels([0, 1, 2], [None, None, None])
    assert model.state == "no labels"
    assert (model.predicted == -1).all()


def test_cancelled_learning_leaves_everything_as_it_was():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((40_000, 4)).astype(np.float32)
    model = IncrementalKNN(features, k=5)
    model.set_labels(np.arange(20), ["blast", "monocyte"] * 10)
    before, names = model.probabilities, model.class_names
    steps = model.set_labels_steps(np.arange(5, 400), ["lymphocyte"] * 395)
    next(steps)
    steps.close()
    assert (model.n_labelled, model.class_names) == (20, names)
    np.testing.assert_array_equal(model.probabilities, before)
    model.set_labels([30_000], ["blast"])
    assert model.n_labelled == 21


def test_learning_many_reports_progress_to_the_end():
    features = np.random.default_rng(0).standard_normal((40_000, 4)).astype("f4")
    model = IncrementalKNN(features, k=5)
    seen = list(model.set_labels_steps(np.arange(600), ["a", "b"] * 300))
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert seen[-1].done == seen[-1].total == 40_000


def test_labels_set_meanwhile_are_not_lost():
    features = np.random.default_rng(0).standard_normal((100, 4)).astype("f4")
    model = IncrementalKNN(features, k=5)
    steps = model.set_labels_steps(np.arange(50), ["a", "b"] * 25)
    next(steps)
    model.set_labels([70], ["c"])
    with pytest.raises(BadInputError, match="Run it again"):
        finish(steps)
    assert model.class_names == ("c",)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda x: IncrementalKNN(np.full((3, 2), np.nan, "f4")), "cell row 0"),
        (lambda x: IncrementalKNN(np.zeros(3, "f4")), "shape"),
        (lambda x: IncrementalKNN(x, k=0), "at least 1"),
        (lambda x: IncrementalKNN(x, metric="hamming"), "hamming"),
        (lambda x: IncrementalKNN(x, weights="none"), "none"),
        (lambda x: IncrementalKNN(x).set_labels([9], ["a"]), "0 to 3"),
        (lambda x: IncrementalKNN(x).set_labels([1, 2], ["a"]), "1 classes"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(build, words):
    with pytest.raises(BadInputError, match=words):
        build(np.eye(4, dtype=np.float32))


def test_no_cells_and_no_edits_are_no_trouble():
    assert IncrementalKNN(np.zeros((0, 3), "f4")).predicted.shape == (0,)
    model = IncrementalKNN(np.eye(3, dtype=np.float32))
    assert len(model.set_labels(np.zeros(0, int), [])) == 0
    assert len(model.set_labels([1], [None])) == 0


def test_once_compiled_no_edit_compiles_more(coarse_copy_for_all):
    from numba.core import dispatcher

    compile_kernels()
    compiled = []
    original = dispatcher.Dispatcher.compile

    def noted(self, signature):
        if not self.overloads.get(tuple(signature)):
            compiled.append((self.py_func.__name__, signature))
        return original(self, signature)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher.Dispatcher, "compile", noted)
        for metric in ("euclidean", "cosine"):
            model = IncrementalKNN(np.eye(150, dtype=np.float32), k=3, metric=metric)
            model.set_labels(np.arange(30), ["a", "b"] * 15)
            model.set_labels(np.arange(30, 130), ["a", "b"] * 50)
            model.set_labels([131], ["c"])
            model.set_labels([131], ["b"])
            model.set_labels([131], [None])
            assert model.probabilities.shape == (150, 2)
    assert compiled == []


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 3, 50])
def test_the_voters_of_a_winner_are_counted_whatever_their_weight(k, weights):
    rng = np.random.default_rng(5)
    features = rng.standard_normal((N_CELLS, 4)).astype(np.float32)
    model = IncrementalKNN(features, k=k, weights=weights, leave_one_out=True)
    rows = rng.permutation(N_CELLS)[:20]
    said = {int(r): CLASSES[i % 3] for i, r in enumerate(rows)}
    model.set_labels(rows, list(said.values()))
    asked = np.arange(N_CELLS)[::-1]
    votes, voters = model.votes_of(asked)
    codes, share = model.best_of(asked)
    for place, row in enumerate(asked.tolist()):
        near, _ = model.nearest_labelled(row, k)
        winner = model.class_names[codes[place]]
        assert voters[place] == len(near) == min(k, 20 - (row in said))
        assert votes[place] == sum(said[n] == winner for n in near.tolist())
    if weights == "uniform":
        np.testing.assert_allclose(votes / voters, share, rtol=1e-6)
