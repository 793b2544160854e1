"""Class schemes: names, colours, keys."""

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

    def extended(self, names: Iterable[str]) -> "Taxonomy":
        """The scheme with classes for names it does not have yet."""
        classes = list(self.classes)
        known, used_keys = set(self.names()), {c.key for c in self.classes}
        for name in names:
            if name in known:
                continue
            known.add(name)
            colour = SAFE_COLOURS[len(classes) % len(SAFE_COLOURS)]
            key = next((k for k in "123456789" if k not in used_keys), "")
            used_keys.add(key)
            classes.append(CellClass(name, colour, key))
        return replace(self, classes=tuple(classes))
