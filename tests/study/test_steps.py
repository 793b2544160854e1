"""Undo without limit takes little memory, and gives back what was said."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.study import LabelRecord, SetLabels, SetTaxonomy, Study, Taxonomy
from napari_dinobloom.study.sayings import Sayings
from napari_dinobloom.study.statements import Saying

MINUTE = "2026-11-28T12:{:02d}:00.{:03d}+00:00"
TIMES = st.one_of(
    st.sampled_from(
        [
            *("", "t", "2026-11-28", "2026-11-28T12:00:00.123", "12:00"),
            *("2026-11-28T12:00:00+00:00", "2026-11-28T12:00:00.123+01:00"),
            *("1969-12-31T23:59:59.999+00:00", "9999-12-31T23:59:59.999+00:00"),
        ]
    ),
    st.builds(MINUTE.format, st.integers(0, 59), st.integers(0, 999)),
)
SAYINGS = st.lists(
    st.builds(
        Saying,
        st.sampled_from(["blast", "赤芽球", "", None]),
        st.sampled_from(["Ada", "Grace"]),
        TIMES,
        prediction=st.sampled_from(["", "1f0c 0.93"]),
        note=st.sampled_from(["", "unsure"]),
    )
)


def said_of(n: int) -> SetLabels:
    record = LabelRecord(n, "blast" if n % 3 else None, "Ada", MINUTE.format(0, n))
    return SetLabels((record,))


@given(first=SAYINGS, more=SAYINGS, kept=st.integers(0, 20))
def test_a_saying_is_given_back_to_the_letter_whatever_its_time(
    first: list[Saying], more: list[Saying], kept: int
) -> None:
    sayings = Sayings(lambda s: int(s.note == "unsure"))
    sayings.extend(first)
    sayings.cut(min(kept, len(first)))
    sayings.extend(more)
    expected = first[:kept] + more
    assert sayings.part(0, len(sayings)) == expected
    words = sayings.words(slice(None)).tolist()
    assert words == [int(s.note == "unsure") for s in expected]


@pytest.mark.parametrize("group", [None, "赤", "a#b"])
def test_every_label_is_taken_back_and_done_again_in_its_turn(
    group: str | None,
) -> None:
    study, seen = Study(author="Ada"), []
    for n in range(60):
        if n % 20 == 7:
            study.apply(SetTaxonomy(Taxonomy().extended([f"class {n}"])))
        study.apply(said_of(n), None if group is None else f"{group}{n}")
        seen.append((list(study.labels), study.undo_summary, study.labels.version))
    for said, summary, version in reversed(seen):
        if study.undo_summary.startswith("change the classes"):
            study.undo()
        assert list(study.labels) == said
        assert (study.undo_summary, study.labels.version) == (summary, version)
        assert study.undo() == summary
    assert len(study.labels) == 0
    while study.redo():
        pass
    assert list(study.labels) == seen[-1][0]


def test_a_label_and_what_undoes_it_take_less_than_a_record_of_it() -> None:
    study, edits = Study(author="Ada"), [said_of(n) for n in range(1, 900)]
    for edit in edits[:100]:
        study.apply(edit, f"label-{id(edit)}")
    tracemalloc.start()
    try:
        for edit in edits[100:]:
            study.apply(edit, f"label-{id(edit)}")
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken < 250 * 799, f"{taken / 799:.0f} bytes each"
