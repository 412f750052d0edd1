"""Text in an index: keys have a bounded length, and prefixes are ranges of code points."""

import hashlib

from fhirbridge.store.sql import Sql

# PostgreSQL refuses keys of more than 2,700 bytes; a character takes at most four.
LONGEST_KEY = 200
LONGEST_HEAD = 64
# Comes after every character that text can hold: https://www.unicode.org/faq/private_use.html
LAST = "\U0010ffff"


def key(text: str) -> str:
    """Return `text`, or something as unique of bounded length."""
    if len(text) <= LONGEST_KEY:
        return text
    return text[:LONGEST_HEAD] + LAST + hashlib.sha256(text.encode()).hexdigest()


def head(text: str) -> str:
    """Return the beginning of `text` that is indexed in order."""
    return text[:LONGEST_HEAD]


def begins(column: str, beginning: str) -> Sql:
    """Return that `column` begins with `beginning`, in a form that an index answers."""
    return Sql(f"{column} >= ? AND {column} < ?", (beginning, beginning + LAST))


def headed(alias: str, column: str, beginning: str) -> Sql:
    """Return that `column` begins with `beginning`, found by the table's `head`."""
    short = head(beginning)
    by_head = begins(f"{alias}.head", short)
    if short == beginning:
        return by_head
    whole = begins(f"{alias}.{column}", beginning)
    return Sql(f"{by_head.text} AND {whole.text}", by_head.parameters + whole.parameters)
