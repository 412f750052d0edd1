"""Every case of docs/security-cases.md has its test, and every numbered test its case."""

import ast
import re
from collections import Counter
from pathlib import Path

from fhirbridge.resources.registry import definitions

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs/security-cases.md"
NUMBER = re.compile(r"[tcsoix][0-9]{3}")
NAMED = re.compile(r"test_((?:[tcsoix][0-9]{3}_)+)")
# The specification's own lists, none of which may be left out.
SPECIFIED = [*(("T", n) for n in range(1, 35)), *(("C", n) for n in range(1, 17)),
             *(("S", n) for n in range(1, 17))]  # fmt: skip
FEWEST = 120


def covered():
    """Return the numbers in names of tests and in ids of their parameters."""
    found = set()
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and (match := NAMED.match(node.name)):
                found.update(match[1].rstrip("_").upper().split("_"))
            if isinstance(node, ast.keyword) and node.arg == "id":
                found.update(numbers(node.value))
    return found


def numbers(value):
    """Yield the number with which the id of a parameter begins."""
    text = value.value if isinstance(value, ast.Constant) else None
    match = NUMBER.match(text) if isinstance(text, str) else None
    if match:
        yield match[0].upper()


def listed(later):
    """Return the cases of the page: those of its last part, or all others."""
    text, _, last = PAGE.read_text("utf-8").partition("## Not ours yet")
    return re.findall(r"^\| ([A-Z][0-9]{3}) \|", last if later else text, re.MULTILINE)


def test_every_listed_case_has_a_test_and_every_numbered_test_is_listed():
    assert sorted(listed(later=False)) == sorted(covered())
    assert not [case for case, count in Counter(listed(later=False)).items() if count > 1]


def test_there_are_at_least_a_hundred_and_twenty_of_them():
    assert len(covered()) >= FEWEST


def test_every_case_of_the_specification_is_there_or_has_its_reason():
    told = {*listed(later=False), *listed(later=True)}
    assert [
        f"{part}{number:03}" for part, number in SPECIFIED if f"{part}{number:03}" not in told
    ] == []


def test_what_is_not_ours_yet_really_is_not():
    assert set(listed(later=True)).isdisjoint(covered())
    assert "Subscription" not in definitions()
