import pytest

from fhirbridge.resources.merged import Confirmed, is_confirmed, linked, without_confirmed
from fhirbridge.resources.registry import definitions

A = {"reference": "Patient/a"}
B = {"reference": "Patient/b"}


def access(type_):
    return definitions()[type_].access


def observation(**changes):
    return {
        "resourceType": "Observation",
        "id": "1",
        "status": "final",
        "code": {"text": "Hb"},
        "subject": A,
        "valueQuantity": {"value": 1},
    } | changes


@pytest.mark.parametrize(
    ("status", "owners"),
    [
        ("final", {"a"}),
        ("amended", {"a"}),
        ("corrected", {"a"}),
        ("cancelled", {"a"}),
        ("entered-in-error", {"a"}),
        ("preliminary", set()),
        ("registered", set()),
        ("unknown", set()),
    ],
)
def test_a_result_is_its_patients_once_released(status, owners):
    assert access("Observation").owners(observation(status=status)) == owners
    assert access("DiagnosticReport").owners(observation(status=status)) == owners


@pytest.mark.parametrize("label", ["R", "V"])
def test_a_restricted_label_withholds(label):
    held = observation(meta={"security": [{"code": label}]})
    assert access("Observation").owners(held) == set()
    assert access("Binary").owners({"securityContext": A, "meta": held["meta"]}) == set()


@pytest.mark.parametrize(
    "reference",
    ["Group/a", "https://other.example/fhir/Patient/a", "urn:uuid:a", "#a", "patient/a"],
)
def test_only_a_reference_to_our_patient_makes_an_owner(reference):
    resource = observation(subject={"reference": reference}, performer=[B], focus=[B])
    assert access("Observation").owners(resource) == set()


def test_an_unremarkable_resource_is_shown_as_it_is():
    resource = observation(performer=[{"reference": "Practitioner/1"}])
    assert access("Observation").shown(resource, "a") is resource


def test_other_people_are_taken_out_wherever_they_stand():
    resource = observation(
        performer=[A, B, {"reference": "https://x.example/Patient/b/_history/2"}],
        focus=[{"reference": "Observation/2"}],
        contained=[{"resourceType": "Patient", "id": "p"}],
        extension=[{"url": "urn:x", "valueReference": {"type": "Patient", "display": "B"}}],
        text={"status": "generated", "div": "tells of B"},
        note=[{"text": "x", "authorReference": {"reference": "RelatedPerson/r"}}],
    )
    assert access("Observation").shown(resource, "a") == observation(
        performer=[A], note=[{"text": "x"}]
    )


def test_what_was_entered_in_error_shows_no_result():
    resource = observation(status="entered-in-error", component=[{}], text={}, note=[{}])
    shown = access("Observation").shown(resource, "a")
    assert shown.keys() == {"resourceType", "id", "status", "code", "subject"}


def appointment(*participants, **more):
    return {
        "resourceType": "Appointment",
        "id": "1",
        "status": "booked",
        "participant": [{"actor": actor, "status": "accepted"} for actor in participants],
    } | more


def test_a_group_appointment_belongs_to_each_and_shows_each_only_themselves():
    doctor = {"reference": "Practitioner/1"}
    resource = appointment(doctor, A, B, description="of both", reasonCode=[{"text": "B's"}])
    assert access("Appointment").owners(resource) == {"a", "b"}
    assert access("Appointment").shown(resource, "b") == appointment(doctor, B)


def test_the_clinics_comment_on_an_appointment_is_not_shown():
    resource = appointment(A, comment="staff only", description="check-up")
    assert access("Appointment").shown(resource, "a") == appointment(A, description="check-up")


def test_a_document_shows_only_our_own_files_and_only_when_current():
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": A,
        "content": [
            {"attachment": {"url": "Binary/1", "title": "ours"}},
            {"attachment": {"url": "https://lis.example/1.pdf", "title": "theirs"}},
        ],
    }
    rule = access("DocumentReference")
    assert rule.owners(document) == {"a"}
    assert rule.owners(document | {"docStatus": "preliminary"}) == set()
    assert rule.owners(document | {"status": "entered-in-error"}) == set()
    shown = rule.shown(document, "a")
    assert [one["attachment"] for one in shown["content"]] == [
        {"url": "Binary/1", "title": "ours"},
        {"title": "theirs"},
    ]


def test_a_report_shows_its_own_form_only():
    report = {
        "status": "final",
        "presentedForm": [{"url": "https://lis.example"}, {"data": "AA=="}],
    }
    shown = access("DiagnosticReport").shown(report, "a")
    assert shown["presentedForm"] == [{"data": "AA=="}]


def test_a_patient_owns_their_record_and_those_merged_into_it():
    rule = access("Patient")
    old = linked({"id": "old"}, [Confirmed("replaced-by", "a", 0)])
    assert rule.owners(old) == {"old", "a"}
    assert rule.shown(old, "a") is old
    for type_ in ("seealso", "refer", "replaces", "replaced-by"):
        maybe = {"id": "x", "link": [{"type": type_, "other": A}]}
        assert rule.owners(maybe) == {"x"}
        assert "link" not in rule.shown(maybe, "x")
    newer = linked({"id": "a"}, [Confirmed("replaces", "old", 0)])
    assert rule.owners(newer) == {"a"}


def test_a_mark_that_is_no_longer_good_is_taken_off_and_the_link_stays():
    old = linked({"id": "old", "link": [{"type": "seealso", "other": A}]}, [])
    assert old == {"id": "old", "link": [{"type": "seealso", "other": A}]}
    marked = linked(old, [Confirmed("replaced-by", "a", 0)])
    assert [is_confirmed(link) for link in marked["link"]] == [False, True]
    assert linked(marked, [Confirmed("replaced-by", "a", 0)]) is marked
    bare = linked(marked, [])
    assert [is_confirmed(link) for link in bare["link"]] == [False, False]
    assert without_confirmed(marked) == old


def test_a_patient_sees_their_numbers_but_no_internal_key():
    card = {"type": {"coding": [{"code": "MR"}]}, "system": "https://c.example/sid/x", "value": "7"}
    snils = {"system": "https://fhir.ru/ig/core/systems/snils", "value": "11223344595"}
    key = {"system": "https://c.example/sid/onec/patient", "value": "9"}
    guid = {"system": "urn:x", "value": "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}
    record = {
        "id": "a",
        "meta": {"versionId": "2", "tag": [{"code": "VIP"}], "security": [{"code": "VIP"}]},
        "identifier": [card, key, snils, guid],
    }
    shown = access("Patient").shown(record, "a")
    assert shown["identifier"] == [card, snils]
    assert shown["meta"] == {"versionId": "2"}


def test_a_specimen_names_no_other_and_no_collectors_number():
    specimen = {
        "subject": A,
        "parent": [{"reference": "Specimen/pool"}],
        "collection": {"collector": {"reference": "Practitioner/1", "identifier": {"value": "1"}}},
    }
    shown = access("Specimen").shown(specimen, "a")
    assert shown == {
        "subject": A,
        "collection": {"collector": {"reference": "Practitioner/1"}},
    }


@pytest.mark.parametrize(
    ("targets", "owners"),
    [
        ([A], {"a"}),
        ([A, A], {"a"}),
        ([A, B], set()),
        ([A, {"reference": "Slot/1"}], set()),
        ([], set()),
    ],
)
def test_a_provenance_is_ones_own_only_if_every_target_is(targets, owners):
    assert access("Provenance").owners({"target": targets}) == owners


def test_a_provenance_shows_no_signature():
    shown = access("Provenance").shown({"target": [A], "signature": [{}]}, "a")
    assert shown == {"target": [A]}


def test_a_binary_follows_its_context():
    rule = access("Binary")
    assert rule.context_path == "securityContext"
    assert rule.owners({"securityContext": A}) == {"a"}
    assert rule.owners({"securityContext": {"reference": "DocumentReference/1"}}) == set()
    assert rule.owners({}) == set()


def test_audit_is_closed_to_patients():
    rule = access("AuditEvent")
    assert not rule.open_to_patients
    assert rule.owners({"entity": [{"what": A}]}) == set()
    assert not rule.public({})
