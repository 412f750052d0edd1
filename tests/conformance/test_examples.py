"""HL7's official examples of our types: valid, unchanged digit for digit, and searchable."""

import json
import re
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fhirbridge.fhir.json import dump, parse
from fhirbridge.fhir.models import typed_check
from fhirbridge.fhir.schema import check
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext

with zipfile.ZipFile(Path(__file__).with_name("examples.zip")) as archive:
    EXAMPLES = {name: archive.read(name) for name in archive.namelist()}

KNOWN_TO_BE_WRONG = {
    "CodeSystem-v2-0550.json": "codes that end in U+00A0: no code may end in white space",
}
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[-+0-9.eE]+|true|false|null|[{}\[\]:,]')
CONTEXT = SearchContext(ZoneInfo("Europe/Moscow"), "https://clinic.example/fhir", 0)


def tokens(text):
    """The JSON tokens: strings by what they say, numbers as written, white space apart."""
    return [json.loads(t) if t.startswith('"') else (t,) for t in TOKEN.findall(text.decode())]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_is_valid(name):
    issues = check(parse(EXAMPLES[name]))
    assert bool(issues) == (name in KNOWN_TO_BE_WRONG), issues


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_typed_models_agree(name):
    assert bool(typed_check(parse(EXAMPLES[name]))) == (name in KNOWN_TO_BE_WRONG)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_survives_digit_for_digit(name):
    text = EXAMPLES[name].removeprefix(b"\xef\xbb\xbf")
    assert tokens(dump(parse(text))) == tokens(text)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_parameter_reads_an_official_example(name):
    resource = parse(EXAMPLES[name])
    definition = definitions()[resource["resourceType"]]
    found = {
        code for code, one in definition.searchable.items() if list(one.rows(resource, CONTEXT))
    }
    assert "_id" in found


def test_there_are_examples_of_every_type():
    assert {name.partition("-")[0] for name in EXAMPLES} == set(definitions())


def test_the_exceptions_are_among_the_examples():
    assert KNOWN_TO_BE_WRONG.keys() <= EXAMPLES.keys()
