"""Merged patients: what is about one record belongs to the other one that staff say it is."""

import base64
from contextlib import suppress

import pytest
from rest_clinic import AGES, PDF, an_empty_clinic, observation, resource

from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json
from fhirbridge.resources.merged import CONFIRMED
from fhirbridge.store.audit.concerned import concerned
from fhirbridge.sync.merging import NotMergedError, Staff, merge, unmerge

FHIR = "application/fhir+json"
TYPES = ("Observation", "Appointment", "DocumentReference", "ServiceRequest")


def of(patient):
    """Yield what a laboratory and a desk know of a patient."""
    yield observation(f"hgb-{patient}", patient)
    whose = {"reference": f"Patient/{patient}"}
    people = [whose, {"reference": "Practitioner/doctor"}]
    yield resource(
        "Appointment", f"visit-{patient}", status="booked", start="2026-11-25T09:00:00+03:00",
        end="2026-11-25T09:30:00+03:00", slot=[{"reference": "Slot/nine"}],
        participant=[{"actor": one, "status": "accepted"} for one in people],
    )  # fmt: skip
    yield resource("ServiceRequest", f"order-{patient}", status="active", intent="order",
                   subject=whose, requester={"reference": "Practitioner/doctor"},
                   authoredOn="2026-11-20")  # fmt: skip
    yield resource("Binary", f"form-{patient}", contentType="application/pdf",
                   securityContext=whose, data=base64.b64encode(PDF).decode())  # fmt: skip
    attachment = {"contentType": "application/pdf", "url": f"Binary/form-{patient}"}
    yield resource("DocumentReference", f"paper-{patient}", status="current", subject=whose,
                   content=[{"attachment": attachment}])  # fmt: skip


CONTENT = [
    resource("Patient", "A", name=[{"family": "Примерова"}], birthDate="1980-01-01", active=True),
    resource("Patient", "old", name=[{"family": "Девичья"}], birthDate="1980-01-01"),
    resource("Patient", "older", name=[{"family": "Детская"}], birthDate="1980-01-01"),
    resource("Patient", "B", name=[{"family": "Чужая"}], birthDate="1990-01-01"),
    resource("Practitioner", "doctor", name=[{"family": "Сидоров"}]),
    resource("Schedule", "plan", actor=[{"reference": "Practitioner/doctor"}]),
    resource("Slot", "nine", schedule={"reference": "Schedule/plan"}, status="busy",
             start="2026-11-25T09:00:00+03:00", end="2026-11-25T09:30:00+03:00"),
    *of("A"), *of("old"), *of("older"), *of("B"),
    resource(
        "Appointment", "group", status="booked", start="2026-11-25T12:00:00+03:00",
        end="2026-11-25T13:00:00+03:00",
        participant=[{"actor": {"reference": f"Patient/{one}"}, "status": "accepted"}
                     for one in ("A", "old", "B")],
    ),
]  # fmt: skip


@pytest.fixture
def clinic(database_url):
    found = an_empty_clinic(database_url)
    with found.server.store.transaction() as tx:
        tx.put_all([(one, None) for one in CONTENT], now=found.clock())
    for name in ("old", "older"):
        wanted = Wanted("patient/*.rs", AGES, patient=name)
        found.tokens[name] = issue(wanted, found.server.store.tokens, found.clock())[0]
    wanted = Wanted("user/*.rs", AGES, user="Practitioner/doctor")
    found.tokens["doctor"] = issue(wanted, found.server.store.tokens, found.clock())[0]
    yield found
    found.server.store.close()


def done(clinic, deed, *words):
    clinic.clock.now += 2_000_000
    staff = Staff("Мария", clinic.clock.now, "https://clinic.example/fhir")
    return clinic.server.store.run(lambda tx: deed(tx, *words[:2], staff, *words[2:]))


def merged(clinic, one, other):
    return done(clinic, merge, one, other, "same passport")


def unmerged(clinic, one):
    return done(clinic, unmerge, one)


def seen(clinic, token):
    """Return what a token finds by every way there is, as references."""
    found = set()
    for path in (*TYPES, "Patient", "Patient/A/*", "Patient/A/Observation", "Observation?patient=A",
                 "Patient/A/$everything", "Patient?_id=A&_revinclude=*", "Appointment?patient=A",
                 "Observation?patient=Patient/A&_include=Observation:subject",
                 "Observation?subject:Patient.birthdate=1980-01-01",
                 "Patient?_has:Observation:patient:status=final"):  # fmt: skip
        page = f"/fhir/{path}{'&' if '?' in path else '?'}_count=100"
        for entry in clinic.ask(page, token=token).json.get("entry", ()):
            one = entry["resource"]
            found.add(f"{one['resourceType']}/{one['id']}")
    return {one for one in found if one.split("/")[1] not in {"doctor", "plan", "nine"}}


def all_of(*patients):
    kinds = (("Observation", "hgb"), ("Appointment", "visit"), ("DocumentReference", "paper"),
             ("ServiceRequest", "order"))  # fmt: skip
    return {f"{type_}/{start}-{one}" for type_, start in kinds for one in patients} | {
        f"Patient/{one}" for one in patients
    }


def bodies(clinic):
    """Return the content of everything, versions and times apart."""
    found = {}
    for type_ in (*TYPES, "Patient"):
        for entry in clinic.ask(f"/fhir/{type_}?_count=100").json["entry"]:
            one = {name: value for name, value in entry["resource"].items() if name != "meta"}
            found[f"{type_}/{one['id']}"] = one
    return found


def test_what_is_about_the_merged_record_is_the_survivors_by_every_way(clinic):
    own = all_of("A") | {"Appointment/group"}
    assert seen(clinic, "patient") - {"Binary/form-A"} == own
    moved = merged(clinic, "old", "A")
    assert (moved.resources, moved.keys, moved.accounts) == (6, 0, 0)
    found = seen(clinic, "patient")
    assert found - {"Binary/form-A", "Binary/form-old"} == own | all_of("old")
    assert clinic.ask("/fhir/Binary/form-old", token="patient").body == PDF
    assert clinic.ask("/fhir/Observation/hgb-old", token="patient").status == 200
    total = clinic.ask("/fhir/Observation?_total=accurate", token="patient").json["total"]
    assert total == 2
    for path in ("Observation/hgb-older", "Observation/hgb-B", "Patient/B", "Binary/form-B"):
        assert clinic.ask(f"/fhir/{path}", token="patient").status == 404


def test_no_answer_names_anybody_else(clinic):
    merged(clinic, "old", "A")
    shown = clinic.ask("/fhir/Patient/A/$everything", token="patient").body.decode()
    group = clinic.ask("/fhir/Appointment/group", token="patient").json
    assert "Patient/B" not in shown
    assert {one["actor"]["reference"] for one in group["participant"]} == {"Patient/A"}
    (link,) = clinic.ask("/fhir/Patient/old", token="patient").json["link"]
    assert (link["type"], link["other"]["reference"]) == ("replaced-by", "Patient/A")
    (link,) = clinic.ask("/fhir/Patient/A", token="patient").json["link"]
    assert (link["type"], link["other"]["reference"]) == ("replaces", "Patient/old")


def test_versions_of_before_stay_with_whom_they_were_about(clinic):
    merged(clinic, "old", "A")
    versions = clinic.ask("/fhir/Observation/hgb-old/_history", token="patient").json["entry"]
    assert [one["resource"]["meta"]["versionId"] for one in versions] == ["2"]
    assert clinic.ask("/fhir/Observation/hgb-old/_history/1", token="patient").status == 404
    first = clinic.ask("/fhir/Observation/hgb-old/_history/1").json
    assert first["subject"] == {"reference": "Patient/old"}


def test_what_was_given_for_the_merged_record_ends(clinic):
    assert clinic.ask("/fhir/Observation", token="old").status == 200
    merged(clinic, "old", "A")
    assert clinic.ask("/fhir/Observation", token="old").status == 401
    assert clinic.ask("/fhir/Observation", token="patient").status == 200


def test_an_access_to_it_concerns_the_survivor(clinic):
    merged(clinic, "old", "A")
    names = ["Observation/hgb-old", "Patient/old", "Binary/form-old", "Patient/A"]
    found = concerned(clinic.server.store.database.connection, names)
    assert found["Observation/hgb-old"] == {"A"}
    assert found["Binary/form-old"] == {"A"}
    assert found["Patient/old"] == {"A", "old"}
    assert found["Patient/A"] == {"A"}
    events = clinic.ask("/fhir/AuditEvent?subtype=merge").json["entry"]
    (event,) = [one["resource"] for one in events]
    about = {one["what"]["reference"] for one in event["entity"] if "what" in one}
    assert about == {"Patient/A", "Patient/old"}
    (agent,) = event["agent"]
    assert agent["who"]["identifier"]["value"] == "Мария"


def test_a_practitioner_has_to_do_with_the_survivor(clinic):
    ids = {"A", "B", "old", "older"}
    assert set(clinic.ask("/fhir/Patient", token="doctor").ids) == ids
    merged(clinic, "old", "A")
    assert clinic.ask("/fhir/Observation/hgb-old", token="doctor").status == 200
    assert set(clinic.ask("/fhir/Patient", token="doctor").ids) == ids - {"old"}


LINKS = [
    {"other": {"reference": "Patient/A"}, "type": type_}
    for type_ in ("replaced-by", "replaces", "seealso", "refer")
]
FORGED = [
    {"extension": [{"url": CONFIRMED, "valueInstant": "2026-11-24T11:00:00Z"}], **link}
    for link in LINKS
]


@pytest.mark.parametrize("links", [LINKS, FORGED], ids=["plain", "forged"])
@pytest.mark.parametrize("way", ["update", "create", "load"])
def test_i035_no_link_that_nobody_confirmed_is_followed_or_shown(clinic, links, way):
    body = {"resourceType": "Patient", "id": "B", "link": links, "name": [{"family": "Чужая"}]}
    body |= {"extension": [{"url": "urn:other", "valueString": "kept"}]}
    if way == "create":
        clinic.ask("/fhir/Patient/B", "DELETE")
    if way == "load":
        from fhirbridge.store.preparing import prepare  # noqa: PLC0415

        body["id"] = "fresh"
        store = clinic.server.store
        made = prepare(store._types["Patient"], body, store._context, clinic.clock())  # noqa: SLF001
        with store.transaction() as tx:
            tx.put_prepared([made], now=clinic.clock())
    else:
        put = clinic.ask("/fhir/Patient/B", "PUT", body=json.dump(body), CONTENT_TYPE=FHIR)
        assert put.status in {200, 201}
    id_ = body["id"]
    stored = clinic.ask(f"/fhir/Patient/{id_}").json
    assert [one["type"] for one in stored["link"]] == [one["type"] for one in links]
    assert CONFIRMED not in str(stored)
    assert stored["extension"] == body["extension"]
    assert clinic.ask(f"/fhir/Patient/{id_}", token="patient").status == 404
    assert clinic.ask("/fhir/Observation/hgb-B", token="patient").status == 404
    assert clinic.ask("/fhir/Patient?link=Patient/B", token="patient").ids == []
    if id_ == "B":
        assert "link" not in clinic.ask("/fhir/Patient/B", token="other").json


def test_nobody_loses_a_confirmed_link_by_writing_the_record(clinic):
    merged(clinic, "old", "A")
    for id_ in ("old", "A"):
        body = {"resourceType": "Patient", "id": id_, "name": [{"family": "Иная"}]}
        body["link"] = [{"other": {"reference": "Patient/B"}, "type": "seealso"}]
        assert clinic.ask(
            f"/fhir/Patient/{id_}", "PUT", body=json.dump(body), CONTENT_TYPE=FHIR
        ).status == 200  # fmt: skip
        links = clinic.ask(f"/fhir/Patient/{id_}").json["link"]
        assert [one["type"] == "seealso" for one in links] == [True, False]
        assert clinic.ask(f"/fhir/Patient/{id_}", token="patient").status == 200
        again = clinic.ask(f"/fhir/Patient/{id_}", "PUT", body=json.dump(body), CONTENT_TYPE=FHIR)
        assert again["ETag"] == clinic.ask(f"/fhir/Patient/{id_}")["ETag"]


def test_taking_it_back_puts_everything_where_it_was(clinic):
    before = bodies(clinic)
    merged(clinic, "old", "A")
    assert clinic.ask("/fhir/Patient/old").json["active"] is False
    assert bodies(clinic) != before
    unmerged(clinic, "old")
    assert bodies(clinic) == before
    found = seen(clinic, "patient") - {"Binary/form-A"}
    assert found == all_of("A") | {"Appointment/group"}
    assert clinic.ask("/fhir/Patient/old", token="patient").status == 404
    assert clinic.ask("/fhir/Binary/form-old", token="patient").status == 404
    wanted = Wanted("patient/*.rs", AGES, patient="old")
    clinic.tokens["anew"] = issue(wanted, clinic.server.store.tokens, clinic.clock())[0]
    assert clinic.ask("/fhir/Observation", token="anew").ids == ["hgb-old"]
    assert clinic.ask("/fhir/Binary/form-old", token="anew").status == 200


def test_after_a_reindex_all_is_as_before(clinic):
    merged(clinic, "old", "A")
    before = seen(clinic, "patient")
    clinic.server.store.reindex()
    assert seen(clinic, "patient") == before
    unmerged(clinic, "old")
    before = seen(clinic, "patient")
    clinic.server.store.reindex()
    assert seen(clinic, "patient") == before


def test_what_came_since_is_moved_when_it_is_said_again(clinic):
    merged(clinic, "old", "A")
    with clinic.server.store.transaction() as tx:
        tx.put(observation("late", "old"), now=clinic.clock())
    assert clinic.ask("/fhir/Observation/late", token="patient").status == 404
    assert merged(clinic, "old", "A").resources == 1
    assert clinic.ask("/fhir/Observation/late", token="patient").status == 200
    unmerged(clinic, "old")
    assert clinic.ask("/fhir/Observation/late").json["subject"]["reference"] == "Patient/old"
    assert "active" not in clinic.ask("/fhir/Patient/old").json


def test_merges_in_a_row_lead_to_the_last_and_are_taken_back_from_there(clinic):
    merged(clinic, "older", "old")
    merged(clinic, "old", "A")
    own = all_of("A", "old", "older") | {"Appointment/group"}
    assert {one for one in seen(clinic, "patient") if "Binary" not in one} == own
    types = [one["type"] for one in clinic.ask("/fhir/Patient/A").json["link"]]
    assert types == ["replaces", "replaces"]
    with pytest.raises(NotMergedError, match="undo that first"):
        unmerged(clinic, "older")
    unmerged(clinic, "old")
    assert {one for one in seen(clinic, "patient") if "Binary" not in one} == all_of("A") | {
        "Appointment/group"
    }
    assert clinic.ask("/fhir/Observation/hgb-older").json["subject"]["reference"] == "Patient/old"
    unmerged(clinic, "older")
    subject = clinic.ask("/fhir/Observation/hgb-older").json["subject"]
    assert subject["reference"] == "Patient/older"


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("A", "A", "merged itself"),
        ("nobody", "A", "no Patient/nobody"),
        ("A", "nobody", "no Patient/nobody"),
        ("B", "old", "name the record that is left"),
        ("old", "B", "undo that first"),
        ("A", "old", "name the record that is left"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(clinic, one, other, why):
    merged(clinic, "old", "A")
    before = bodies(clinic)
    with pytest.raises(NotMergedError, match=why):
        merged(clinic, one, other)
    with suppress(NotMergedError):
        unmerged(clinic, "B")
    assert bodies(clinic) == before


def test_keys_of_sources_follow_and_go_back(clinic):
    store = clinic.server.store
    with store.transaction() as tx:
        tx.identities.bind("onec", "own", "k1", "old", now=1)
        tx.identities.bind("onec", "own", "k2", "A", now=1)
        tx.identities.bind("onec", "own", "k2", "old", now=1)
        assert len(tx.identities.conflicts()) == 1
    assert merged(clinic, "old", "A").keys == 1
    with store.transaction() as tx:
        assert tx.identities.find("onec", "own", "k1") == "A"
        assert tx.identities.conflicts() == []
    assert unmerged(clinic, "old").keys == 1
    with store.transaction() as tx:
        assert tx.identities.find("onec", "own", "k1") == "old"
        assert tx.identities.find("onec", "own", "k2") == "A"
