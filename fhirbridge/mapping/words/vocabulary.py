"""The words that stand where a number was expected: `terminology/result-words.csv`."""

from collections.abc import Mapping
from functools import cache

from fhirbridge.terminology.tables import shipped


def meaning(written: str) -> tuple[str, str]:
    """Return what the words mean ("word", "defect", "pointer" or "") and the interpretation code.

    The whole text must be a known word, so `не обнаружено` is never read as `обнаружено`; a defect
    may go on (`сгусток в пробе`).
    """
    text = " ".join(written.casefold().replace("ё", "е").split()).rstrip(".")
    found = _words().get(text)
    if found:
        return found
    defect = any(
        text.startswith(f"{word} ") for word, (kind, _) in _words().items() if kind == "defect"
    )
    return ("defect", "") if defect else ("", "")


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    return {
        row["text"].rstrip("."): (row["meaning"], row["code"])
        for row in shipped("terminology/result-words.csv")
    }
