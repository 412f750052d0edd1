"""Our search parameters against HL7's, for every type we have."""

import json

import pytest

from fhirbridge.fhir.data import read
from fhirbridge.resources.registry import definitions

HL7 = json.loads(read("terminology/r4/search-parameters.json"))

NOT_PHONETIC = "a phonetic comparison of Russian names is not built; a plain one would be a lie"
LEFT_OUT = {
    ("Patient", "phonetic"): NOT_PHONETIC,
    ("Practitioner", "phonetic"): NOT_PHONETIC,
    ("Organization", "phonetic"): NOT_PHONETIC,
    ("Location", "near"): "of type special: needs geography, which no source delivers",
}


def narrowed(parameter):
    """The targets that can remain: a path that keeps one type leads to no other."""
    kept = {path.partition("|Type=")[2] for path in parameter["paths"]}
    return sorted(kept) if "" not in kept else parameter["targets"]


@pytest.mark.parametrize("type_", definitions())
def test_parameters_are_hl7s(type_):
    ours = {parameter.code: parameter for parameter in definitions()[type_].parameters}
    theirs = HL7[type_]
    left_out = {code for other, code in LEFT_OUT if other == type_}
    assert ours.keys() == theirs.keys() - left_out
    for code, parameter in ours.items():
        assert parameter.kind == theirs[code]["kind"], code
        assert list(parameter.paths) == theirs[code]["paths"], code
        if parameter.kind == "reference":
            assert sorted(parameter.targets) == narrowed(theirs[code]), code
        if parameter.kind == "composite":
            assert [list(part.paths) for part in parameter.parts] == theirs[code]["parts"], code


def test_what_is_left_out_exists_at_hl7():
    assert all(code in HL7[type_] for type_, code in LEFT_OUT)
