"""Text as searches compare it.

`string` forgets case, accents, punctuation and repeated spaces, as
https://hl7.org/fhir/R4/search.html#string allows. For Russian: `ё` equals `е`, because people
write either; `й` does not equal `и`, because they are different letters (nor `ў` `у`, `ї` `і`).
Apostrophes vanish (O'Brien = OBrien); other punctuation separates words (Салтыков-Щедрин =
Салтыков Щедрин).
"""

import unicodedata
from functools import lru_cache

_OWN_LETTERS = frozenset("йўї")
_APOSTROPHES = frozenset("'’ʼ`´′")


# Displays and names come again and again; folding costs a hundred times as much as remembering.
@lru_cache(maxsize=16384)
def string(text: str) -> str:
    """Return `text` folded for the default string search and for `:contains`."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(_letter(character) for character in folded).split())


@lru_cache(maxsize=16384)
def code(text: str) -> str:
    """Return a code or identifier folded: case does not count, everything else does."""
    return unicodedata.normalize("NFC", text.strip().casefold())


def exact(text: str) -> str:
    """Return `text` as `:exact` compares it: only the Unicode spelling is made one."""
    return unicodedata.normalize("NFC", text)


def _letter(character: str) -> str:
    if character in _OWN_LETTERS:
        return character
    if character in _APOSTROPHES:
        return ""
    return "".join(_plain(part) for part in unicodedata.normalize("NFD", character))


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("M"):
        return ""
    return " " if category[0] in "PZC" else character
