"""``samples``: smears to try the program on, synthetic ones or public sets."""

from collections.abc import Generator
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import finish, print_table, say
from napari_dinobloom.core import Progress

ResultT = TypeVar("ResultT")


@app.command(rich_help_panel="Start here")
@explained
def samples(
    folder: Annotated[
        Path, typer.Argument(help="Where to write them; or `fetch`, or `list`.")
    ],
    name: Annotated[
        str | None, typer.Argument(help="After `fetch`: the public set.")
    ] = None,
    laboratories: Annotated[
        int, typer.Option(min=1, help="How many laboratories, each with its stain.")
    ] = 4,
    patients: Annotated[int, typer.Option(min=1, help="Per laboratory.")] = 2,
    fields: Annotated[int, typer.Option(min=1, help="Pictures per patient.")] = 4,
    seed: Annotated[int, typer.Option(help="The same seed, the same smears.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="After `fetch`: how many pictures.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="After `fetch`: where to; else the cache.")
    ] = None,
) -> None:
    """Write synthetic smears into a folder, or fetch a public set.

    Synthetic smears are marked as such for ever. `metadata.csv` describes them, and
    `truth/` holds what is really there. `samples list` names the public sets.

    Example: napari-dinobloom samples smears/

    Example: napari-dinobloom samples fetch bccd --limit 20
    """
    if str(folder) == "list" and name is None:
        _list()
    elif str(folder) == "fetch":
        if name is None:
            raise typer.BadParameter("samples fetch NAME: which one? (samples list)")
        _fetch(name, limit, to)
    elif name is not None:
        raise typer.BadParameter(f"{name!r} is one word too many after the folder.")
    else:
        _write(folder, laboratories, patients, fields, seed)


def _list() -> None:
    from napari_dinobloom.imaging import PUBLIC_SETS

    rows = [(s.name, s.title, s.licence, s.caution) for s in PUBLIC_SETS.values()]
    print_table(["name", "what", "licence", "caution"], rows)


def _fetch(name: str, limit: int | None, to: Path | None) -> None:
    from napari_dinobloom.imaging import PUBLIC_SETS, fetch_public_set

    fetching = _as_progress(fetch_public_set(name, limit=limit, folder=to))
    folder = finish(fetching, f"Fetching {name}")
    say(f"{name} is in {folder}")
    say(f"Licence: {PUBLIC_SETS[name].licence}. Cite: {PUBLIC_SETS[name].citation}")
    if PUBLIC_SETS[name].caution:
        say(PUBLIC_SETS[name].caution)
    cells = " --cells --labels-from-folders" if name == "pbc" else ""
    say(f"Next: napari-dinobloom run {folder} --study {name}.study{cells}")


def _write(
    folder: Path, laboratories: int, patients: int, fields: int, seed: int
) -> None:
    from napari_dinobloom.imaging.synthetic import write_samples

    writing = write_samples(folder, laboratories, patients, fields, seed)
    finish(_as_progress(writing), "Drawing smears")
    say(f"Synthetic smears of {laboratories} laboratories are in {folder}")
    say(
        f"Next: napari-dinobloom run {folder} --study samples.study "
        f"--metadata {folder / 'metadata.csv'}"
    )


def _as_progress(
    steps: Generator[tuple[int, int], None, ResultT],
) -> Generator[Progress, None, ResultT]:
    while True:
        try:
            done, total = next(steps)
        except StopIteration as stop:
            result: ResultT = stop.value
            return result
        yield Progress(done, total)
