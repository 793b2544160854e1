"""The few numbers of the smear segmenter, and what they mean inside of it."""

from dataclasses import dataclass

from napari_dinobloom.segmentation.parameters import Parameter
from napari_dinobloom.segmentation.scale import RED_CELL_UM

SMALLEST_WHITE = 0.5
"""In red-cell areas: below that what has a nucleus is a large platelet."""
REACH = 0.8
"""In red-cell diameters."""

RED_CELL = Parameter(
    "red_cell_um", "Width of a red cell", RED_CELL_UM, 3.0, 15.0, 0.1, "µm",
    "The ruler of every smear: 7.5 µm in people, 7 in dogs, 5.8 in cats, 12 by 8 in "
    "birds. It counts where the size of a pixel is known; else red cells are measured.",
    needs_pixel_size=True,
)  # fmt: skip
SMALLEST_WHITE_CELL = Parameter(
    "smallest_white_um", "Smallest white cell", 5.3, 2.0, 12.0, 0.1, "µm",
    "What has a nucleus but is not as wide is called a platelet. Raise it where large "
    "platelets count as white cells; lower it where small lymphocytes are missed.",
)  # fmt: skip
CYTOPLASM_REACH = Parameter(
    "cytoplasm_reach_um", "Reach of the cytoplasm", REACH * RED_CELL_UM, 1.0, 20.0, 0.5,
    "µm",
    "How far cytoplasm may lie from its nucleus. Raise it for monocytes and large "
    "blasts that lose their rim; lower it where neighbours are taken in.",
)  # fmt: skip
SENSITIVITY = Parameter(
    "sensitivity", "Sensitivity to pale cells", 1.0, 0.4, 2.5, 0.05, "",
    "Raise it where pale cells or their rims are missed; lower it where stain on the "
    "glass is taken for cells.",
)  # fmt: skip

PARAMETERS = (RED_CELL, SMALLEST_WHITE_CELL, CYTOPLASM_REACH, SENSITIVITY)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The same in the segmenter's own units.

    Parameters
    ----------
    smallest_white
        In red-cell areas.
    reach
        In red-cell diameters.
    faintness
        Share of the measured threshold above which a pixel is cell.
    """

    smallest_white: float = SMALLEST_WHITE
    reach: float = REACH
    faintness: float = 1.0

    @classmethod
    def of(
        cls,
        red_cell_um: float | None,
        smallest_white_um: float | None,
        cytoplasm_reach_um: float | None,
        sensitivity: float | None,
    ) -> "Limits":
        """From what a person said; None leaves the built-in number alone.

        Raises
        ------
        BadInputError
            If one of them is out of its range.
        """
        said = (red_cell_um, smallest_white_um, cytoplasm_reach_um, sensitivity)
        for parameter, value in zip(PARAMETERS, said, strict=True):
            parameter.check(value)
        ruler = red_cell_um or RED_CELL_UM
        return cls(
            SMALLEST_WHITE
            if smallest_white_um is None
            else (smallest_white_um / ruler) ** 2,
            REACH if cytoplasm_reach_um is None else cytoplasm_reach_um / ruler,
            1.0 if sensitivity is None else 1.0 / sensitivity,
        )
