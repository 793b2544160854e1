"""What the live classifier has learned, in a hematologist's words."""

from collections.abc import Iterable, Mapping

from napari_dinobloom.workflows.live_classifier import LiveUpdate

_PLURALS = {
    "wbc": "white cells",
    "rbc": "red cells",
    "platelet": "platelets",
    "other": "other objects",
    "cell": "single cells",
}


def learned_in_words(update: LiveUpdate) -> str:
    """One or two sentences: what it learns from and how many cells it predicts."""
    counts = update.counts
    total = sum(counts.values())
    if update.state != "ready":
        return f"Label cells of at least two classes; so far: {so_far(counts)}."
    slides = counted(update.n_slides, "slide")
    said = (
        f"Learns from {counted(total, 'label')} of {len(counts)} classes ({slides}); "
        f"{update.n_predicted:,} {plural_of_kinds(update.kinds)} predicted."
    )
    if update.n_unlearned:
        said += (
            f" {counted(update.n_unlearned, 'further label')} on cells of another kind "
            "or without features."
        )
    return " ".join(part for part in (said, update.note) if part)


def so_far(counts: Mapping[str, int]) -> str:
    """How many cells of each class; "none" where there are none."""
    if not counts:
        return "none"
    parts = [f"{counted(n, 'cell')} as {name}" for name, n in counts.items()]
    return ", ".join(parts)


def counted(n: int, noun: str) -> str:
    """Number and noun, the noun in the plural if need be."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def plural_of_kinds(kinds: Iterable[str]) -> str:
    """The kinds as a person calls many of them; "cells" where none is named."""
    names = [_PLURALS.get(kind, "cells") for kind in kinds]
    if len(names) < 2:
        return names[0] if names else "cells"
    return f"{', '.join(names[:-1])} and {names[-1]}"
