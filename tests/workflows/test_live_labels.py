"""What is said and what is learned, counted as it comes, beside dictionaries."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.study import CELL_KINDS, CellTable
from napari_dinobloom.workflows.label_columns import LabelColumns
from napari_dinobloom.workflows.live_labels import LiveLabels, Tally

N = 12
IDS = 10 + 3 * np.arange(N)
KNOWN = [*IDS.tolist(), 5, 11]  # of the last two no cell is there
NAMES = ("blast", "monocyte", "artefact")
SAID = st.lists(
    st.tuples(st.sampled_from(KNOWN), st.sampled_from([*NAMES, None])), max_size=6
)


def table() -> CellTable:
    columns = {name: np.zeros(N) for name in CellTable.__dataclass_fields__}
    kinds, pictures = np.arange(N) % 3, np.arange(N) % 4 + 1
    return CellTable(
        **(columns | {"cell_id": IDS, "kind": kinds, "picture_id": pictures})
    )


def columns_of(said) -> LabelColumns:
    """With a cell twice, as it may come; the last counts."""
    codes = [NAMES.index(name) if name else -1 for _, name in said]
    ids = np.array([cell_id for cell_id, _ in said], np.int64)
    return LabelColumns(ids, np.array(codes, np.int32), NAMES)


@given(jobs=st.lists(st.lists(SAID, max_size=3), max_size=4))
def test_counts_follow_what_was_said(jobs) -> None:
    cells, known = table(), {}
    labels, tally = LiveLabels(cells), Tally(cells.picture_id)
    for job in jobs:
        wanted = dict(known)
        for said in job:
            labels.say(columns_of(said))
            wanted |= {i: name for i, name in said if i in IDS}
        wanted = {i: name for i, name in wanted.items() if name}
        differ = {i for i in wanted.keys() | known if wanted.get(i) != known.get(i)}
        rows = labels.waiting
        assert set(IDS[rows].tolist()) == differ
        tally.change(rows, labels.known[rows], labels.said[rows])
        labels.note_learned()
        known = wanted
        assert not len(labels.waiting)
        assert labels.n_known == len(tally) == len(known)
        by_class = dict(zip(labels.names, tally.of_class.tolist(), strict=False))
        assert {n: c for n, c in by_class.items() if c} == Counter(known.values())
        at = {i: row for row, i in enumerate(IDS.tolist())}
        pictures = {int(cells.picture_id[at[i]]) for i in known}
        assert tally.pictures == sorted(pictures)
        expected = np.zeros((len(labels.names), len(CELL_KINDS)), int)
        for i, name in known.items():
            expected[labels.names.index(name), cells.kind[at[i]]] += 1
        np.testing.assert_array_equal(labels.counted(), expected)
