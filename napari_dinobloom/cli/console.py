"""What commands say and how: messages and progress on stderr, results on stdout."""

import json
import math
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from napari_dinobloom.core import Progress as Step
from napari_dinobloom.core import Task, run
from napari_dinobloom.core.counting import counted

if TYPE_CHECKING:
    # Only for reading: a study brings NumPy and pandas, which --help does not need.
    from napari_dinobloom.study import Study

OK, MENDABLE, USAGE, PARTLY, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done; error a person can mend; wrong call; some failed; Ctrl-C."""

_SHOWN_FAILURES = 20

messages = Console(stderr=True, highlight=False, soft_wrap=True)
results = Console(highlight=False, soft_wrap=True)

ResultT = TypeVar("ResultT")


class Advancing(Protocol):
    """A progress bar that is told how far the work has come."""

    def __call__(self, step: Step) -> None:
        """Show it."""
        ...


@contextmanager
def progress(title: str) -> Iterator[Advancing]:
    """A progress bar on stderr; nothing at all where that is no terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[message]}"),
        console=messages,
        transient=True,
        disable=not messages.is_terminal,
    )
    with bar:
        row = bar.add_task(title, total=None, message="")

        def advance(step: Step) -> None:
            bar.update(
                row,
                completed=step.done,
                total=step.total or None,
                message=escape(step.message),
            )

        yield advance


def finish(steps: Generator[Step, None, ResultT], title: str) -> ResultT:
    """Run a generator to its end under a progress bar; return what it returns."""
    with progress(title) as advance:
        try:
            while True:
                try:
                    advance(next(steps))
                except StopIteration as stop:
                    result: ResultT = stop.value
                    return result
        finally:
            steps.close()


def run_task(task: "Task[Study, Any]", study: "Study") -> Any:
    """Run a task on a study under a progress bar; its pieces are saved as they come."""
    with progress(task.title) as advance:
        return run(task, study, advance)


def say(text: str) -> None:
    """A line for the person, on stderr."""
    messages.print(escape(text))


def print_json(document: object) -> None:
    """JSON alone on stdout; numbers that are not finite become null."""
    text = json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(text + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; columns of numbers are right-aligned."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(r[i], int | float) for r in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(escape(_shown(value)) for value in row))
    results.print(table)


def report_failures(
    failures: Mapping[str, str],
    noun: str = "file",
    verdict: str = "could not be used",
) -> None:
    """List what failed and why, on stderr; the first twenty in full."""
    if not failures:
        return
    n = len(failures)
    say(f"\n{counted(n, noun)} {verdict}:")
    for subject, reason in list(failures.items())[:_SHOWN_FAILURES]:
        say(f"  {subject}\n    {reason.replace(chr(10), ' ')}")
    if n > _SHOWN_FAILURES:
        say(f"  … and {n - _SHOWN_FAILURES} more.")


def leave(failures: Mapping[str, str]) -> None:
    """End with exit code 3 if some files failed, else go on."""
    if failures:
        raise typer.Exit(PARTLY)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _plain(value: Any) -> Any:
    """The value in what JSON knows: numpy numbers, paths and nan included."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
