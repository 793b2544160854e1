"""What a person says about cells; each call is one step of undo."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np

from napari_dinobloom.study import (
    ACCEPTED,
    SURE,
    UNSURE,
    Saying,
    SetLabels,
    SetTaxonomy,
    Statements,
    Study,
    now,
)
from napari_dinobloom.study.ascending import ascending, numbered

_FEW = 16
"""So many records are kept as such: smaller than columns of one number each."""


def label_cells(
    study: Study,
    cell_ids: Iterable[int] | np.ndarray,
    class_name: str | None,
    *,
    source: str = "person",
    note: str = "",
) -> None:
    """Label cells; None takes their labels away.

    Parameters
    ----------
    source, note
        See `LabelRecord`.

    Raises
    ------
    KeyError
        If a cell is not there; then none is labelled.
    """
    said = [_Said(class_name, source, note=note)]
    _append(study, _known(study, cell_ids), said)


def clear_labels(study: Study, cell_ids: Iterable[int] | np.ndarray) -> None:
    """Take labels and unsure marks away.

    Raises
    ------
    KeyError
        If a cell is not there.
    """
    label_cells(study, cell_ids, None)


def accept_predictions(
    study: Study,
    cell_ids: Sequence[int] | np.ndarray,
    codes: Sequence[int] | np.ndarray,
    class_names: Sequence[str],
    probabilities: Sequence[float] | np.ndarray,
    revision: str,
) -> None:
    """Agree, as a person, to what was predicted for these cells.

    Parameters
    ----------
    cell_ids
        (n,) int, ascending.
    codes
        (n,) index into ``class_names`` of the class that was predicted.
    probabilities
        (n,) of that class; kept to two decimals.
    revision
        Of the predictions; the label says what it was accepted from.

    Raises
    ------
    KeyError
        If a cell is not there.
    """
    ids = np.asarray(cell_ids, np.int64)
    study.cells.rows_of(ids)
    chance = np.nan_to_num(np.asarray(probabilities, np.float64))
    percent = np.rint(100 * chance).astype(np.int64)
    pairs, which = numbered(101 * np.asarray(codes, np.int64) + percent)
    said = [
        _Said(class_names[pair // 101], ACCEPTED, f"{revision} {pair % 101 / 100:.2f}")
        for pair in pairs
    ]
    _append(study, ids, said, which)


def mark_unsure(study: Study, cell_ids: Iterable[int] | np.ndarray) -> None:
    """Say that one looked at these cells and is not sure; their classes stay.

    Where all of them are marked already, the marks are taken away.

    Raises
    ------
    KeyError
        If a cell is not there.
    """
    ids = _known(study, cell_ids)
    codes, unsure = study.labels.classes_of(ids)
    note = SURE if unsure.all() else UNSURE
    names = (*study.labels.class_names, None)  # -1 is the last
    used, which = numbered(codes)
    said = [_Said(names[code], "person", note=note) for code in used]
    _append(study, ids, said, which)


def record_labels(
    study: Study,
    labels: Mapping[int, str | None],
    source: str,
    note: str = "",
    group: str | None = None,
) -> None:
    """Append statements by cell id, with the classes that the scheme lacks.

    The cells are not looked up: see `label_cells`. A ``group`` makes them part of a
    step that is under way.
    """
    said = {name: i for i, name in enumerate(dict.fromkeys(labels.values()))}
    _append(
        study,
        np.fromiter(labels, np.int64, len(labels)),
        [_Said(name, source, note=note) for name in said],
        np.fromiter((said[n] for n in labels.values()), np.int32, len(labels)),
        group,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said, before it is known by whom and when."""

    class_name: str | None
    source: str
    prediction: str = ""
    note: str = ""


def _append(
    study: Study,
    cell_ids: np.ndarray,
    said: Sequence[_Said],
    which: np.ndarray | None = None,
    group: str | None = None,
) -> None:
    """Append what is said about each cell, with the classes that the scheme lacks."""
    if not len(cell_ids):
        return
    at, author = now(), study.author
    names = {s.class_name for s in said if s.class_name}
    taxonomy = study.taxonomy.extended(sorted(names))
    # A name of its own: acts in the same millisecond are steps of their own.
    group = group or f"label-{uuid4().hex[:12]}"
    if taxonomy != study.taxonomy:
        study.apply(SetTaxonomy(taxonomy), group)
    sayings = [
        Saying(s.class_name, author, at, s.source, s.prediction, s.note) for s in said
    ]
    statements = Statements(cell_ids, sayings, which)
    few = len(statements) <= _FEW
    study.apply(SetLabels(tuple(statements) if few else statements), group)


def _known(study: Study, cell_ids: Iterable[int] | np.ndarray) -> np.ndarray:
    """Ascending ids, once each; raises `KeyError` if a cell is not there."""
    given = cell_ids if isinstance(cell_ids, np.ndarray) else list(cell_ids)
    ids = np.array(given, np.int64)  # a copy: it is kept
    ids = ascending(ids)
    study.cells.rows_of(ids)
    return ids
