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


# Colours were searched for with the distance (CIEDE2000) that remains between classes
# to normal, protan and deutan eyes (Machado et al. 2009, doi:10.1109/TVCG.2009.113): at
# least 7 between any two of a scheme, 13 between those that lie side by side in most
# smears, 18 between those that are often confused. A study keeps the colours it has.
_ARTEFACT = CellClass(ARTEFACT, ARTEFACT_COLOUR, "x")
_BLAST = CellClass("blast", "#993355", "1")
_GRANULOCYTES = (
    CellClass("promyelocyte", "#FF7755", "2", "CL:0000836"),
    CellClass("myelocyte", "#5599FF", "3"),
    CellClass("metamyelocyte", "#BB3311", "4"),
    CellClass("band neutrophil", "#BB99BB", "5"),
    CellClass("segmented neutrophil", "#BBDD77", "6"),
)
_EOSINOPHIL = CellClass("eosinophil", "#DD6611", "e", "CL:0000771")
_BASOPHIL = CellClass("basophil", "#3377FF", "b", "CL:0000767")
_MONOCYTE = CellClass("monocyte", "#337799", "m", "CL:0000576")
_LYMPHOCYTE = CellClass("lymphocyte", "#11DDFF", "l", "CL:0000542")
_PLASMA_CELL = CellClass("plasma cell", "#55FFDD", "c", "CL:0000786")
_SMUDGE = CellClass("smudge cell", "#77FFBB", "s")

_BLOOD = Taxonomy(
    "peripheral blood",
    (
        _GRANULOCYTES[4],
        _GRANULOCYTES[3],
        _EOSINOPHIL,
        _BASOPHIL,
        _LYMPHOCYTE,
        CellClass("reactive lymphocyte", "#FFDD11", "v"),
        CellClass("abnormal lymphocyte", "#55FFFF", "a"),
        _MONOCYTE,
        _BLAST,
        *_GRANULOCYTES[:3],
        _PLASMA_CELL,
        CellClass("nucleated red cell", "#DD3355", "7"),
        _SMUDGE,
        CellClass("platelet", "#DD9999", "t", "CL:0000233"),
        CellClass("giant platelet", "#335599", "g"),
        CellClass("platelet clump", "#993333", "k"),
        _ARTEFACT,
    ),
)
_MARROW = Taxonomy(
    "bone marrow",
    (
        _BLAST,
        *_GRANULOCYTES,
        CellClass("eosinophil precursor", "#993377", "i"),
        _EOSINOPHIL,
        _BASOPHIL,
        CellClass("promonocyte", "#11BB99", "o", "CL:0000559"),
        _MONOCYTE,
        _LYMPHOCYTE,
        _PLASMA_CELL,
        CellClass("pronormoblast", "#1155DD", "7", "CL:0000547"),
        CellClass("basophilic normoblast", "#33BB77", "8"),
        CellClass("polychromatic normoblast", "#559999", "9"),
        CellClass("orthochromatic normoblast", "#993333", "0"),
        CellClass("megakaryocyte", "#55FFFF", "k", "CL:0000556"),
        CellClass("macrophage", "#FFDD33", "h", "CL:0000235"),
        CellClass("mast cell", "#997755", "t", "CL:0000097"),
        _SMUDGE,
        _ARTEFACT,
    ),
)
_RED_CELLS = Taxonomy(
    "red-cell morphology",
    (
        CellClass("normocyte", "#FFDD99", "d"),
        CellClass("microcyte", "#5577DD", "m"),
        CellClass("macrocyte", "#993311", "a"),
        CellClass("hypochromic cell", "#BB5511", "g"),
        CellClass("polychromatic cell", "#77FFDD", "v"),
        CellClass("spherocyte", "#33BB99", "s"),
        CellClass("target cell", "#99DDDD", "t"),
        CellClass("stomatocyte", "#DDDD11", "o"),
        CellClass("elliptocyte", "#557755", "e"),
        CellClass("teardrop cell", "#1155BB", "w"),
        CellClass("schistocyte", "#DD7711", "h"),
        CellClass("sickle cell", "#BB99BB", "k"),
        CellClass("burr cell", "#775577", "b"),
        CellClass("acanthocyte", "#5599FF", "c"),
        CellClass("Howell-Jolly body", "#99BB77", "j"),
        CellClass("basophilic stippling", "#77DDFF", "i"),
        CellClass("red cell with parasite", "#997799", "z"),
        CellClass("nucleated red cell", "#DD3355", "7"),
        _ARTEFACT,
    ),
)

PRESETS = (
    Preset("blood", "White cells and platelets of a blood smear", _BLOOD),
    Preset("marrow", "Series and stages of a bone-marrow aspirate", _MARROW),
    Preset("red-cells", "Shapes, colours and inclusions of red cells", _RED_CELLS),
)
"""The schemes that are offered; blood first."""
