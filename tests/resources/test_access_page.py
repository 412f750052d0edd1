"""docs/access.md says what the declarations say."""

import re
from pathlib import Path

import pytest

from fhirbridge.resources.access import REFUSED_EVERYWHERE
from fhirbridge.resources.registry import definitions

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")
RULES, REFUSED = PAGE.split("## Search parameters")
ROWS = [row.split("|")[1:3] for row in REFUSED.splitlines() if row.startswith("| ")][1:]


def test_every_type_has_its_rule():
    described = re.findall(r"^\| (\w+) \|", RULES, re.MULTILINE)
    assert set(described) - {"type"} == set(definitions())


@pytest.mark.parametrize("type_", definitions())
def test_every_refused_parameter_is_told(type_):
    told = {
        parameter
        for types, parameters in ROWS
        if type_ in types.split(", ") or f" {type_} " in types or f" {type_}," in types
        for parameter in re.findall(r"`([^`]+)`", parameters)
    }
    assert told | REFUSED_EVERYWHERE == definitions()[type_].refused_to_patients


def test_what_is_refused_everywhere_is_told():
    row = next(parameters for types, parameters in ROWS if types.strip() == "every type")
    assert set(re.findall(r"`([^`]+)`", row)) == REFUSED_EVERYWHERE
