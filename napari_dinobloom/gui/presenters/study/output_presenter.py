"""Report and exports: what goes out of a study, and how that is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from napari_dinobloom.gui.presenters.desk import Desk

_STOPPED = "Stopped; nothing was written."
_PARTLY = 3  # exit code of the command line: some pictures could not be used
_IN_WORDS = {
    "report": "the report",
    "csv": "the table",
    "geojson": "the outlines for QuPath",
    "masks": "the label images",
    "coco": "the boxes and outlines (COCO)",
    "h5ad": "the cells for scanpy",
}


class Commands(Protocol):
    """What the presenter asks of whoever runs the command line."""

    ended: Any
    """Signal(int, str): exit code, negative where it was stopped, and what was said."""

    @property
    def is_busy(self) -> bool:
        """Whether a command runs."""
        ...

    def run(self, arguments: Sequence[str]) -> None:
        """Start a command."""
        ...

    def cancel(self) -> None:
        """Stop it."""
        ...


class OutputView(Protocol):
    """What the presenter asks of the line below the top of the dock."""

    written_wished: Any
    """Signal(str, Path): "report" or the name of an export, and where it shall lie."""
    stop_wished: Any
    """Signal()."""

    def show_writing(self, text: str) -> None:
        """Something is being written, and can be stopped."""
        ...

    def show_written(self, text: str, path: Path) -> None:
        """It lies there; the person may open it."""
        ...

    def show_failed(self, what: str, remedy: str) -> None:
        """It was not written."""
        ...

    def show_nothing(self) -> None:
        """There is nothing to say any more."""
        ...


class OutputPresenter:
    """Has reports and exports written beside the viewer."""

    def __init__(self, desk: Desk, commands: Commands, view: OutputView) -> None:
        self._desk, self._commands, self._view = desk, commands, view
        self._kind, self._out = "", Path()
        self._is_stopped = False
        view.written_wished.connect(self.write)
        view.stop_wished.connect(self.stop)
        commands.ended.connect(self._ended)
        desk.study_closed.connect(self._closed)

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._commands.ended.disconnect(self._ended)
        self._desk.study_closed.disconnect(self._closed)

    def write(self, kind: str, out: Path) -> None:
        """Write the report or an export; the person has agreed to replace a file."""
        folder = self._desk.folder
        if folder is None:
            return
        if self._commands.is_busy:
            self._view.show_failed(
                f"Writing {_IN_WORDS[self._kind]} goes on.", "Wait for its end."
            )
            return
        self._kind, self._out, self._is_stopped = kind, out, False
        arguments = ["report", str(folder), "--out", str(out)]
        if kind != "report":
            arguments = ["export", str(folder), "--format", kind, "--out", str(out)]
        if not out.is_dir():
            arguments.append("--overwrite")
        self._commands.run(arguments)
        self._view.show_writing(f"Writing {_IN_WORDS[kind]} …")

    def stop(self) -> None:
        """Give it up."""
        self._is_stopped = True
        self._commands.cancel()

    def _ended(self, code: int, said: str) -> None:
        if not self._kind:
            return  # of another dock of the same viewer
        kind, self._kind = self._kind, ""
        if self._is_stopped:
            self._view.show_failed(_STOPPED, "")
        elif code in (0, _PARTLY):
            lines = [_written(kind, self._out), *self._left_out(kind)]
            if code == _PARTLY:
                lines += [line for line in said.splitlines()[1:] if line]
            self._view.show_written("\n".join(lines), self._out)
        else:
            self._view.show_failed(*_failure(kind, said))

    def _left_out(self, kind: str) -> list[str]:
        """What a person would look for in it and not find."""
        study = self._desk.study
        if study is None or study.names_of("predictions"):
            return []
        if not study.labels.labels():
            return []
        missing = "no predictions" if kind != "report" else "no differential count"
        how = "press “Keep these predictions” on the page Label before."
        return [f"It has {missing}: {how}"]

    def _closed(self) -> None:
        if not self._kind:
            self._view.show_nothing()


def _written(kind: str, out: Path) -> str:
    words = _IN_WORDS[kind]
    return f"{words[0].upper()}{words[1:]} lies in {out.name}."


def _failure(kind: str, said: str) -> tuple[str, str]:
    """What the command line said, as error and remedy."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    what = next((i for i, line in enumerate(lines) if line.startswith("Error:")), None)
    if what is None:
        last = lines[-1] if lines else "no details"
        return f"Writing {_IN_WORDS[kind]} went wrong ({last}).", "Try it again."
    told = " ".join(lines[what:]).removeprefix("Error:").strip()
    error, _, remedy = told.partition(" → ")
    return error, remedy
