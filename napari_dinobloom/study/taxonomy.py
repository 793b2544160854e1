"""Class schemes: names, colours, keys."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from napari_dinobloom.core import BadInputError, UnknownNameError

# Paul Tol's "bright" and "muted" schemes and Okabe–Ito, merged: told apart by
# colour-blind eyes when neighbours in the list are used together. Without the orange,
# blue and green in which the kinds of unlabelled cells are drawn.
# https://personal.sron.nl/~pault/ ; https://jfly.uni-koeln.de/color/
SAFE_COLOURS = (
    "#228833", "#AA3377", "#66CCEE", "#CCBB44", "#EE6677", "#332288",
    "#D55E00", "#44AA99", "#882255", "#DDCC77", "#999933", "#88CCEE",
    "#CC6677", "#117733", "#CC79A7", "#4477AA",
)  # fmt: skip
UNLABELLED_COLOUR = "#BBBBBB"
ARTEFACT = "artefact"
"""The class of what is no cell, or cannot be judged; it has the key x everywhere."""
ARTEFACT_COLOUR = "#7F7F7F"
RESERVED_KEYS = {
    " ": "accepts the prediction",
    "u": "marks a cell unsure",
    "x": "marks an artefact",
    "?": "shows the keys",
    "n": "goes to the next cell",
    "p": "goes to the cell before",
    ",": "pages back",
    ".": "pages on",
    "f": "fits the picture into the window",
    "r": "resets the view",
}
"""Keys that mean the same under every scheme, and what they do."""


@dataclass(frozen=True, slots=True)
class CellClass:
    """One class of a scheme.

    Parameters
    ----------
    colour
        "#RRGGBB".
    key
        The key that gives this label, or empty.
    code
        Ontology code such as "CL:0000094", or empty.
    """

    name: str
    colour: str
    key: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The classes a study knows, in the order in which they are shown."""

    name: str = "classes"
    classes: tuple[CellClass, ...] = ()

    def __post_init__(self) -> None:
        names = [cell_class.name for cell_class in self.classes]
        if len(set(names)) != len(names):
            raise BadInputError(f"The scheme {self.name} names a class twice.")

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def names(self) -> list[str]:
        """Names of all classes, in order."""
        return [cell_class.name for cell_class in self.classes]

    def colour_of(self, name: str | None) -> str:
        """The class's colour; grey for None and for unknown names."""
        for cell_class in self.classes:
            if cell_class.name == name:
                return cell_class.colour
        return UNLABELLED_COLOUR

    def get(self, name: str) -> CellClass:
        """The class of that name.

        Raises
        ------
        UnknownNameError
            If the scheme does not have it.
        """
        for cell_class in self.classes:
            if cell_class.name == name:
                return cell_class
        raise UnknownNameError(
            f"The scheme {self.name} has no class {name!r}.",
            f"Known: {', '.join(self.names()) or 'none yet'}.",
        )

    def require_sound(self) -> "Taxonomy":
        """The scheme itself, if a person can work with it.

        Asked before a scheme is taken into use, not when an old study is read: that one
        has to open whatever its scheme looks like.

        Raises
        ------
        BadInputError
            If a name is empty, a colour is no colour, or a key is given twice, means
            something else everywhere, or is no single letter or digit.
        """
        holder: dict[str, str] = {}
        for cell_class in self.classes:
            _require_sound(cell_class)
            key = cell_class.key.lower()
            if key and key in holder:
                raise BadInputError(
                    f"{holder[key]} and {cell_class.name} both have the key {key}.",
                    "Give one of them another key, or none.",
                )
            holder[key] = cell_class.name
        return self

    def free_keys(self) -> list[str]:
        """Letters and digits that no class has and that mean nothing else."""
        used = {c.key.lower() for c in self.classes} | set(RESERVED_KEYS)
        return [
            key for key in "1234567890abcdefghijklmnopqrstuvwxyz" if key not in used
        ]

    def with_class(self, name: str, changed: CellClass | None) -> "Taxonomy":
        """The scheme with one class changed, or without it.

        Raises
        ------
        UnknownNameError
            If the scheme does not have it.
        """
        before = self.get(name)
        places = [changed if c is before else c for c in self.classes]
        return replace(self, classes=tuple(c for c in places if c is not None))

    def moved(self, name: str, by: int) -> "Taxonomy":
        """The scheme with one class so many places further down (up, if negative)."""
        classes = list(self.classes)
        at = classes.index(self.get(name))
        moving = classes.pop(at)
        classes.insert(min(max(at + by, 0), len(classes)), moving)
        return replace(self, classes=tuple(classes))

    def extended(self, names: Iterable[str]) -> "Taxonomy":
        """The scheme with classes for names it does not have yet."""
        classes = list(self.classes)
        known, used_keys = set(self.names()), {c.key for c in self.classes}
        for name in names:
            if name in known:
                continue
            known.add(name)
            made = _new_class(name, classes, used_keys)
            used_keys.add(made.key)
            classes.append(made)
        return replace(self, classes=tuple(classes))


def _require_sound(cell_class: CellClass) -> None:
    name, key = cell_class.name, cell_class.key.lower()
    if not name.strip():
        raise BadInputError("A class needs a name.", "Write one, such as blast.")
    if not re.fullmatch("#[0-9A-Fa-f]{6}", cell_class.colour):
        raise BadInputError(
            f"{cell_class.colour!r} is no colour for {name}.",
            "Write red, green and blue as in #AA3377.",
        )
    if key in RESERVED_KEYS and not (key == "x" and name == ARTEFACT):
        raise BadInputError(
            f"{name} cannot have the key {'space' if key == ' ' else key}: "
            f"it {RESERVED_KEYS[key]} under every scheme.",
            "Choose another letter or digit.",
        )
    if key and not (len(key) == 1 and key.isascii() and key.isalnum()):
        raise BadInputError(
            f"{name} cannot have the key {cell_class.key!r}.",
            "A key is one letter or digit.",
        )


def _new_class(name: str, others: list[CellClass], used_keys: set[str]) -> CellClass:
    """A class with a colour and a key that the others leave free."""
    if name == ARTEFACT:
        return CellClass(ARTEFACT, ARTEFACT_COLOUR, "x")
    used = {other.colour.upper() for other in others}
    free = [colour for colour in SAFE_COLOURS if colour.upper() not in used]
    colour = free[0] if free else SAFE_COLOURS[len(others) % len(SAFE_COLOURS)]
    return CellClass(
        name, colour, next((k for k in "123456789" if k not in used_keys), "")
    )
