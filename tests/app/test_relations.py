"""A practitioner opens an app from outside and chooses one of the patients they have now."""

import pytest
from product_server import product
from relations import DAY, visit
from smart_server import Visitor, ask, exchange, received, refreshed

from fhirbridge.app.relations import CurrentRelations
from fhirbridge.auth.staff import Staff
from fhirbridge.fhir import json
from fhirbridge.search.parameter import SearchContext
from fhirbridge.sync.audit import Trail

SCOPE = "launch/patient patient/*.rs offline_access"
PEOPLE = [
    ("near", "Ёлкина", ["Анна", "Ивановна"], "1980-02-01"),
    ("again", "Ёлкина", ["Яна"], "1990"),
    ("other", "Абрамов", ["Ян"], None),
    ("gone", "Старый", ["Ян"], None),
    ("far", "Будущий", ["Ян"], None),
    ("off", "Снятый", ["Ян"], None),
]


@pytest.fixture
def clinic(tmp_path, database_url):
    with product(tmp_path, database_url=database_url) as found:
        now = found.clock()
        visits = [("near", now, "booked"), ("again", now - 60 * DAY, "fulfilled"),
                  ("other", now + 20 * DAY, "booked"), ("gone", now - 120 * DAY, "fulfilled"),
                  ("far", now + 60 * DAY, "booked"), ("off", now, "cancelled")]  # fmt: skip
        with found.store.transaction() as tx:
            for id_, family, given, born in PEOPLE:
                one = {"resourceType": "Patient", "id": id_, "birthDate": born}
                one |= {"name": [{"family": family, "given": given}]}
                tx.put({name: value for name, value in one.items() if value}, now=now)
            for id_, at, status in visits:
                tx.put(visit(f"v-{id_}", id_, "d", at, status), now=now)
        found.person("doctor", "Practitioner/d")
        yield found


def relations(clinic):
    def context():
        return SearchContext(clinic.settings.time_zone, "", clinic.clock())

    return CurrentRelations(clinic.store, Staff(), context)


def ids(found):
    return [one.id for one in found]


def test_those_with_a_visit_around_now_are_listed_by_name_and_nobody_else(clinic):
    of = relations(clinic)
    assert ids(of.named("d", "", 9)) == ["other", "near", "again"]
    assert ids(of.named("d", "", 2)) == ["other", "near"]
    assert ids(of.named("d", "елк", 9)) == ["near", "again"]
    assert ids(of.named("d", "  Анна ЁЛКИНА, ", 9)) == ["near"]
    assert ids(of.named("d", "Ян", 9)) == ["other", "again"]
    assert ids(of.named("d", "старый", 9)) == []
    assert ids(of.named("e", "", 9)) == []
    (first, second, _) = of.named("d", "", 9)
    assert first == ("other", "Абрамов Ян", "")
    assert second == ("near", "Ёлкина Анна Ивановна", "1980-02-01")


def test_nothing_that_is_typed_is_more_than_a_name(clinic):
    for text in ("' OR 1=1", "\\", "a,b", "%", "_", "Patient?x=1", "|", "$", "a" * 99, "«Ян»"):
        found = ids(relations(clinic).named("d", text, 9))
        assert found in (["other", "again"], []) or text in "\\%_|$"


def test_who_is_theirs_is_told_by_id(clinic):
    of = relations(clinic)
    theirs = {id_ for id_, *_ in PEOPLE if of.has("d", id_)}
    assert theirs == {"near", "again", "other"}
    assert not of.has("d", "nobody")
    with clinic.store.transaction() as tx:
        tx.delete("Patient", "near", now=clinic.clock())
    assert not of.has("d", "near")
    clinic.clock.forward(100 * 24 * 3600)
    assert not of.has("d", "again")


def test_the_app_sees_the_chosen_record_and_the_list_is_in_the_trail(clinic):
    app = clinic.client(redirect_uris="https://app.example/callback")
    asked = ask(clinic, app, SCOPE)
    visitor = Visitor(clinic)
    page = visitor.consent_page(asked, "doctor")
    assert "Старый" not in page.text
    code = received(visitor.submit(page, decision="allow", patient="near"))["code"]
    told = exchange(clinic, app, asked, code).json()
    assert told["patient"] == "near"
    token = told["access_token"]
    assert clinic.fhir("Patient/near", token).status_code == 200
    assert clinic.fhir("Patient/again", token).status_code == 404
    clinic.clock.forward(91 * 24 * 3600 - 60)
    assert refreshed(clinic, app, told["refresh_token"]).status_code == 400
    listed = [one for one in trail(clinic) if "110112" in str(one["type"])]
    assert [sorted(patients(one)) for one in listed] == [["again", "near", "other"]]
    assert listed[0]["agent"][0]["who"] == {"reference": "Practitioner/d"}


def trail(clinic):
    for _ in range(2):
        Trail(clinic.store, clinic.settings.audit_folder, clinic.clock).bring_in()
    rows = clinic.store.database.connection.rows(
        "SELECT body FROM resource WHERE type = 'AuditEvent' ORDER BY row"
    )
    return [json.parse(bytes(body)) for (body,) in rows]


def patients(event):
    """Yield the ids of the patients whom an event concerned."""
    for one in event["entity"]:
        if one.get("role", {}).get("code") == "1":
            yield one["what"]["reference"].removeprefix("Patient/")
