"""``scheme list|show|use``: the classes of a study."""

from typing import TYPE_CHECKING, Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import print_json, results, say
from napari_dinobloom.cli.studies import AsJson, Author, StudyPath, opened
from napari_dinobloom.core.counting import counted

if TYPE_CHECKING:
    # Only for reading: --help does not need NumPy, which a study brings.
    from napari_dinobloom.study import Taxonomy

scheme = typer.Typer(no_args_is_help=True, help="The classes of a study.")
app.add_typer(scheme, name="scheme", rich_help_panel="Labels")


@scheme.command("list")
@explained
def list_schemes(as_json: AsJson = False) -> None:
    """List the schemes that are offered.

    Example: napari-dinobloom scheme list
    """
    from napari_dinobloom.study.presets import PRESETS

    if as_json:
        print_json({p.name: _as_dict(p.taxonomy) for p in PRESETS})
        return
    for offered in PRESETS:
        n = len(offered.taxonomy.classes)
        results.print(
            f"{offered.name:10}  {counted(n, 'class', 'classes')}  {offered.line}"
        )


@scheme.command("show")
@explained
def show_scheme(study: StudyPath, as_json: AsJson = False) -> None:
    """Show a study's classes with colours and keys.

    Example: napari-dinobloom scheme show my.study
    """
    from rich.markup import escape

    with opened(study) as opened_study:
        taxonomy = opened_study.taxonomy
    if as_json:
        print_json(_as_dict(taxonomy))
        return
    if not taxonomy.classes:
        say("No classes yet. Choose some: napari-dinobloom scheme use STUDY blood")
    for c in taxonomy.classes:
        results.print(
            f"{c.key or ' '}  {c.colour}  {escape(c.name)}  {c.code}".rstrip()
        )


@scheme.command("use")
@explained
def use(
    study: StudyPath,
    name: Annotated[str, typer.Argument(help="blood, marrow or red-cells.")],
    author: Author = None,
) -> None:
    """Let a study work with the classes of a scheme; one step of undo.

    No label changes. Classes that labels name and the scheme lacks are kept.

    Example: napari-dinobloom scheme use my.study blood
    """
    from napari_dinobloom.study.presets import preset
    from napari_dinobloom.workflows.use_scheme import use_scheme

    offered = preset(name)
    with opened(study, write=True, author=author) as opened_study:
        kept = use_scheme(opened_study, offered.taxonomy)
    say(f"{study} works with the classes of {offered.title}.")
    if kept:
        say(f"Kept, because labels name them: {', '.join(kept)}.")


def _as_dict(taxonomy: "Taxonomy") -> dict[str, object]:
    from dataclasses import asdict

    return asdict(taxonomy)
