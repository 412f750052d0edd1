"""Letters that look alike in Cyrillic and Latin: people type one and mean the other."""

LATIN = str.maketrans("АВЕКМНОРСТУХІЈЅаеосрхуіјѕк", "ABEKMHOPCTYXIJSaeocpxyijsk")


def latin(text: str) -> str:
    """Return `text` in Latin letters where every Cyrillic letter of it has a twin, else as it is.

    `АLT` typed with a Cyrillic А becomes `ALT`; `СОЭ` stays, because `Э` is no Latin letter.
    """
    folded = text.translate(LATIN)
    return folded if folded.isascii() else text


def skeleton(text: str) -> str:
    """Return what `text` looks like: equal for two spellings that differ in twins only."""
    return text.translate(LATIN)
