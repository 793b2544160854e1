"""Errors that a person can act on."""


class DinoBloomError(Exception):
    """What happened, to what, and what to do about it.

    Everything that goes wrong for a reason a person can mend is one of these; the
    command line prints it without a traceback, the viewer shows it as a message.

    Parameters
    ----------
    what
        One or two sentences: what happened and to which file, slide or cell.
    remedy
        What to do next, ideally a command or a button to press. May be empty.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}\n{remedy}" if remedy else what)

    def __reduce__(self) -> tuple[type["DinoBloomError"], tuple[str, str]]:
        """Rebuild from both sentences, so that it crosses a process boundary whole."""
        return type(self), (self.what, self.remedy)


class BadInputError(DinoBloomError):
    """A file, table or parameter that cannot be used as it is."""


class UnknownNameError(BadInputError):
    """A method, class or slide that nobody has heard of."""


class MissingDependencyError(DinoBloomError):
    """A package that belongs to an extra and is not installed."""

    @classmethod
    def of(cls, package: str, extra: str, purpose: str) -> "MissingDependencyError":
        """Say which package is missing, for what, and the command that installs it."""
        return cls(
            f"{purpose} needs the package {package}, which is not installed.",
            f"Install it: pip install 'napari-dinobloom[{extra}]'",
        )
