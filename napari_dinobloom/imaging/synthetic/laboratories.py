"""Laboratories: how one stain, one microscope and one camera make a smear look.

Stain vectors and backgrounds follow colours measured on public fields: bccd (pale
lilac), Raabin (magenta), draaslan (green-grey) and Acevedo's CellaVision crops (peach).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Rgb = tuple[float, float, float]

HAEMOGLOBIN, CHROMATIN, BASOPHILIA, AZUROPHIL, EOSIN = range(5)
"""Channels of the amounts that a cell holds: red-cell pigment; nuclear purple; blue of
ribosomes in the cytoplasm; lilac of fine granules; orange of eosinophil granules."""


@dataclass(frozen=True, slots=True)
class Stain:
    """Optical density per channel (R, G, B) of one unit of each stained substance.

    As seen in the finished picture, natural logarithm, so that the light that passes is
    ``exp(-amount · density)`` (Beer–Lambert); the camera's gamma is taken out first. A
    density below 0 is a camera that shows a nucleus bluer than the background.
    """

    haemoglobin: Rgb
    chromatin: Rgb
    basophilia: Rgb
    azurophil: Rgb
    eosin: Rgb

    def rows(self) -> tuple[Rgb, Rgb, Rgb, Rgb, Rgb]:
        """The five densities in the order of the channels."""
        return (
            self.haemoglobin,
            self.chromatin,
            self.basophilia,
            self.azurophil,
            self.eosin,
        )


@dataclass(frozen=True, slots=True)
class Camera:
    """What happens to the light between the slide and the file.

    Attributes
    ----------
    gamma
        Exponent of the tone curve; picture = light ** (1 / gamma).
    saturation
        1 leaves colours alone, below 1 greys them.
    blur_um
        Standard deviation of the point-spread function on the smear, at best focus.
    defocus_um
        How much more a field may be blurred.
    sharpen
        Strength of the unsharp mask that the camera applies.
    noise
        Standard deviation of the noise at white, in grey levels.
    vignette
        Share of the light lost in the corners.
    tilt
        Share of the light lost from one side to the other.
    colour_shift_px
        Sideways shift of red and blue against green.
    jpeg_quality
        1–95, as Pillow takes it.
    """

    gamma: float = 2.0
    saturation: float = 1.0
    blur_um: float = 0.10
    defocus_um: float = 0.06
    sharpen: float = 0.0
    noise: float = 2.0
    vignette: float = 0.03
    tilt: float = 0.03
    colour_shift_px: float = 0.2
    jpeg_quality: int = 90


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Everything that makes one laboratory's pictures its own and no biology.

    Attributes
    ----------
    name, site, scanner, stain_name
        As they go into the metadata table.
    stain
        Optical densities.
    background
        Colour of the empty slide, 0–255.
    camera
        Optics and camera.
    pixel_size_um
        Width of a pixel on the smear.
    field_px
        (width, height) of a field.
    density
        Red cells' share of the area, about.
    pallor
        Depth of the central pallor of a normal red cell, 0–1.
    edge_um
        Softness of cell borders.
    wander
        How far stain strengths vary from smear to smear (1 = 100 %).
    """

    name: str
    site: str
    scanner: str
    stain_name: str
    stain: Stain
    background: Rgb
    camera: Camera
    pixel_size_um: float
    field_px: tuple[int, int]
    density: float = 0.5
    pallor: float = 0.5
    edge_um: float = 0.10
    wander: float = 0.08


_LILAC = Laboratory(
    name="lilac",
    site="Northport (synthetic)",
    scanner="microscope camera 0.6x",
    stain_name="Wright-Giemsa",
    stain=Stain(
        haemoglobin=(0.10, 0.27, 0.185),
        chromatin=(0.40, 0.76, -0.05),
        basophilia=(0.27, 0.20, -0.03),
        azurophil=(0.10, 0.27, 0.01),
        eosin=(0.05, 0.42, 0.30),
    ),
    background=(203, 208, 202),
    camera=Camera(
        blur_um=0.11,
        sharpen=0.7,
        noise=2.2,
        vignette=0.02,
        tilt=0.05,
        colour_shift_px=0.6,
        jpeg_quality=85,
    ),
    pixel_size_um=0.10,
    field_px=(640, 480),
    density=0.56,
    pallor=0.62,
    edge_um=0.08,
)

_MAGENTA = Laboratory(
    name="magenta",
    site="Southgate (synthetic)",
    scanner="telephone on the eyepiece",
    stain_name="Giemsa",
    stain=Stain(
        haemoglobin=(0.31, 0.52, 0.27),
        chromatin=(0.72, 1.75, 0.42),
        basophilia=(0.52, 0.55, 0.20),
        azurophil=(0.22, 0.52, 0.20),
        eosin=(0.14, 0.80, 0.46),
    ),
    background=(224, 193, 177),
    camera=Camera(
        gamma=1.8,
        blur_um=0.15,
        defocus_um=0.06,
        noise=1.6,
        vignette=0.10,
        tilt=0.06,
        colour_shift_px=0.8,
        jpeg_quality=88,
    ),
    pixel_size_um=0.09,
    field_px=(600, 600),
    density=0.45,
    pallor=0.56,
    edge_um=0.14,
    wander=0.12,
)

_GREEN = Laboratory(
    name="green",
    site="Eastfield (synthetic)",
    scanner="microscope camera 1.0x",
    stain_name="May-Grunwald-Giemsa",
    stain=Stain(
        haemoglobin=(0.02, 0.70, 0.35),
        chromatin=(0.88, 1.12, 0.30),
        basophilia=(0.36, 0.30, 0.10),
        azurophil=(0.10, 0.26, 0.08),
        eosin=(0.02, 0.50, 0.50),
    ),
    background=(183, 224, 198),
    camera=Camera(
        blur_um=0.13,
        sharpen=0.4,
        noise=1.8,
        vignette=0.03,
        tilt=0.08,
        colour_shift_px=0.2,
        jpeg_quality=92,
    ),
    pixel_size_um=0.14,
    field_px=(640, 480),
    density=0.64,
    pallor=0.30,
    edge_um=0.12,
    wander=0.07,
)

_PEACH = Laboratory(
    name="peach",
    site="Westhaven (synthetic)",
    scanner="slide scanner 100x",
    stain_name="May-Grunwald-Giemsa",
    stain=Stain(
        haemoglobin=(0.21, 0.32, 0.19),
        chromatin=(1.28, 2.15, 0.42),
        basophilia=(0.55, 0.50, 0.13),
        azurophil=(0.24, 0.42, 0.14),
        eosin=(0.24, 0.78, 0.50),
    ),
    background=(255, 231, 205),
    camera=Camera(
        gamma=2.2,
        blur_um=0.07,
        defocus_um=0.02,
        sharpen=0.6,
        noise=1.2,
        vignette=0.0,
        tilt=0.01,
        colour_shift_px=0.15,
        jpeg_quality=95,
    ),
    pixel_size_um=0.105,
    field_px=(640, 480),
    density=0.44,
    pallor=0.62,
    edge_um=0.09,
    wander=0.05,
)

LABORATORIES: Mapping[str, Laboratory] = MappingProxyType(
    {lab.name: lab for lab in (_LILAC, _MAGENTA, _GREEN, _PEACH)}
)
"""The four built-in laboratories by name."""
