"""What each colour on the map means: cells to codes, codes to colours and a legend."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.gui.presenters.map.colour_scales import STEPS, hues, ramp, rgb_of

GREY = "#8d9096"
"""Cells about which nothing is known."""
AT_ONCE = 1 << 16
"""Rows read anew at once: what is computed for them stays in the processor's cache."""
REPEATS_AFTER = 20
"""So many categories have a hue of their own."""
Rows = np.ndarray | slice
Read = Callable[[Rows], np.ndarray]


@dataclass(frozen=True, slots=True)
class ColourChoice:
    """Something by which cells can be coloured.

    Parameters
    ----------
    key
        "class", "slide", "feature:morphology:area".
    group
        Heading under which it is offered.
    needs
        Which news change it: "labels", "predictions", "facts", "clusters".
    """

    key: str
    title: str
    group: str
    needs: frozenset[str] = frozenset()
    tip: str = ""


@dataclass(frozen=True, slots=True)
class LegendLine:
    """One category: its code, name, colour "#RRGGBB" and how many cells it has."""

    code: int
    name: str
    colour: str
    count: int
    is_ground: bool = False
    """Cells without any category."""


@dataclass(frozen=True, slots=True)
class LegendScale:
    """A continuous legend: the ramp from ``low`` to ``high`` and what it measures.

    ``least`` and ``greatest`` are the true extremes; cells beyond the limits have the
    colour of the end.
    """

    low: float
    high: float
    least: float
    greatest: float
    unit: str
    colours: np.ndarray
    """(256, 3) uint8."""
    count: int
    without: int
    """Cells that have no value; they are grey."""


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours mean now."""

    title: str
    lines: tuple[LegendLine, ...] = ()
    scale: LegendScale | None = None
    note: str = ""


class Colouring:
    """Codes of all cells under one choice, kept as labels come.

    Parameters
    ----------
    n
        How many cells there are.
    placed
        (n,) bool, which of them lie on the map: only these are counted.
    read
        Gives the codes of some rows as they are now.
    names, colours
        Per code; the last one is for cells about which nothing is known.
    ground
        Codes from this one on are drawn below the others; the last unless told.
    """

    def __init__(
        self,
        choice: ColourChoice,
        placed: np.ndarray,
        read: Read,
        names: tuple[str, ...],
        colours: tuple[str, ...],
        *,
        note: str = "",
        ground: int | None = None,
    ) -> None:
        self.choice, self._read, self._note = choice, read, note
        self.ground = len(names) - 1 if ground is None else ground
        self._placed, self._names, self._colours = placed, names, colours
        self.codes = np.asarray(read(slice(None)), np.uint16)
        """(n,) uint16."""
        self.counts = np.bincount(self.codes[placed], minlength=len(names))
        """(m,) cells on the map, per code."""
        self.hidden: frozenset[int] = frozenset()

    @property
    def n_codes(self) -> int:
        """How many codes there are."""
        return len(self._names)

    def recode(self, rows: np.ndarray) -> np.ndarray:
        """Read these rows anew; return those of them whose code differs."""
        rows = np.asarray(rows, np.int64)
        some = [rows[lo : lo + AT_ONCE] for lo in range(0, len(rows), AT_ONCE)]
        return np.concatenate([rows[:0], *map(self._recode, some)])

    def _recode(self, rows: np.ndarray) -> np.ndarray:
        before, now = self.codes[rows], np.asarray(self._read(rows), np.uint16)
        differ = before != now
        rows, before, now = rows[differ], before[differ], now[differ]
        self.codes[rows] = now
        here, m = self._placed[rows], len(self._names)
        self.counts = self.counts - np.bincount(before[here], minlength=m)
        self.counts = self.counts + np.bincount(now[here], minlength=m)
        return rows

    def palette(self) -> np.ndarray:
        """(m, 4) uint8 per code; hidden ones are transparent."""
        table = np.full((len(self._colours), 4), 255, np.uint8)
        table[:, :3] = [rgb_of(colour) for colour in self._colours]
        table[list(self.hidden), 3] = 0
        return table

    def hide(self, codes: frozenset[int]) -> None:
        """These and no other codes are not drawn."""
        self.hidden = codes

    def is_shown(self, rows: Rows = slice(None)) -> np.ndarray:
        """(m,) bool, which cells are not hidden."""
        if not self.hidden:
            return np.ones(len(self.codes[rows]), bool)
        shown = np.ones(len(self._names), bool)
        shown[list(self.hidden)] = False
        seen: np.ndarray = shown[self.codes[rows]]
        return seen

    def legend(self) -> Legend:
        """What the colours mean now; categories without a cell are left out."""
        lines = tuple(
            LegendLine(code, name, colour, int(count), code >= self.ground)
            for code, (name, colour, count) in enumerate(
                zip(self._names, self._colours, self.counts, strict=True)
            )
            if count
        )
        return Legend(self.choice.title, lines, note=self._note)


class ScaleColouring(Colouring):
    """Codes 0 … 255 along a ramp, 256 for cells without a value.

    Parameters
    ----------
    values
        Gives the values of some rows, float, nan where there is none.
    limits
        Ends of the ramp; by default the 2nd and 98th percentile.
    """

    def __init__(
        self,
        choice: ColourChoice,
        placed: np.ndarray,
        values: Read,
        *,
        unit: str = "",
        limits: tuple[float, float] | None = None,
    ) -> None:
        now = np.asarray(values(slice(None)), np.float32)[placed]
        known = now[np.isfinite(now)]
        self._unit = unit
        self._low, self._high = limits or robust_limits(known)
        self._extremes = (
            (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        )
        super().__init__(
            choice,
            placed,
            lambda rows: steps_of(values(rows), self._low, self._high),
            (*(str(i) for i in range(STEPS)), "no value"),
            (*("#{:02x}{:02x}{:02x}".format(*c) for c in ramp().tolist()), GREY),
            note=choice.tip,
        )

    def legend(self) -> Legend:
        """The ramp and its ends."""
        scale = LegendScale(
            self._low,
            self._high,
            *self._extremes,
            self._unit,
            ramp(),
            int(self.counts[:STEPS].sum()),
            int(self.counts[STEPS]),
        )
        return Legend(self.choice.title, scale=scale, note=self._note)


def categories(
    choice: ColourChoice,
    placed: np.ndarray,
    read: Read,
    names: tuple[str, ...],
    *,
    nothing: str,
    colours: tuple[str, ...] | None = None,
    ground: int | None = None,
) -> Colouring:
    """A colouring by categories.

    Parameters
    ----------
    read
        Gives codes of some rows, −1 for none.
    nothing
        What cells without a category are called.
    colours
        Of each name; by default hues that repeat after `REPEATS_AFTER`.
    ground
        Names from this one on are drawn below the others.
    """
    note = ""
    if colours is None:
        colours = hues(len(names))
        if len(names) > REPEATS_AFTER:
            note = (
                f"{len(names)} categories share {REPEATS_AFTER} hues: "
                "alt-click a name to see it alone."
            )

    def coded(rows: Rows) -> np.ndarray:
        codes = np.asarray(read(rows), np.int64)
        return np.where(codes < 0, len(names), codes)

    return Colouring(
        choice,
        placed,
        coded,
        (*names, nothing),
        (*colours, GREY),
        note=note,
        ground=ground,
    )


def steps_of(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """(n,) uint16: 0 at or below ``low``, 255 at or above ``high``, 256 for nan."""
    given = np.asarray(values, np.float32)
    share = (given - np.float32(low)) * np.float32((STEPS - 1) / (high - low))
    known = np.isfinite(given)
    steps = np.clip(np.where(known, share, 0), 0, STEPS - 1)
    return np.where(known, np.rint(steps), STEPS).astype(np.uint16)


def robust_limits(known: np.ndarray) -> tuple[float, float]:
    """The 2nd and 98th percentile of finite values, moved apart where they coincide."""
    if not len(known):
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(known, (2, 98)))
    if low == high:
        low, high = float(known.min()), float(known.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return low, high
