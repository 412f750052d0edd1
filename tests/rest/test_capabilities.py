"""The CapabilityStatement lists what works, and what it does not list does not work."""

import re
from dataclasses import replace

import pytest

from fhirbridge.fhir import schema
from fhirbridge.fhir.models import typed_check
from fhirbridge.resources.registry import definitions
from fhirbridge.rest import capability
from fhirbridge.rest.server import Writes
from fhirbridge.search.common import COMMON

VALUES = {
    "token": "x",
    "reference": "x",
    "date": "2026-11-24",
    "string": "x",
    "number": "1",
    "quantity": "1",
    "uri": "http://x.example/",
    "composite": "x$1",
}


@pytest.fixture(scope="module")
def statement(clinic):
    answer = clinic.ask("/fhir/metadata", token=None)
    assert answer.status == 200
    return answer.json


def resources(statement):
    return {one["type"]: one for one in statement["rest"][0]["resource"]}


def test_it_is_a_valid_resource_of_the_version_it_names(statement):
    assert schema.check(statement) == ()
    assert typed_check(statement) == ()
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["kind"] == "instance"
    assert statement["implementation"]["url"] == "https://clinic.example/fhir"


def test_it_lists_every_type_with_its_interactions(statement):
    listed = resources(statement)
    assert listed.keys() == definitions().keys()
    for type_, one in listed.items():
        codes = {interaction["code"] for interaction in one["interaction"]}
        assert codes == set(definitions()[type_].interactions)


def test_it_tells_what_writes_may_choose_by_search_and_which_patches_do(statement):
    listed = resources(statement)
    assert statement["patchFormat"] == ["application/json-patch+json", "application/fhir+json"]
    system = ["transaction", "batch", "search-system", "history-system"]
    assert [one["code"] for one in statement["rest"][0]["interaction"]] == system
    for type_, conditional in [("Patient", True), ("Binary", False), ("AuditEvent", False)]:
        one = listed[type_]
        assert one["conditionalCreate"] is one["conditionalUpdate"] is conditional
        assert one["conditionalDelete"] == ("single" if conditional else "not-supported")
        assert one["updateCreate"] is (type_ != "AuditEvent")


def test_what_operators_decide_is_told(clinic):
    writes = Writes(update_create=False, delete_multiple=True, require_if_match=True)
    told = resources(capability.statement(replace(clinic.server, writes=writes), "http://x"))
    assert told["Patient"]["updateCreate"] is False
    assert told["Patient"]["conditionalDelete"] == "multiple"
    assert told["Patient"]["versioning"] == "versioned-update"


def test_every_listed_parameter_can_be_searched(clinic, statement):
    for type_, one in resources(statement).items():
        for parameter in one.get("searchParam", ()):
            value = VALUES[parameter["type"]]
            path = f"/fhir/{type_}?{parameter['name']}={value}"
            answer = clinic.ask(path)
            # A composite whose parts are of other kinds is malformed here, but not unknown.
            refused = answer.status == 400 and answer.outcome == "not-supported"
            assert not refused, path


def test_every_search_parameter_is_listed(statement):
    for type_, one in resources(statement).items():
        if "search-type" in definitions()[type_].interactions:
            names = {parameter["name"] for parameter in one["searchParam"]}
            own = {p.code for p in definitions()[type_].parameters}
            assert names == COMMON.keys() | own | {"_list"}
        else:
            assert "searchParam" not in one


def test_every_search_parameter_says_where_it_is_defined(statement):
    hl7 = "http://hl7.org/fhir/SearchParameter/"
    told = {
        (type_, parameter["name"]): parameter["definition"].removeprefix(hl7)
        for type_, one in resources(statement).items()
        for parameter in one.get("searchParam", ())
        if parameter["name"] != "_list"  # HL7 has no definition of it
    }
    assert told["Patient", "name"] == "Patient-name"
    assert told["Patient", "birthdate"] == "individual-birthdate"
    assert told["Observation", "code"] == "clinical-code"
    assert told["Observation", "patient"] == "clinical-patient"
    assert told["Specimen", "patient"] == "Specimen-patient"
    assert told["ValueSet", "url"] == "conformance-url"
    assert told["Slot", "_lastUpdated"] == "Resource-lastUpdated"
    shared = statement["rest"][0]["searchParam"]
    assert {one["name"] for one in shared} == COMMON.keys() | {"_list"}
    assert {one.get("definition", "").removeprefix(hl7) for one in shared} >= {"Resource-id"}


def test_it_names_the_compartment_that_can_be_searched_and_each_base_profile(statement):
    assert statement["rest"][0]["compartment"] == [
        "http://hl7.org/fhir/CompartmentDefinition/patient"
    ]
    for type_, one in resources(statement).items():
        assert one["profile"] == f"http://hl7.org/fhir/StructureDefinition/{type_}"


def test_a_read_only_type_has_no_operation_that_changes_it(statement):
    names = {
        type_: {operation["name"] for operation in one["operation"]}
        for type_, one in resources(statement).items()
    }
    assert names["Patient"] >= {"meta", "meta-add", "meta-delete"}
    assert names["AuditEvent"] == names["Provenance"] == {"validate", "meta"}


def test_what_patients_may_not_use_is_marked_and_refused(clinic, statement):
    slot = {
        p["name"]: p.get("documentation", "") for p in resources(statement)["Slot"]["searchParam"]
    }
    assert "not for patient tokens" in slot["_lastUpdated"]
    assert "not for patient tokens" not in slot["start"]


def test_its_style_can_be_chosen_and_its_mode_is_checked(clinic):
    assert clinic.ask("/fhir/metadata?_pretty=true", token=None).body.startswith(b"{\n")
    assert clinic.ask("/fhir/metadata?_format=xml", token=None).status == 406
    assert clinic.ask("/fhir/metadata?mode=terminology", token=None).status == 400
    assert clinic.ask("/fhir/metadata?mode=full", token=None).status == 200
    assert clinic.ask("/fhir/metadata", "POST", token=None).status == 401
    assert clinic.ask("/fhir/metadata", "POST").status == 405


def test_it_is_the_same_at_every_request(clinic):
    assert clinic.ask("/fhir/metadata") == clinic.ask("/fhir/metadata", token=None)


def test_a_client_that_has_it_is_not_sent_it_again(clinic):
    """https://hl7.org/fhir/R4/http.html#capabilities: the ETag changes with the resource."""
    etag = clinic.ask("/fhir/metadata", token=None)["ETag"]
    again = clinic.ask("/fhir/metadata", token=None, if_none_match=etag)
    assert (again.status, again["ETag"], again.body) == (304, etag, b"")
    other = clinic.ask("/fhir/metadata?_elements=software", token=None, if_none_match=etag)
    assert (other.status, other["ETag"] == etag) == (200, False)


def test_it_carries_the_notice_of_loinc(statement):
    assert "LOINC is copyright" in statement["copyright"]


def test_item_065_a_summary_of_it_can_be_asked_for(clinic, statement):
    answer = clinic.ask("/fhir/metadata?_summary=true", token=None)
    assert answer.json["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert answer.json["fhirVersion"] == "4.0.1"
    assert [one["type"] for one in answer.json["rest"][0]["resource"]] == list(resources(statement))
    assert len(answer.body) < 11_000
    few = clinic.ask("/fhir/metadata?_elements=software,format", token=None).json
    assert few["software"] == statement["software"]
    assert "implementation" not in few
    assert clinic.ask("/fhir/metadata?_summary=count", token=None).status == 400


def test_a_parameter_that_it_does_not_know_is_not_passed_over(clinic):
    refused = clinic.ask("/fhir/metadata?resource=Patient", token=None)
    assert (refused.status, refused.outcome) == (400, "not-supported")
    path = "/fhir/metadata?resource=Patient"
    assert clinic.ask(path, token=None, prefer="handling=lenient").status == 200


def test_the_statement_tells_whether_the_database_limits_rows_itself(opened, database_url):
    statement = opened(database_url).ask("/fhir/metadata").json
    told = statement["rest"][0]["security"]["description"]
    assert ("SQLite, which has no row-level security" in told) is database_url.startswith("sqlite")
    assert ("limits rows to their reader's" in told) is database_url.startswith("postgresql")


def test_where_an_operation_is_called_is_told_and_true(clinic, statement):
    """https://hl7.org/fhir/R4/capabilitystatement.html: R4 defines more places than there are."""
    for one in resources(statement).values():
        for operation in one["operation"]:
            asked = clinic.ask(f"/fhir/{one['type']}/${operation['name']}", "POST")
            assert (asked.status != 404) == ("types" in operation["documentation"]), operation


def test_references_tell_that_a_type_can_follow(clinic, statement):
    """https://hl7.org/fhir/R4/search.html#reference: `:[type]`."""
    told = {
        p["name"]: p.get("documentation", "")
        for p in resources(statement)["Observation"]["searchParam"]
    }
    assert ":[type]" in told["subject"]
    assert ":[type]" not in told["code"]
    assert clinic.ask("/fhir/Observation?subject:Patient=A").status == 200


def test_it_has_a_name_and_an_address_of_its_own(clinic, statement):
    """https://hl7.org/fhir/R4/capabilitystatement.html#invs: cpb-0, a name for programs."""
    assert re.fullmatch("[A-Z][A-Za-z0-9_]{0,254}", statement["name"])
    assert clinic.ask(statement["url"].partition("clinic.example")[2]).status == 200
