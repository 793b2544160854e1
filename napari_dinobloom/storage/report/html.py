"""Pieces of a page; every text that is not ours is escaped."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_NUMBER = ' class="number"'


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


class Number(NamedTuple):
    """A number in a table: right-aligned, empty when there is none of it."""

    value: float | int | None
    digits: int = 0


def text(value: object) -> str:
    """The value as markup: escaped, unless it is markup already."""
    if isinstance(value, Html):
        return value
    if isinstance(value, Number):
        return "" if value.value is None else f"{value.value:,.{value.digits}f}"
    return escape(str(value))


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str = ""
) -> Html:
    """A table that scrolls sideways where it is wider than the page."""
    numeric = [
        bool(rows) and isinstance(rows[0][i], Number) for i in range(len(columns))
    ]
    head = "".join(
        f'<th scope="col"{_NUMBER if right else ""}>{text(column)}</th>'
        for column, right in zip(columns, numeric, strict=True)
    )
    body = "".join(f"<tr>{''.join(_cell(v) for v in row)}</tr>" for row in rows)
    said = f"<caption>{text(caption)}</caption>" if caption else ""
    return Html(
        f'<div class="wide"><table>{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    kind = _NUMBER if isinstance(value, Number) else ""
    return f"<td{kind}>{text(value)}</td>"


def swatch(colour: str, name: str) -> Html:
    """A name with its colour."""
    return Html(f'<i class="swatch" style="background:{colour}"></i>{text(name)}')


def badge(words: str) -> Html:
    """A word in a frame."""
    return Html(f' <span class="badge">{text(words)}</span>')


def paragraph(words: object, kind: str = "") -> Html:
    """A paragraph."""
    attribute = f' class="{kind}"' if kind else ""
    return Html(f"<p{attribute}>{text(words)}</p>")


def section(name: str, title: str, *parts: str) -> Html:
    """A section with its headline; ``parts`` are markup."""
    return Html(
        f'<section id="{name}"><h2>{text(title)}</h2>{"".join(parts)}</section>'
    )


def picture(uri: str, alt: str, kind: str = "") -> Html:
    """An inlined picture."""
    return Html(f'<img class="{kind}" src="{uri}" alt="{escape(alt, quote=True)}">')


def joined(parts: Sequence[str]) -> Html:
    """Markup after markup."""
    return Html("".join(parts))
