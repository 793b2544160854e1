"""Which kind of cell a name means, in whatever words it was written."""

import re

from napari_dinobloom.study.presets import PRESETS
from napari_dinobloom.study.taxonomy import ARTEFACT

_KIND_WORDS = {
    "wbc": ("wbc", "white cell", "white blood cell", "leukocyte", "leucocyte"),
    "rbc": ("rbc", "red cell", "red blood cell", "erythrocyte"),
    "platelet": ("platelet", "plt", "thrombocyte"),
    "other": ("other", ARTEFACT, "artifact", "debris", "dirt", "precipitate", "ignore"),
}
"""What says the kind alone, in the singular."""

# The first that occurs decides, so the more telling ones come first.
_PARTS = (
    ("nucleated red", "wbc"), ("normoblast", "wbc"), ("erythroblast", "wbc"),
    ("nrbc", "wbc"), ("platelet", "platelet"), ("thrombocyt", "platelet"),
    ("artefact", "other"), ("artifact", "other"), ("debris", "other"),
    ("red cell", "rbc"), ("red blood", "rbc"), ("erythrocyt", "rbc"), ("rbc", "rbc"),
    ("reticulocyt", "rbc"), ("neutrophil", "wbc"), ("lymphocyt", "wbc"),
    ("monocyt", "wbc"), ("eosinophil", "wbc"), ("basophil", "wbc"), ("blast", "wbc"),
    ("granulocyt", "wbc"), ("myelocyt", "wbc"), ("plasma", "wbc"), ("smudge", "wbc"),
    ("megakaryocyt", "wbc"), ("macrophage", "wbc"), ("white", "wbc"), ("wbc", "wbc"),
    ("leukocyt", "wbc"), ("leucocyt", "wbc"), ("segmented", "wbc"), ("band", "wbc"),
)  # fmt: skip
_NO_CLASS = ("", "cell", "single cell", "object", "foreground", "nucleus", "detection")
"""Names that programs give where nothing was said."""
_PLATELETS = ("platelet", "giant platelet", "platelet clump")
_WITH_NUCLEUS = ("nucleated red cell",)


def says_only_the_kind(name: str) -> bool:
    """Whether a name says no more than a kind does, so that it is no class."""
    plain = _plain(name)
    return plain in _BY_KIND_WORD or plain.removesuffix("s") in _NO_CLASS


def kind_of_name(name: str) -> str | None:
    """The kind that a name means, or None where no word of it is known.

    First the names of kinds, then the classes of the schemes that are offered, then
    the parts of words that hematologists use. A nucleated red cell counts as a white
    one: it has a nucleus, and segmenters find it by that.
    """
    plain = _plain(name)
    known = _BY_KIND_WORD.get(plain) or _BY_CLASS.get(plain)
    if known or not plain:
        return known
    return next((kind for part, kind in _PARTS if part in plain), None)


def _plain(name: str) -> str:
    """Lower case, single spaces, no plural, nothing but letters and digits."""
    words = re.sub(r"[^a-z0-9]+", " ", name.casefold()).split()
    plain = " ".join(words)
    return plain[:-1] if plain.endswith("s") and plain[:-1] in _SINGULAR else plain


_SINGULAR = {word for words in _KIND_WORDS.values() for word in words} | {
    offered.name.casefold() for preset in PRESETS for offered in preset.taxonomy.classes
}
_BY_KIND_WORD = {
    **{word: kind for kind, words in _KIND_WORDS.items() for word in words},
}


def _by_class() -> dict[str, str]:
    kinds: dict[str, str] = {}
    for preset in PRESETS:
        usual = "rbc" if preset.name == "red-cells" else "wbc"
        for offered in preset.taxonomy.classes:
            name = offered.name.casefold().replace("-", " ")
            kind = "wbc" if name in _WITH_NUCLEUS else usual
            kind = "platelet" if name in _PLATELETS else kind
            kinds[name] = "other" if name == ARTEFACT else kind
    return kinds


_BY_CLASS = _by_class()
