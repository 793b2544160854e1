"""Slides, and the pictures that were taken of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

PictureKind = Literal["field", "cell"]
"""A field of view with many cells, or a picture that shows one cell."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Who and what stood behind a slide; an empty string is "not known"."""

    patient: str = ""
    site: str = ""
    scanner: str = ""
    stain: str = ""


@dataclass(frozen=True, slots=True)
class Slide:
    """One smear of one patient, seen in one or many pictures.

    ``columns`` keeps what a metadata table said beyond the fields known here.
    ``synthetic`` is true for ever once it is true.
    """

    name: str
    acquisition: Acquisition = field(default_factory=Acquisition)
    diagnosis: str = ""
    synthetic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file of a slide: referenced, never copied.

    Parameters
    ----------
    picture_id
        Stable in the study, never used again.
    path
        Absolute. The study folder also remembers it relative to itself, so that both
        can be moved together.
    width, height
        Pixels.
    sha256
        Of the file's bytes.
    pixel_size_um
        Micrometres per pixel, or None where neither file nor table says so.
    synthetic
        Made by a generator; never counted as a patient's cells.
    """

    picture_id: int
    slide: str
    path: Path
    width: int
    height: int
    kind: PictureKind = "field"
    pixel_size_um: float | None = None
    file_bytes: int = 0
    sha256: str = ""
    synthetic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
