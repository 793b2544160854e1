"""Change the classes of a study, each change one step of undo."""

from collections import Counter
from dataclasses import replace

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.core.counting import counted
from napari_dinobloom.study import (
    CellClass,
    SetLabels,
    SetTaxonomy,
    Statements,
    Study,
    Taxonomy,
    now,
)
from napari_dinobloom.study.taxonomy import ARTEFACT

_NAMED = 8
"""So many classes are named in a sentence."""


def use_scheme(study: Study, scheme: Taxonomy) -> tuple[str, ...]:
    """Work with another scheme from now on.

    No label changes: "neutrophil" does not become "segmented neutrophil" because a
    scheme has only the latter. Classes that labels name and the scheme lacks are kept
    behind its own.

    Returns
    -------
    tuple of str
        The classes that were kept.

    Raises
    ------
    BadInputError
        If a key of the scheme is given twice or means something else everywhere.
    ReadOnlyStudyError
        If this study may only be read.
    """
    scheme.require_sound()
    used = study.labels.classes_in_use() - set(scheme.names())
    kept = [c for c in study.taxonomy.classes if c.name in used]
    unknown = used - {c.name for c in kept}
    joined = scheme
    for cell_class in kept:
        taken = {c.key.lower() for c in joined.classes}
        key = "" if cell_class.key.lower() in taken else cell_class.key
        joined = _appended(joined, replace(cell_class, key=key))
    joined = joined.extended(sorted(unknown))
    _set(study, joined)
    return tuple(name for name in joined.names() if name in used)


def what_changes(study: Study, scheme: Taxonomy) -> str:
    """What another scheme means for the labels there are; "" where there are none."""
    counts = _label_counts(study)
    if not counts or scheme == study.taxonomy:
        return ""
    total = counted(sum(counts.values()), "label")
    said = [f"{total} stay as they are; none is translated."]
    kept = [f"{name} ({n:,})" for name, n in counts.items() if name not in scheme]
    if kept:
        said.append(
            f"{scheme.name.capitalize()} has no class for {_some(kept)}: kept below "
            "its own, without a key that a new class has."
        )
    gone = [
        c.name
        for c in study.taxonomy.classes
        if c.name not in scheme and c.name not in counts
    ]
    if gone:
        said.append(f"Without labels, and so gone: {_some(gone)}.")
    return "\n\n".join([*said, "Undo takes it back."])


def _label_counts(study: Study) -> dict[str, int]:
    """How many cells have each label, commonest first."""
    codes, _ = study.labels.classes_of(study.labels.cell_ids)
    names = study.labels.class_names
    found = Counter(codes[codes >= 0].tolist())
    return {names[code]: n for code, n in found.most_common()}


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def add_class(study: Study, name: str, colour: str = "", key: str = "") -> None:
    """Add a class; colour and key are chosen where none is given.

    Raises
    ------
    BadInputError
        If the name or the key is taken.
    """
    name = name.strip()
    if name in study.taxonomy:
        raise BadInputError(f"There is a class {name} already.", "Choose another name.")
    made = study.taxonomy.extended([name]).get(name)
    made = replace(made, colour=colour or made.colour, key=key or made.key)
    _set(study, _appended(study.taxonomy, made).require_sound())


def change_class(
    study: Study, name: str, *, colour: str | None = None, key: str | None = None
) -> None:
    """Give a class another colour or key; an empty key takes it away.

    Raises
    ------
    BadInputError
        If the key is taken, or the colour is none.
    """
    cell_class = study.taxonomy.get(name)
    colour = cell_class.colour if colour is None else colour
    key = cell_class.key if key is None else key.lower()
    changed = replace(cell_class, colour=colour, key=key)
    _set(study, study.taxonomy.with_class(name, changed).require_sound())


def rename_class(study: Study, name: str, new_name: str) -> None:
    """Call a class otherwise: its labels move with it, as one step.

    What was said before stays in each cell's history. Predictions keep the old name
    until they are computed again.

    Raises
    ------
    BadInputError
        If another class has that name.
    """
    new_name, cell_class = new_name.strip(), study.taxonomy.get(name)
    if new_name == name:
        return
    if new_name in study.taxonomy:
        raise BadInputError(
            f"There is a class {new_name} already.",
            f"To join both, take the cells labelled {name} in hand and label them "
            f"{new_name}.",
        )
    scheme = study.taxonomy.with_class(name, replace(cell_class, name=new_name))
    scheme.require_sound()
    at = now()
    said = study.labels.standing_on(_labelled(study, name))
    sayings = [
        saying._replace(
            class_name=new_name,
            author=study.author,
            at=at,
            note=saying.note or f"the class was called {name}",
        )
        for saying in said.sayings
    ]
    group = f"rename-{at}"
    study.apply(SetTaxonomy(scheme), group)
    if len(said):
        study.apply(SetLabels(Statements(said.cell_ids, sayings, said.which)), group)


def move_class(study: Study, name: str, by: int) -> None:
    """Show a class further down, or up with a negative number."""
    _set(study, study.taxonomy.moved(name, by))


def remove_class(study: Study, name: str) -> None:
    """Take a class away that no label names.

    Raises
    ------
    BadInputError
        If cells have that label.
    """
    n = len(_labelled(study, name))
    if n:
        cells = "1 cell is" if n == 1 else f"{n:,} cells are"
        raise BadInputError(
            f"{cells} labelled {name}.", "Label them otherwise or clear them first."
        )
    _set(study, study.taxonomy.with_class(name, None))


def _labelled(study: Study, name: str) -> np.ndarray:
    """(n,) int64, ascending: the cells that have this label."""
    ids, names = study.labels.cell_ids, study.labels.class_names
    if name not in names:
        return ids[:0]
    codes, _ = study.labels.classes_of(ids)
    return np.asarray(ids[codes == names.index(name)])


def _appended(scheme: Taxonomy, cell_class: CellClass) -> Taxonomy:
    """The scheme with one class more; what is no cell stays last."""
    classes = list(scheme.classes)
    at = len(classes) - int(bool(classes) and classes[-1].name == ARTEFACT)
    classes.insert(at, cell_class)
    return replace(scheme, classes=tuple(classes))


def _set(study: Study, scheme: Taxonomy) -> None:
    study.require_writable()
    if scheme != study.taxonomy:
        study.apply(SetTaxonomy(scheme))
