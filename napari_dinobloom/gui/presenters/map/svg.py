"""A map as a drawing: every dot a circle that a drawing program can take hold of."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape

import numpy as np

from napari_dinobloom.gui.presenters.map.colouring import Legend, LegendLine

MOST_CIRCLES = 20_000
"""Beyond these the dots are a picture within the drawing: it would open too slowly."""
LEGEND_PX, LINE_PX, TITLE_PX, MARGIN_PX = 230, 18, 34, 14
MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class MapSheet:
    """What is to be drawn.

    Parameters
    ----------
    places
        (n, 2) pixels of the dots that are seen, y downwards.
    codes
        (n,) the code of each.
    palette
        (m, 4) uint8 by code.
    width, height
        Of the map, in pixels.
    """

    title: str
    legend: Legend
    hidden: frozenset[int]
    places: np.ndarray
    codes: np.ndarray
    palette: np.ndarray
    width: int
    height: int
    dot_px: float
    opacity: float

    @property
    def lines(self) -> tuple[LegendLine, ...]:
        """The categories that are shown, the most frequent where there are too many."""
        lines = [line for line in self.legend.lines if line.code not in self.hidden]
        if len(lines) > MOST_LINES:
            often = sorted(lines, key=lambda line: -line.count)[:MOST_LINES]
            lines = [line for line in lines if line in often]
        return tuple(lines)

    @property
    def left_out(self) -> int:
        """How many categories that are shown the legend has no room for."""
        shown = [x for x in self.legend.lines if x.code not in self.hidden]
        return len(shown) - len(self.lines)


def svg_of(sheet: MapSheet, *, white: bool, raster: bytes | None = None) -> str:
    """The drawing as text.

    Parameters
    ----------
    white
        On white ground, else on dark.
    raster
        PNG of the dots, in place of circles.
    """
    ground, text = ("#ffffff", "#1a1a1a") if white else ("#262930", "#f0f1f2")
    width = sheet.width + LEGEND_PX
    needed = (len(sheet.lines) + 2) * LINE_PX + 2 * MARGIN_PX
    height = TITLE_PX + max(sheet.height, needed)
    dots = _circles(sheet) if raster is None else _picture(sheet, raster)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
                f'height="{height}" viewBox="0 0 {width} {height}" '
                'font-family="Helvetica, Arial, sans-serif" font-size="12">'
            ),
            f"<title>{escape(sheet.title)}</title>",
            f'<rect width="{width}" height="{height}" fill="{ground}"/>',
            (
                f'<text x="{MARGIN_PX}" y="23" font-size="15" font-weight="bold" '
                f'fill="{text}">{escape(sheet.title)}</text>'
            ),
            f'<g id="cells" transform="translate(0 {TITLE_PX})">',
            dots,
            "</g>",
            (
                f'<g id="legend" fill="{text}" transform="translate('
                f'{sheet.width + MARGIN_PX} {TITLE_PX + MARGIN_PX})">'
            ),
            _legend(sheet),
            "</g>",
            "</svg>\n",
        ]
    )


def _circles(sheet: MapSheet) -> str:
    names = {line.code: line.name for line in sheet.legend.lines}
    radius = f"{sheet.dot_px / 2:.2f}"
    groups = []
    # cells without category first: the others lie on top of them
    codes = np.unique(sheet.codes)[::-1]
    for code in codes.tolist():
        red, green, blue, alpha = sheet.palette[code].tolist()
        if not alpha:
            continue
        circles = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'
            for x, y in sheet.places[sheet.codes == code].tolist()
        )
        name = escape(names.get(code, f"step {code}"), quote=True)
        groups.append(
            f'<g data-name="{name}" fill="#{red:02x}{green:02x}{blue:02x}" '
            f'fill-opacity="{sheet.opacity:.2f}">{circles}</g>'
        )
    return "\n".join(groups)


def _picture(sheet: MapSheet, raster: bytes) -> str:
    return (
        f'<image width="{sheet.width}" height="{sheet.height}" '
        f'href="data:image/png;base64,{b64encode(raster).decode()}"/>'
    )


def _legend(sheet: MapSheet) -> str:
    parts = [f'<text y="11" font-weight="bold">{escape(sheet.legend.title)}</text>']
    scale = sheet.legend.scale
    if scale is not None:
        stops = "".join(
            f'<stop offset="{at / 255:.3f}" stop-color="#{r:02x}{g:02x}{b:02x}"/>'
            for at, (r, g, b) in enumerate(scale.colours.tolist())
            if at % 15 == 0
        )
        wide = LEGEND_PX - 2 * MARGIN_PX
        parts += [
            f'<defs><linearGradient id="ramp">{stops}</linearGradient></defs>',
            f'<rect y="20" width="{wide}" height="14" fill="url(#ramp)"/>',
            f'<text y="50">{scale.low:.4g}</text>',
            (
                f'<text x="{wide}" y="50" text-anchor="end">{scale.high:.4g} '
                f"{escape(scale.unit)}</text>"
            ),
        ]
    for row, line in enumerate(sheet.lines, 1):
        y = row * LINE_PX + 10
        parts.append(
            f'<circle cx="6" cy="{y - 4}" r="5" fill="{line.colour}"/>'
            f'<text x="18" y="{y}">{escape(line.name)} ({line.count:,})</text>'
        )
    if sheet.left_out:
        y = (len(sheet.lines) + 1) * LINE_PX + 10
        parts.append(f'<text x="18" y="{y}">and {sheet.left_out:,} more</text>')
    return "\n".join(parts)
