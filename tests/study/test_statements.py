"""Many statements as columns, and numbers by cell."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.study import LabelJournal, LabelRecord, Statements
from napari_dinobloom.study.by_cell import ByCell

IDS = st.sampled_from([1, 2, 4095, 4096, 4097, 9000, 10**12])
RECORDS = st.lists(
    st.builds(
        LabelRecord,
        IDS,
        st.sampled_from(["blast", "赤", "", None]),
        st.sampled_from(["Ada", "Grace"]),
        st.just("t"),
        note=st.sampled_from(["", "unsure"]),
    )
)


@given(pairs=st.lists(st.tuples(IDS, st.integers(0, 99))), asked=st.lists(IDS))
def test_numbers_by_cell_are_those_of_a_dictionary(pairs, asked) -> None:
    numbers, known = ByCell(-1), dict(pairs)
    ids, values = (np.array([p[i] for p in pairs], np.int64) for i in (0, 1))
    numbers.put(ids, values)
    expected = [known.get(i, -1) for i in asked]
    assert numbers.get(np.array(asked, np.int64)).tolist() == expected
    assert [numbers.of(i) for i in asked] == expected
    given_ids, given_numbers = numbers.given()
    assert given_ids.tolist() == sorted(known)
    assert given_numbers.tolist() == [known[i] for i in sorted(known)]


@given(records=RECORDS)
def test_statements_are_the_records_they_were_made_of(records) -> None:
    said = Statements.of(records)
    assert list(said) == records
    assert [said[i] for i in range(len(said))] == records
    assert said.about.tolist() == sorted({r.cell_id for r in records})
    assert {s.class_name for s in said.said()} == {r.class_name for r in records}


@given(before=RECORDS, more=RECORDS, cut=st.integers(0, 9))
def test_a_journal_does_not_care_how_it_is_told(before, more, cut) -> None:
    plain, columns = LabelJournal(), LabelJournal()
    for part in (before, more):
        for record in part:
            plain.append([record])
        columns.append(Statements.of(part))
    assert_same(columns, plain)
    tail = (before + more)[max(0, len(before + more) - cut) :]
    columns.withdraw(Statements.of(tail))
    for record in reversed(tail):
        plain.withdraw([record])
    assert_same(columns, plain)
    columns.append(tail)
    plain.append(tail)
    assert_same(columns, plain)


def assert_same(one: LabelJournal, other: LabelJournal) -> None:
    assert list(one) == list(other)
    assert one.version == other.version
    assert one.labels() == other.labels()
    assert one.cell_ids.tolist() == other.cell_ids.tolist()
    assert one.classes_in_use() == set(other.labels().values())
    asked = np.append(one.cell_ids, 3)  # nobody said anything about that one
    standing = [one.standing(i) for i in one.cell_ids.tolist()]
    assert list(one.standing_on(asked)) == standing
    for cell_id in one.cell_ids.tolist():
        assert one.of_cell(cell_id) == other.of_cell(cell_id)
        assert one.standing(cell_id) == one.of_cell(cell_id)[-1]
        assert one.label_of(cell_id) == other.label_of(cell_id)


def test_what_stands_is_told_for_many_at_once() -> None:
    journal = LabelJournal()
    journal.append(
        [
            LabelRecord(7, "blast", "Ada", "t"),
            LabelRecord(9, "monocyte", "Ada", "t", note="unsure"),
            LabelRecord(8, None, "Ada", "t"),
        ]
    )
    codes, unsure = journal.classes_of(np.array([9, 8, 7, 6]))
    names = np.array([*journal.class_names, None], object)
    assert names[codes].tolist() == ["monocyte", None, "blast", None]
    assert unsure.tolist() == [True, False, False, False]
