"""A published result does not become less final, and a changed one says so."""

import pytest

from fhirbridge.sync.settle import settle


def observation(status, value="5.4", **more):
    result = {"resourceType": "Observation", "id": "x", "status": status}
    return result | ({"valueQuantity": {"value": value, "unit": "mmol/L"}} if value else {}) | more


def report(status, digest="abc", **more):
    form = {"contentType": "application/pdf", "hash": digest, "url": f"Binary/{digest}"}
    return {"resourceType": "DiagnosticReport", "status": status, "presentedForm": [form]} | more


def test_what_was_not_stored_is_taken_as_it_is():
    assert settle(observation("preliminary"), None, changed=True).resource == observation(
        "preliminary"
    )


@pytest.mark.parametrize("settled", ["final", "amended", "corrected"])
@pytest.mark.parametrize("back", ["preliminary", "registered"])
def test_a_status_does_not_go_back(settled, back):
    result = settle(observation(back), observation(settled), changed=True)
    assert result.resource["status"] == settled
    assert result.note == "status-went-back"


def test_a_reopened_result_without_a_value_keeps_the_final_one():
    stored = observation("final")
    result = settle(observation("registered", value=None), stored, changed=True)
    assert result.resource == stored
    assert result.note == "status-went-back"


def test_a_panel_has_no_value_to_keep_and_may_still_grow():
    stored = observation("final", value=None, hasMember=["a"])
    result = settle(
        observation("preliminary", value=None, hasMember=["a", "b"]), stored, changed=True
    )
    assert result.resource == observation("final", value=None, hasMember=["a", "b"])


def test_a_reopened_report_keeps_its_status_and_takes_what_is_new():
    new = {"resourceType": "DiagnosticReport", "status": "partial", "result": ["a", "b"]}
    result = settle(new, report("final", result=["a"]), changed=True)
    assert (result.resource["status"], result.resource["result"]) == ("final", ["a", "b"])


def test_a_reopened_result_with_another_value_is_shown_as_the_source_says():
    result = settle(observation("preliminary", "6.4"), observation("final"), changed=True)
    assert result.resource["status"] == "preliminary"
    assert result.note == "final-reopened"


def test_another_value_after_final_is_a_correction():
    result = settle(observation("final", "6.4"), observation("final"), changed=True)
    assert result.resource == observation("corrected", "6.4")


def test_a_missing_value_that_arrives_after_final_is_an_amendment():
    result = settle(observation("final"), observation("final", value=None), changed=True)
    assert result.resource["status"] == "amended"


def test_reading_a_correction_again_keeps_it_a_correction():
    result = settle(observation("final", "6.4"), observation("corrected", "6.4"), changed=True)
    assert result.resource["status"] == "corrected"


def test_another_mapping_of_the_same_record_is_no_correction():
    result = settle(observation("final", "6.40"), observation("final", "6.4"), changed=False)
    assert result.resource == observation("final", "6.40")


def test_digits_are_data():
    result = settle(observation("final", "6.40"), observation("final", "6.4"), changed=True)
    assert result.resource["status"] == "corrected"


@pytest.mark.parametrize("said", ["cancelled", "entered-in-error", "corrected", "amended"])
def test_what_the_source_says_about_an_end_is_taken(said):
    assert settle(observation(said), observation("final"), changed=True).resource["status"] == said


def test_a_preliminary_result_may_become_anything():
    result = settle(observation("final", "6.4"), observation("preliminary"), changed=True)
    assert result.resource["status"] == "final"


def test_a_replaced_document_corrects_the_report():
    assert settle(report("final", "new"), report("final"), changed=True).resource["status"] == (
        "corrected"
    )


def test_the_same_document_read_at_another_time_is_no_correction():
    new = report("final")
    new["presentedForm"][0] |= {"creation": "2026-11-25", "url": "Binary/other"}
    assert settle(new, report("final"), changed=True).resource["status"] == "final"


def test_other_types_are_left_alone():
    order = {"resourceType": "ServiceRequest", "status": "active"}
    assert settle(order, order | {"status": "completed"}, changed=True).resource == order
