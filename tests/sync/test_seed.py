"""The shipped tables as resources that a client can read."""

import pytest

from fhirbridge.fhir import data
from fhirbridge.sync import seed
from fhirbridge.terminology.tables import rows

SYSTEM = "https://clinic.example/sid/qlab/test"
TABLE = """\
local_code,local_name,specimen,unit,method,value_type,loinc,loinc_display,equivalence,fsli,author,\
reviewer,reviewed_on,comment
HGB,Гемоглобин,,г/л,,num,718-7,Hemoglobin,equivalent,,,,,
NOTE,Комментарий врача,,,,text,,,unmatched,,,,,no test at all
NEW,Новый тест,,,,num,,,,,,,,
"""


@pytest.fixture(scope="module")
def made():
    found = seed.laboratory("qlab", "QLAB", SYSTEM, rows(TABLE))
    return {(one["resourceType"], one["id"]): one for one in found}


def test_every_local_code_is_in_the_code_system(made):
    assert made["CodeSystem", "qlab-tests"]["concept"] == [
        {"code": "HGB", "display": "Гемоглобин"},
        {"code": "NOTE", "display": "Комментарий врача"},
        {"code": "NEW", "display": "Новый тест"},
    ]


def test_a_mapped_code_leads_to_loinc(made):
    (group,) = made["ConceptMap", "qlab-tests-loinc"]["group"]
    assert (group["source"], group["target"]) == (SYSTEM, "http://loinc.org")
    assert group["element"][0]["target"] == [
        {"code": "718-7", "display": "Hemoglobin", "equivalence": "equivalent"}
    ]


def test_decided_not_to_map_differs_from_not_mapped(made):
    (group,) = made["ConceptMap", "qlab-tests-loinc"]["group"]
    assert [one["code"] for one in group["element"]] == ["HGB", "NOTE"]
    assert group["element"][1]["target"] == [
        {"equivalence": "unmatched", "comment": "no test at all"}
    ]


def test_loinc_is_named_with_its_notice(made):
    assert "loinc.org" in made["ConceptMap", "qlab-tests-loinc"]["copyright"].lower()
    assert "loinc.org" in made["ValueSet", "qlab-loinc"]["copyright"].lower()


def test_the_shipped_map_and_units_make_resources_without_repeats():
    text = data.read("mappings/qlab/tests.csv").decode()
    found = [*seed.laboratory("qlab", "QLAB", SYSTEM, rows(text)), *seed.units("urn:unit")]
    assert len({(one["resourceType"], one["id"]) for one in found}) == len(found) == 6
    texts = [one["code"] for one in found[-2]["concept"]]
    assert len(texts) == len(set(texts)) > 50


def test_the_same_tables_make_the_same_resources():
    assert list(seed.units("urn:unit")) == list(seed.units("urn:unit"))
