"""Whom the bytes of a resource name and where they lead, without reading them as JSON.

It is our own JSON: inside a string every quote has a backslash before it.
"""

import re
from collections.abc import Iterable
from functools import cache

PERSON = re.compile(rb'"reference":"(?:[^"\\]*/)?(Patient|RelatedPerson)/([^"/\\]+)')
CONTAINED = re.compile(rb'"resourceType":"(?:Patient|RelatedPerson)"')
# Whatever could be a person, and the id where a reference names one plainly. It begins with one
# letter, which is found fastest.
ANYBODY = re.compile(rb'P(?:(?<="reference":"P)atient/([^"/\\]*)"|(?:atient|erson)[/"])')


def named_plainly(body: bytes, at: int = 0) -> list[bytes]:
    """Return what is named from `at` on: the id of a patient, b"" for whatever else may be one."""
    found: list[bytes] = ANYBODY.findall(body, at)
    return found


def names_only(body: bytes, patient: str) -> bool:
    """Return whether the patient is named plainly, and nobody else."""
    found = named_plainly(body)
    return found.count(patient.encode()) == len(found) > 0


def may_lead(body: bytes, paths: Iterable[str]) -> bool:
    """Return whether a body may have something at one of `paths`."""
    return any(_mark(path) in body for path in paths)


@cache
def _mark(path: str) -> bytes:
    """Return the bytes without which a body has nothing at `path`."""
    return b'"%s":' % path.partition(".")[0].encode()
