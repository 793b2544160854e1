"""Numbers with their nouns."""


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 slide", "1,200 slides", "2 classes".

    Parameters
    ----------
    plural
        Where it is not the noun with an s.
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
