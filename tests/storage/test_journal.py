"""Random edits, undo, redo, saves, closings and crashes beside a plain model."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    FeatureMatrix,
    Finding,
    LabelRecord,
    Picture,
    Predictions,
    Projection,
    Recipe,
    ReplaceCells,
    Rows,
    SetElement,
    SetLabels,
    SetTaxonomy,
    Slide,
    Study,
    now,
    set_element,
)

CLASSES = ("blast", "Lymphozyt", "赤血球", "")
GROUPS = st.sampled_from([None, None, "one", "two", "edit", "a#b"])


@dataclass(frozen=True)
class Plain:
    """What a study shows, in built-in types."""

    slides: tuple[tuple[str, str], ...] = ()
    pictures: tuple[tuple[int, str], ...] = ()
    cells: tuple[tuple[int, tuple[int, ...]], ...] = ()
    records: tuple[tuple[int, str | None], ...] = ()
    classes: tuple[str, ...] = ()
    elements: tuple[tuple[tuple[str, str], str], ...] = ()

    def having(self, **changes: dict[Any, Any]) -> "Plain":
        """With entries set or, where None, taken away."""
        new = {f: getattr(self, f) for f in self.__dataclass_fields__}
        for name, change in changes.items():
            mapping = dict(new[name])
            for key, value in change.items():
                mapping.pop(key, None) if value is None else mapping.update(
                    {key: value}
                )
            new[name] = tuple(mapping.items())
        return Plain(**new)


def seen(study: Study) -> Plain:
    elements = tuple(
        ((kind, name), study.element(kind, name).revision)
        for kind, name in study._contents.elements
    )
    return Plain(
        slides=tuple((n, s.diagnosis) for n, s in study.slides.items()),
        pictures=tuple((i, p.slide) for i, p in study.pictures.items()),
        cells=tuple(sorted((i, tuple(f.cells)) for i, f in study.findings.items())),
        records=tuple((r.cell_id, r.class_name) for r in study.labels),
        classes=tuple(study.taxonomy.names()),
        elements=elements,
    )


@dataclass
class Model:
    """Undo by keeping every state."""

    now: Plain = Plain()
    done: list[tuple[str | None, Plain]] = field(default_factory=list)
    undone: list[tuple[str | None, Plain]] = field(default_factory=list)

    def do(self, state: Plain, group: str | None) -> None:
        same = group is not None and not self.undone and self.done
        if not (same and self.done[-1][0] == group):
            self.done.append((group, self.now))
        self.undone.clear()
        self.now = state

    def move(self, source: str, target: str) -> None:
        group, state = getattr(self, source).pop()
        getattr(self, target).append((group, self.now))
        self.now = state


class Journey(RuleBasedStateMachine):
    """A laboratory at work."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.rows: dict[str, dict[int, float]] = {}
        self.cells_ever: set[int] = set()
        self.pictures_ever: set[int] = set()
        self.in_memory = Study(author="Ada")

    @property
    def study(self) -> Study:
        return self.in_memory

    def picture(self, draw: st.DataObject) -> int:
        return draw.draw(st.sampled_from(list(self.study.pictures)))

    # -- edits -------------------------------------------------------------------

    @rule(slide=st.sampled_from("ABC"), diagnosis=st.sampled_from(["", "ALL"]))
    def describe_slide(self, slide: str, diagnosis: str) -> None:
        self.study.apply(ChangeSlides({slide: Slide(slide, diagnosis=diagnosis)}))
        self.model.do(self.model.now.having(slides={slide: diagnosis}), None)

    @rule(slide=st.sampled_from("ABC"))
    def take_slide_away(self, slide: str) -> None:
        gone = {p.picture_id: None for p in self.study.pictures_of(slide)}
        self.study.apply(ChangeSlides({slide: None}, gone))
        self.model.do(self.model.now.having(slides={slide: None}, pictures=gone), None)

    @rule(slide=st.sampled_from("ABC"), group=GROUPS)
    def add_picture(self, slide: str, group: str | None) -> None:
        new = self.study.reserve_picture_ids(1)
        assert new not in self.pictures_ever
        self.pictures_ever.add(new)
        picture = Picture(new, slide, Path(f"/{new}.png"), 9, 9)
        known = dict(self.model.now.slides).get(slide, "")
        self.study.apply(
            ChangeSlides({slide: Slide(slide, diagnosis=known)}, {new: picture}), group
        )
        state = self.model.now.having(slides={slide: known}, pictures={new: slide})
        self.model.do(state, group)

    @precondition(lambda self: len(self.study.pictures))
    @rule(data=st.data(), n=st.integers(0, 4), group=GROUPS)
    def find_cells(self, data: st.DataObject, n: int, group: str | None) -> None:
        picture = self.picture(data)
        first = self.study.reserve_cell_ids(n)
        ids = tuple(range(first, first + n))
        assert not self.cells_ever & set(ids)
        self.cells_ever |= set(ids)
        zeros = [np.zeros(n)] * 12
        table = CellTable(np.array(ids, int), np.full(n, picture), *zeros)
        self.study.apply(
            ReplaceCells({picture: Finding(table, Recipe("smear"))}), group
        )
        cells = tuple(sorted({**dict(self.model.now.cells), picture: ids}.items()))
        state = Plain(**{**self.model.now.__dict__, "cells": cells})
        self.model.do(state, group)

    @precondition(lambda self: len(self.study.cells))
    @rule(
        data=st.data(),
        name=st.sampled_from([*CLASSES, None]),
        group=GROUPS,
        n=st.just(2),
    )
    def label(
        self, data: st.DataObject, name: str | None, group: str | None, n: int
    ) -> None:
        ids = data.draw(
            st.lists(st.sampled_from(list(self.study.cells)), min_size=1, max_size=n)
        )
        records = tuple(LabelRecord(i, name, "Ada", now()) for i in ids)
        self.study.apply(SetLabels(records), group)
        before = self.model.now
        added = before.records + tuple((i, name) for i in ids)
        self.model.do(Plain(**{**before.__dict__, "records": added}), group)

    @rule(names=st.lists(st.sampled_from(CLASSES), max_size=3))
    def change_scheme(self, names: list[str]) -> None:
        taxonomy = self.study.taxonomy.extended(names)
        self.study.apply(SetTaxonomy(taxonomy))
        state = {**self.model.now.__dict__, "classes": tuple(taxonomy.names())}
        self.model.do(Plain(**state), None)

    @rule(
        kind=st.sampled_from(["features", "projection", "predictions"]),
        name=st.sampled_from(["x", "y/z"]),
        group=GROUPS,
    )
    def compute(self, kind: str, name: str, group: str | None) -> None:
        ids = self.study.cells.cell_id
        values = np.random.default_rng(len(ids)).random((len(ids), 2), np.float32)
        rows = Rows(ids, values)
        element: FeatureMatrix | Projection | Predictions
        if kind == "features":
            element = FeatureMatrix(name, ("a", "b"), Recipe("m"), blocks=(rows,))
        elif kind == "projection":
            element = Projection(name, rows, Recipe("u"))
        else:
            element = Predictions(name, ("p", "q"), rows, Recipe("k"))
        self.rows[element.revision] = dict(
            zip(ids.tolist(), values[:, 0].tolist(), strict=True)
        )
        self.study.apply(set_element(element), group)
        change = {(kind, name): element.revision}
        self.model.do(self.model.now.having(elements=change), group)

    @precondition(lambda self: self.study.names_of("features"))
    @rule(data=st.data())
    def embed_further_cells(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.study.names_of("features")))
        known = self.rows[self.study.features(name).revision]
        ids = self.study.cells.cell_id
        values = np.random.default_rng(1).random((len(ids), 2), np.float32)
        self.study.add_feature_rows(name, Rows(ids, values))
        for cell, value in zip(ids.tolist(), values[:, 0].tolist(), strict=True):
            known.setdefault(cell, value)

    @precondition(lambda self: self.study._contents.elements)
    @rule(data=st.data())
    def drop_result(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(list(self.study._contents.elements)))
        self.study.apply(SetElement(key, None))
        self.model.do(self.model.now.having(elements={key: None}), None)

    # -- history -----------------------------------------------------------------

    @precondition(lambda self: self.model.done)
    @rule()
    def undo(self) -> None:
        assert self.study.undo_summary
        self.study.undo()
        self.model.move("done", "undone")

    @precondition(lambda self: self.model.undone)
    @rule()
    def redo(self) -> None:
        assert self.study.redo_summary
        self.study.redo()
        self.model.move("undone", "done")

    @invariant()
    def study_is_what_the_model_is(self) -> None:
        assert seen(self.study) == self.model.now
        assert bool(self.study.undo_summary) == bool(self.model.done)
        assert bool(self.study.redo_summary) == bool(self.model.undone)
        for (kind, name), revision in self.model.now.elements:
            rows = self.study.element(kind, name).rows
            first = rows.values[:, 0].tolist()
            found = dict(zip(rows.cell_ids.tolist(), first, strict=True))
            assert found == self.rows[revision]


class JourneyOnDisk(Journey):
    """A laboratory at work, with power cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "a.study"
        self.opened = create_study(self.folder, "Ada")

    @property
    def study(self) -> Study:
        return self.opened.study

    def teardown(self) -> None:
        self.opened.close()
        shutil.rmtree(self.root)

    @rule()
    def save(self) -> None:
        self.opened.save()

    @rule()
    def close_and_reopen(self) -> None:
        self.opened.close()
        self.opened = open_study(self.folder, "Ada")

    @rule()
    def crash_and_reopen(self) -> None:
        self.opened._journal.close()
        self.opened._lock.release()
        self.opened = open_study(self.folder, "Ada")


TestEveryChangeCanBeUndoneAndRedone = Journey.TestCase
TestEveryChangeCanBeUndoneAndRedone.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
TestEveryChangeSurvivesClosingAndCrashing = JourneyOnDisk.TestCase
TestEveryChangeSurvivesClosingAndCrashing.settings = settings(
    max_examples=5,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
