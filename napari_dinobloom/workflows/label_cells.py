"""What a person says about cells; each call is one step of undo."""

from collections.abc import Iterable, Mapping
from uuid import uuid4

import numpy as np

from napari_dinobloom.study import (
    ACCEPTED,
    SURE,
    UNSURE,
    LabelRecord,
    SetLabels,
    SetTaxonomy,
    Study,
    now,
)


def label_cells(
    study: Study,
    cell_ids: Iterable[int],
    class_name: str | None,
    *,
    source: str = "person",
    note: str = "",
    predictions: Mapping[int, str] | None = None,
) -> None:
    """Label cells; None takes their labels away.

    Parameters
    ----------
    source, note
        See `LabelRecord`.
    predictions
        What `LabelRecord.prediction` is to say, by cell id.

    Raises
    ------
    KeyError
        If a cell is not there; then none is labelled.
    """
    labels = dict.fromkeys(_known(study, cell_ids), class_name)
    record_labels(study, labels, source, note, predictions)


def clear_labels(study: Study, cell_ids: Iterable[int]) -> None:
    """Take labels and unsure marks away.

    Raises
    ------
    KeyError
        If a cell is not there.
    """
    label_cells(study, cell_ids, None)


def accept_predictions(
    study: Study, predictions: Mapping[int, tuple[str, float]], revision: str
) -> None:
    """Agree, as a person, to what was predicted for these cells.

    Parameters
    ----------
    predictions
        Class and its probability by cell id.
    revision
        Of the predictions; the label says what it was accepted from.

    Raises
    ------
    KeyError
        If a cell is not there.
    """
    _known(study, predictions)
    record_labels(
        study,
        {int(i): name for i, (name, _) in predictions.items()},
        ACCEPTED,
        predictions={
            int(i): f"{revision} {probability:.2f}"
            for i, (_, probability) in predictions.items()
        },
    )


def mark_unsure(study: Study, cell_ids: Iterable[int]) -> None:
    """Say that one looked at these cells and is not sure; their classes stay.

    Where all of them are marked already, the marks are taken away.

    Raises
    ------
    KeyError
        If a cell is not there.
    """
    ids = _known(study, cell_ids)
    journal = study.labels
    note = SURE if all(map(journal.is_unsure, ids)) else UNSURE
    record_labels(study, {i: journal.label_of(i) for i in ids}, "person", note)


def record_labels(
    study: Study,
    labels: Mapping[int, str | None],
    source: str,
    note: str = "",
    predictions: Mapping[int, str] | None = None,
) -> None:
    """Append statements by cell id, with the classes that the scheme lacks.

    The cells are not looked up: see `label_cells`.
    """
    if not labels:
        return
    at, author, said = now(), study.author, predictions or {}
    names = sorted({name for name in labels.values() if name})
    taxonomy = study.taxonomy.extended(names)
    # A name of its own: acts in the same millisecond are steps of their own.
    group = f"label-{uuid4().hex[:12]}"
    if taxonomy != study.taxonomy:
        study.apply(SetTaxonomy(taxonomy), group)
    records = tuple(
        LabelRecord(cell_id, name, author, at, source, said.get(cell_id, ""), note)
        for cell_id, name in labels.items()
    )
    study.apply(SetLabels(records), group)


def _known(study: Study, cell_ids: Iterable[int]) -> list[int]:
    """These ids, once each; raises `KeyError` if a cell is not there."""
    ids = list(dict.fromkeys(int(i) for i in cell_ids))
    study.cells.rows_of(np.array(ids, dtype=np.int64))
    return ids
