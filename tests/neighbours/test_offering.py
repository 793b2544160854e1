"""What spares distances leaves nothing out, however the numbers are spread."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from napari_dinobloom.neighbours import CellVectors, byte_products
from napari_dinobloom.neighbours import offering as offerings
from napari_dinobloom.neighbours.offering import ByteOffering, ProductOffering

SHAPES = [
    "as is",
    "twins",
    "constant columns",
    "huge columns",
    "one far out",
    "far away",
    "tiny",
    "falling",
]
WAYS = [ProductOffering]
if byte_products.lanes():
    WAYS.append(ByteOffering)


def shaped(rng, n, d, shape):
    """Features that are hard to tell apart or to round: (n, d) float32."""
    features = rng.standard_normal((n, d))
    if shape == "twins":
        features = np.repeat(features[: n // 5 + 1], 5, axis=0)[:n]
    elif shape == "constant columns":
        features[:, ::2] = 7.5
    elif shape == "huge columns":
        features[:, 0] *= 1e6
    elif shape == "one far out":
        features[n // 2] *= 1e4
    elif shape == "far away":
        features += 3000
    elif shape == "tiny":
        features *= 1e-20
    elif shape == "falling":
        features *= np.arange(1, d + 1) ** -1.5
    return features.astype(np.float32)


def keys_of(features, metric):
    """(n, n) float64: squared distances, or one minus the cosines."""
    wide = features.astype(np.float64)
    if metric == "euclidean":
        return ((wide[:, None] - wide[None]) ** 2).sum(-1)
    norms = np.sqrt((wide**2).sum(1))
    unit = np.divide(wide, norms[:, None], where=norms[:, None] > 0, out=wide * 0)
    cosines = 1.0 - unit @ unit.T
    return np.where(cosines > 1e-12, cosines, 0.0)


def empty_lists(n, room):
    return (
        np.zeros((n, room), np.int32),
        np.zeros((n, room)),
        np.zeros(n, np.int32),
        np.full(n, np.inf),
        np.full(n, np.iinfo(np.int64).max),
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_lists_hold_the_nearest_of_all_that_was_offered(way, metric):
    @settings(max_examples=100, deadline=None)
    @given(
        seed=st.integers(0, 2**31),
        shape=st.sampled_from(SHAPES),
        n=st.integers(2, 150),
        d=st.integers(1, 40),
        room=st.integers(1, 9),
        portions=st.integers(1, 3),
        exclude_self=st.booleans(),
    )
    def holds(seed, shape, n, d, room, portions, exclude_self):
        rng = np.random.default_rng(seed)
        features = shaped(rng, n, d, shape)
        vectors = CellVectors(features, metric)
        chosen = rng.permutation(n)[: rng.integers(1, n + 1)]
        offered = chosen.astype(np.int64)
        lists, changed = empty_lists(n, room), np.zeros(n, np.bool_)
        for slots in np.array_split(np.arange(len(chosen)), portions):
            if len(slots):
                way(vectors, offered, slots).offer(
                    lists, vectors.rows, room, changed, exclude_self
                )
        slots, keys, held, border_key, _ = lists
        exact = keys_of(features, metric)
        for i in range(n):
            others = chosen[chosen != i] if exclude_self else chosen
            n_held = min(room, len(others))
            assert held[i] == n_held
            nearest = np.sort(exact[i, others])[:n_held]
            np.testing.assert_allclose(keys[i, :n_held], nearest, rtol=1e-9, atol=1e-9)
            listed = set(chosen[slots[i, :n_held]].tolist())
            left_out = [o for o in others.tolist() if o not in listed]
            assert (exact[i, left_out] >= border_key[i] * (1 - 1e-9) - 1e-9).all()
        assert changed.sum() == (held > 0).sum()

    holds()


@pytest.mark.skipif(not byte_products.lanes(), reason="no instruction for bytes")
def test_many_cells_are_compared_by_bytes_where_the_processor_can(monkeypatch):
    features = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    features[3] = 0
    everyone = np.arange(200)
    euclidean = CellVectors(features, "euclidean")
    assert isinstance(euclidean.offering(everyone, np.arange(100)), ByteOffering)
    assert isinstance(euclidean.offering(everyone, np.arange(5)), ProductOffering)
    # A vector of zeros has no direction
    cosine = CellVectors(features, "cosine")
    assert isinstance(cosine.offering(everyone, np.arange(100)), ProductOffering)
    far = CellVectors(features * np.float32(1e17), "euclidean")
    assert isinstance(far.offering(everyone, np.arange(100)), ProductOffering)
    monkeypatch.setattr(byte_products, "lanes", lambda: 0)
    assert isinstance(
        offerings.offering(euclidean, everyone, np.arange(100)), ProductOffering
    )


def lanes_to_try():
    """AVX-512 has the instruction for both sizes of registers."""
    return {0: [], 8: [8], 16: [8, 16]}[byte_products.lanes()]


@pytest.mark.parametrize("n_lanes", lanes_to_try())
@pytest.mark.parametrize("d", [1, 4, 63, 384])
def test_products_of_bytes_are_exact_to_the_extremes(n_lanes, d):
    tile = byte_products.build_tile(n_lanes)
    wide = byte_products.labels_per_tile(n_lanes)

    @njit
    def multiply(codes, packed, out):
        for g in range(packed.shape[0]):
            tile(
                codes.ctypes.data,
                codes.shape[1],
                packed.ctypes.data + g * packed[0].size,
                packed.shape[1],
                out.ctypes.data + 4 * g * wide,
                out.shape[1],
            )

    rng = np.random.default_rng(d)
    steps = -(-d // 4)
    codes = np.zeros((byte_products.ROWS, steps * 4), np.int8)
    codes[:, :d] = rng.choice([-127, -1, 0, 5, 127], (byte_products.ROWS, d))
    labels = rng.choice([-127, -3, 0, 1, 127], (45, d)).astype(np.int8)
    packed = byte_products.pack(labels, n_lanes)
    out = np.zeros((byte_products.ROWS, packed.shape[0] * wide), np.int32)
    multiply(codes, packed, out)
    excess = 128 * codes.astype(np.int64).sum(1)
    expected = codes[:, :d].astype(np.int64) @ labels.astype(np.int64).T
    np.testing.assert_array_equal(out[:, :45] - excess[:, None], expected)


@pytest.mark.skipif(not byte_products.lanes(), reason="no instruction for bytes")
def test_a_processor_named_by_hand_is_not_asked_for_bytes(monkeypatch):
    byte_products.lanes.cache_clear()
    monkeypatch.setattr(byte_products.config, "CPU_NAME", "generic")
    assert byte_products.lanes() == 0
    byte_products.lanes.cache_clear()
