r"""Values between `,`, `|` and `$`, and the escapes that make those characters plain.

Splitting comes first, on unescaped separators; what is left is then unescaped.
https://hl7.org/fhir/R4/search.html#escaping
"""

import re

_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_SPECIAL = re.compile(r"([\\,|$])")


def split(text: str, separator: str) -> list[str]:
    r"""Return the pieces of `text` between unescaped `separator`s, still escaped."""
    if separator not in text or "\\" not in text:
        return text.split(separator)
    pieces: list[str] = []
    start = index = 0
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == separator:
            pieces.append(text[start:index])
            start = index + 1
        index += 1
    pieces.append(text[start:])
    return pieces


def unescape(text: str) -> str:
    r"""Return `text` with `\,` `\|` `\$` `\\` undone.

    Raises ValueError for a backslash before anything else.
    """
    return _ESCAPED.sub(_plain, text) if "\\" in text else text


def escape(text: str) -> str:
    r"""Return `text` so that `split` leaves it whole and `unescape` gives it back."""
    return _SPECIAL.sub(r"\\\1", text)


def _plain(match: re.Match[str]) -> str:
    character = match[1]
    if character and character in "\\,|$":
        return character
    raise ValueError(r"a backslash may stand only before \ , | or $")
