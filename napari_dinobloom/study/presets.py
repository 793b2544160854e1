"""Class schemes to begin with: blood, bone marrow, shapes of red cells.

Names follow the recommendations of the ICSH (peripheral blood and red cells 2015, bone
marrow 2008). A class that two schemes share looks the same and has the same key in
both. The digits run through a series from the youngest cell to the oldest: 1 to 6 the
granulocytes, 7 to 0 the normoblasts.
"""

from dataclasses import dataclass

from napari_dinobloom.core import UnknownNameError
from napari_dinobloom.study.taxonomy import (
    ARTEFACT,
    ARTEFACT_COLOUR,
    CellClass,
    Taxonomy,
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A scheme that is offered.

    Parameters
    ----------
    name
        What the command line calls it.
    line
        One line: for which pictures it is meant.
    """

    name: str
    line: str
    taxonomy: Taxonomy

    @property
    def title(self) -> str:
        """How the scheme is called in a study."""
        return self.taxonomy.name


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    for offered in PRESETS:
        if name in (offered.name, offered.title):
            return offered
    raise UnknownNameError(
        f"There is no preset scheme {name!r}.",
        f"There are: {', '.join(offered.name for offered in PRESETS)}.",
    )


# Colours were searched for with the distance (Oklab) that remains between classes to
# normal, protan and deutan eyes; most between those that lie side by side in a smear.
_ARTEFACT = CellClass(ARTEFACT, ARTEFACT_COLOUR, "x")
_BLAST = CellClass("blast", "#AA3377", "1")
_GRANULOCYTES = (
    CellClass("promyelocyte", "#66FFFF", "2", "CL:0000836"),
    CellClass("myelocyte", "#8822AA", "3"),
    CellClass("metamyelocyte", "#669922", "4"),
    CellClass("band neutrophil", "#99BB55", "5"),
    CellClass("segmented neutrophil", "#CCDD00", "6"),
)
_EOSINOPHIL = CellClass("eosinophil", "#DD6611", "e", "CL:0000771")
_BASOPHIL = CellClass("basophil", "#5544CC", "b", "CL:0000767")
_MONOCYTE = CellClass("monocyte", "#CC77AA", "m", "CL:0000576")
_LYMPHOCYTE = CellClass("lymphocyte", "#55DDFF", "l", "CL:0000542")
_PLASMA_CELL = CellClass("plasma cell", "#7788FF", "c", "CL:0000786")
_SMUDGE = CellClass("smudge cell", "#3399CC", "s")

_BLOOD = Taxonomy(
    "peripheral blood",
    (
        _GRANULOCYTES[4],
        _GRANULOCYTES[3],
        _EOSINOPHIL,
        _BASOPHIL,
        _LYMPHOCYTE,
        CellClass("reactive lymphocyte", "#EEEE11", "v"),
        CellClass("abnormal lymphocyte", "#3366EE", "a"),
        _MONOCYTE,
        _BLAST,
        *_GRANULOCYTES[:3],
        _PLASMA_CELL,
        CellClass("nucleated red cell", "#AA2211", "7"),
        _SMUDGE,
        CellClass("platelet", "#9999FF", "t", "CL:0000233"),
        CellClass("giant platelet", "#77FFDD", "g"),
        CellClass("platelet clump", "#DDEE88", "k"),
        _ARTEFACT,
    ),
)
_MARROW = Taxonomy(
    "bone marrow",
    (
        _BLAST,
        *_GRANULOCYTES,
        CellClass("eosinophil precursor", "#FFAA88", "i"),
        _EOSINOPHIL,
        _BASOPHIL,
        CellClass("promonocyte", "#99FFAA", "o", "CL:0000559"),
        _MONOCYTE,
        _LYMPHOCYTE,
        _PLASMA_CELL,
        CellClass("pronormoblast", "#5577FF", "7", "CL:0000547"),
        CellClass("basophilic normoblast", "#992288", "8"),
        CellClass("polychromatic normoblast", "#CC2200", "9"),
        CellClass("orthochromatic normoblast", "#EE9999", "0"),
        CellClass("megakaryocyte", "#995511", "k", "CL:0000556"),
        CellClass("macrophage", "#66EEFF", "h", "CL:0000235"),
        CellClass("mast cell", "#55CCFF", "t", "CL:0000097"),
        _SMUDGE,
        _ARTEFACT,
    ),
)
_RED_CELLS = Taxonomy(
    "red-cell morphology",
    (
        CellClass("normocyte", "#DDCC99", "d"),
        CellClass("microcyte", "#4499BB", "m"),
        CellClass("macrocyte", "#EEEE00", "a"),
        CellClass("hypochromic cell", "#DD6611", "g"),
        CellClass("polychromatic cell", "#9988FF", "v"),
        CellClass("spherocyte", "#44FFFF", "s"),
        CellClass("target cell", "#4477FF", "t"),
        CellClass("stomatocyte", "#DDCC11", "o"),
        CellClass("elliptocyte", "#884488", "e"),
        CellClass("teardrop cell", "#88FFCC", "w"),
        CellClass("schistocyte", "#55CCFF", "h"),
        CellClass("sickle cell", "#99BB77", "k"),
        CellClass("burr cell", "#BB4400", "b"),
        CellClass("acanthocyte", "#3355BB", "c"),
        CellClass("Howell-Jolly body", "#AAFF88", "j"),
        CellClass("basophilic stippling", "#2255DD", "i"),
        CellClass("red cell with parasite", "#22EEFF", "z"),
        CellClass("nucleated red cell", "#AA2211", "7"),
        _ARTEFACT,
    ),
)

PRESETS = (
    Preset("blood", "White cells and platelets of a blood smear", _BLOOD),
    Preset("marrow", "Series and stages of a bone-marrow aspirate", _MARROW),
    Preset("red-cells", "Shapes, colours and inclusions of red cells", _RED_CELLS),
)
"""The schemes that are offered; blood first."""
