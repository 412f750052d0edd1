"""Our access rules against HL7's patient compartment: never wider, narrower only as explained."""

import json
import zipfile
from pathlib import Path

import pytest

from fhirbridge.fhir.data import read
from fhirbridge.fhir.json import parse
from fhirbridge.fhir.path import elements
from fhirbridge.fhir.reference import target
from fhirbridge.resources.access import ByContext, SystemOnly
from fhirbridge.resources.compartment import AllTargets, Compartment, OwnPatient
from fhirbridge.resources.directory import Directory, Terminology
from fhirbridge.resources.registry import definitions

MEMBERSHIP = json.loads(read("terminology/r4/patient-compartment.json"))
ABOUT_SOMEBODY_ELSE = "who performed or wrote it need not be whom it is about"
NARROWER = {
    ("Observation", "performer"): ABOUT_SOMEBODY_ELSE,
    ("ServiceRequest", "performer"): ABOUT_SOMEBODY_ELSE,
    ("DocumentReference", "author"): ABOUT_SOMEBODY_ELSE,
    ("Schedule", "actor"): "a directory type; a patient's own schedule is shown to no patient",
    ("AuditEvent", "patient"): "not shown to patients at all",
    ("List", "source"): "not shown to patients at all",
    ("List", "subject"): "not shown to patients at all: it tells who else is on it",
    ("Provenance", "patient"): "own only if every target is that patient",
    ("Patient", "link"): "only a record that staff merged into the patient's own (replaced-by)",
}

with zipfile.ZipFile(Path(__file__).with_name("examples.zip")) as archive:
    EXAMPLES = [parse(archive.read(name)) for name in archive.namelist()]


def members(resource):
    """The patients in whose formal compartment a resource is."""
    definition = definitions()[resource["resourceType"]]
    texts = [
        element["reference"]
        for code in MEMBERSHIP.get(definition.type_, ())
        for path in definition.parameter(code).paths
        for element in elements(resource, path)
        if "reference" in element
    ]
    own = {resource["id"]} if definition.type_ == "Patient" else set()
    found = [target(text, "") for text in texts]
    return own | {one.id_ for one in found if one.type_ == "Patient"}


@pytest.mark.parametrize("type_", definitions())
def test_each_type_has_the_rule_its_membership_asks_for(type_):
    access = definitions()[type_].access
    explained = {code for other, code in NARROWER if other == type_}
    formal = set(MEMBERSHIP.get(type_, ()))
    if not formal:
        assert isinstance(access, Directory | Terminology | ByContext)
    elif isinstance(access, Compartment):
        ours = {
            code
            for code in formal
            if set(access.paths) >= set(definitions()[type_].parameter(code).paths)
        }
        assert ours | explained >= formal - {"patient"}
        assert ours
    else:
        assert isinstance(access, OwnPatient | AllTargets | SystemOnly | Directory)
        assert explained == formal


def test_every_explanation_is_of_a_membership():
    assert all(code in MEMBERSHIP[type_] for type_, code in NARROWER)


def test_nobody_owns_what_is_not_in_their_compartment():
    owned = 0
    for resource in EXAMPLES:
        owners = definitions()[resource["resourceType"]].access.owners(resource)
        assert owners <= members(resource), (resource["resourceType"], resource["id"])
        owned += len(owners)
    assert owned > 50


def test_a_patients_view_names_no_other_patient():
    for resource in EXAMPLES:
        access = definitions()[resource["resourceType"]].access
        if resource["resourceType"] == "Patient":
            continue
        for owner in access.owners(resource):
            shown = json.dumps(access.shown(resource, owner), default=str)
            assert shown.count('"Patient/') == shown.count(f'"Patient/{owner}"')


def test_a_patients_view_of_the_directory_names_no_patient_and_no_version():
    for resource in EXAMPLES:
        access = definitions()[resource["resourceType"]].access
        if isinstance(access, Directory):
            shown = access.shown(resource | {"meta": {"versionId": "1"}}, None)
            assert "Patient/" not in json.dumps(shown, default=str)
            assert "meta" not in shown
            assert "text" not in shown
