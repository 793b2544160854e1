"""Names to factories, open to other packages through entry points."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from napari_dinobloom.core.errors import UnknownNameError

T = TypeVar("T")


class Registry(Generic[T]):
    """Factories by name; nothing is imported or built before it is asked for.

    Parameters
    ----------
    kind
        What is registered, in the singular: "segmenter". Used in messages.
    group
        Entry-point group in which other packages announce theirs, or None.
    """

    def __init__(self, kind: str, group: str | None = None) -> None:
        self.kind = kind
        self._group = group
        self._factories: dict[str, Callable[..., T]] = {}

    def register(self, name: str, factory: Callable[..., T]) -> None:
        """Add a factory; a name is taken once."""
        if name in self._factories:
            raise ValueError(f"the {self.kind} {name!r} is registered already")
        self._factories[name] = factory

    def create(self, name: str, /, **parameters: object) -> T:
        """Build the named one.

        Raises
        ------
        UnknownNameError
            If nobody registered it; the message names the nearest spelling.
        """
        if name in self._factories:
            return self._factories[name](**parameters)
        for point in self._entry_points():
            if point.name == name:
                factory: Callable[..., T] = point.load()
                return factory(**parameters)
        self.require(name)
        raise AssertionError(name)  # `require` has raised

    def require(self, name: str) -> None:
        """Raise `UnknownNameError` unless somebody registered this name."""
        if name in self.names():
            return
        near = get_close_matches(name, self.names(), n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise UnknownNameError(
            f"There is no {self.kind} called {name!r}.",
            f"{hint}Known: {', '.join(self.names())}.",
        )

    def names(self) -> list[str]:
        """All names, built-in ones first in the order they were registered."""
        foreign = sorted(point.name for point in self._entry_points())
        return [*self._factories, *(n for n in foreign if n not in self._factories)]

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _entry_points(self) -> list[EntryPoint]:
        return list(entry_points(group=self._group)) if self._group else []
