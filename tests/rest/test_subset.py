"""Parts of resources: what is kept, what is cut, and that nothing comes out broken."""

import json as plain
from pathlib import Path
from zipfile import ZipFile

import pytest

from fhirbridge.fhir import json
from fhirbridge.fhir.errors import FhirError, Invalid, NotSupported
from fhirbridge.rest.subset import Subset, flags, subset

EXAMPLES = Path(__file__).parents[1] / "conformance" / "examples.zip"


def examples():
    with ZipFile(EXAMPLES) as archive:
        for name in archive.namelist():
            body = archive.read(name)
            if plain.loads(body)["resourceType"] in flags():
                yield name, body


def test_a_part_of_every_example_is_a_part():
    seen = 0
    for name, body in examples():
        whole = json.parse(body)
        for part in (
            Subset("true"),
            Subset("text"),
            Subset("data"),
            Subset(elements=frozenset({"id"})),
        ):
            cut = json.parse(part.of(body))
            tags = cut["meta"].pop("tag")
            assert tags[-1]["code"] == "SUBSETTED"
            assert cut.keys() - {"meta"} <= whole.keys(), name
            nodes = flags()[whole["resourceType"]]
            for element, node in nodes.items():
                letters = node if isinstance(node, str) else node[0]
                never_cut = {"m"} if part.summary == "text" else {"m", "x"}
                if element in whole and not never_cut.isdisjoint(letters):
                    assert element in cut, (name, element)
        seen += 1
    assert seen > 100


def test_the_whole_is_left_as_it_is():
    body = b'{"resourceType":"Patient","id":"1","gender":"male"}'
    for part in (Subset(), Subset("count"), subset((("_summary", "false"),), ["Patient"])):
        assert part.whole
        assert part.of(body) is body


def test_parts_of_included_resources_are_summaries_alone():
    body = b'{"resourceType":"Patient","id":"1","gender":"male","photo":[{"title":"a"}]}'
    assert Subset(elements=frozenset({"photo"})).of(body, included=True) is body
    assert b"photo" not in Subset("true").of(body, included=True)


def test_primitive_extensions_go_with_their_primitives():
    body = b'{"resourceType":"Patient","id":"1","_gender":{"id":"g"},"_birthDate":{"id":"b"}}'
    cut = json.parse(Subset(elements=frozenset({"birthDate"})).of(body))
    assert cut.keys() == {"resourceType", "id", "meta", "_birthDate"}


def test_a_part_of_a_part_is_tagged_once():
    body = b'{"resourceType":"Patient","id":"1","gender":"male"}'
    once = Subset("true").of(body)
    assert Subset("true").of(once) == once


@pytest.mark.parametrize("name", ["value", "valueQuantity", "value[x]"])
def test_a_choice_can_be_named_with_and_without_its_type(name):
    part = subset((("_elements", f"{name},status"),), ["Patient", "Observation"])
    body = b'{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.00},"note":[]}'
    assert b'"valueQuantity":{"value":1.00}' in part.of(body)


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([("_summary", "yes")], Invalid),
        ([("_summary", "true"), ("_summary", "true")], Invalid),
        ([("_summary", "true"), ("_elements", "id")], Invalid),
        ([("_summary", "text"), ("_include", "*")], Invalid),
        ([("_summary", "text"), ("_revinclude:iterate", "*")], Invalid),
        ([("_elements", "code.coding")], NotSupported),
        ([("_elements", "gender")], NotSupported),
        ([("_elements", "valueNonsense")], NotSupported),
    ],
)
def test_what_is_no_part_is_refused(pairs, error):
    with pytest.raises(error) as caught:
        subset(tuple(pairs), ["Observation"])
    assert isinstance(caught.value, FhirError)


def test_a_lenient_client_loses_the_elements_that_are_not_there():
    pairs = (("_elements", "status,gender"),)
    assert subset(pairs, ["Observation"], lenient=True).elements == {"status"}
