"""The commands, and what becomes of their errors."""

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from napari_dinobloom.cli.console import INTERRUPTED, MENDABLE, messages, say
from napari_dinobloom.core import DinoBloomError

app = typer.Typer(
    name="napari-dinobloom",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from napari_dinobloom import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say the version.", callback=_say_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Find, embed, map and label the cells of blood and bone-marrow smears.

    Research use only, not a medical device.
    """


CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def explained(command: CommandT) -> CommandT:
    """The command, with errors a person can mend said in words and no traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DinoBloomError as error:
            messages.print(f"[red]Error:[/red] {_escaped(error.what)}")
            if error.remedy:
                messages.print(f"[bold]→[/bold] {_escaped(error.remedy)}")
            raise typer.Exit(MENDABLE) from None
        except KeyboardInterrupt:
            say("Stopped. What was done is kept; the same command goes on from here.")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # `… | head`: the reader has seen enough.
            raise typer.Exit(MENDABLE) from None

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the signature


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
