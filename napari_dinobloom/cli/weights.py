"""``weights``: the networks' files, fetched, added by hand, verified."""

from pathlib import Path
from typing import Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import finish, print_json, print_table, say
from napari_dinobloom.cli.studies import AsJson

weights_app = typer.Typer(
    help="Weights of DinoBloom and RedDino: list, fetch, add, verify, remove.",
    no_args_is_help=True,
)
app.add_typer(weights_app, name="weights", rich_help_panel="This computer")

Name = Annotated[str, typer.Argument(help="The encoder: dinobloom-s, reddino-b, …")]


@weights_app.command("list")
@explained
def list_command(as_json: AsJson = False) -> None:
    """Show which weights are here and which can be fetched.

    Example: napari-dinobloom weights list
    """
    from napari_dinobloom.encoding.weights import list_weights, weights_folder

    statuses = list_weights()
    if as_json:
        print_json(
            {
                "folder": weights_folder(),
                "weights": [
                    {
                        "name": s.file.name,
                        "here": s.path is not None,
                        "path": s.path,
                        "size_mb": s.file.size_mb,
                        "sha256": s.sha256,
                        "url": s.file.url,
                    }
                    for s in statuses
                ],
            }
        )
        return
    print_table(
        ["encoder", "MB", "here"],
        [(s.file.name, s.file.size_mb, "yes" if s.path else "–") for s in statuses],
    )
    say(f"Folder: {weights_folder()}")


@weights_app.command()
@explained
def fetch(
    name: Name,
    base_url: Annotated[
        str | None, typer.Option(help="A mirror that holds the file under its name.")
    ] = None,
) -> None:
    """Download weights; a broken download goes on where it stopped.

    Example: napari-dinobloom weights fetch dinobloom-s
    """
    from napari_dinobloom.encoding.weights import fetch as fetch_weights

    path = finish(fetch_weights(name, base_url), f"Fetching {name}")
    say(f"{name} is in {path}")


@weights_app.command()
@explained
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file fetched by hand.")],
) -> None:
    """Copy weights that were fetched on another computer, after looking into them.

    Example: napari-dinobloom weights add dinobloom-s DinoBloom-S.pth
    """
    from napari_dinobloom.encoding.weights import add as add_weights

    say(f"{name} is in {add_weights(name, file)}")


@weights_app.command()
@explained
def verify(name: Name) -> None:
    """Compute the digest of a file of weights and hold it against the expected one.

    Example: napari-dinobloom weights verify dinobloom-s
    """
    from napari_dinobloom.encoding.weights import verify as verify_weights

    say(verify_weights(name).statement)


@weights_app.command()
@explained
def remove(name: Name) -> None:
    """Delete a file of weights.

    Example: napari-dinobloom weights remove dinobloom-g
    """
    from napari_dinobloom.encoding.weights import remove as remove_weights

    removed = remove_weights(name)
    say(f"{name} is removed." if removed else f"{name} was not here.")
