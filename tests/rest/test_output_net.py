"""With the predicate gone from every statement nothing of others leaves: 500, and an alarm."""

import logging
import re
from dataclasses import replace

import pytest
from mutations import finding_everything, forget
from rest_clinic import Clinic

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.fhir import json
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import Query, Visibility
from fhirbridge.store.history import Window
from fhirbridge.store.outgoing import Escaped

NOTHING = re.compile(
    rb'{"resourceType":"OperationOutcome","issue":\[{"severity":"fatal","code":"exception",'
    rb'"diagnostics":"Internal error [0-9a-f]{32}"}]}'
)
FHIR_JSON = "application/fhir+json"
ESCAPED = "was about to leave for somebody else"


@pytest.fixture
def open_world(twins, caplog) -> Clinic:
    """A world in which everybody's rows are found for anybody."""
    caplog.set_level(logging.CRITICAL, logger="fhirbridge.store.outgoing")
    forget()
    with finding_everything():
        yield twins.pairs["all"][0]
    forget()


def alarms(caplog):
    return [one for one in caplog.records if ESCAPED in one.getMessage()]


@pytest.mark.parametrize("path", [
    "Observation/b1", "Patient/B", "ServiceRequest/order-b", "Appointment/visit-b",
    "Observation/b1/_history", "Observation/b1/_history/1", "Observation/b1/_history/2",
    "Observation?_id=b1", "Observation?_count=1000", "?_type=Observation,Patient&_count=1000",
    "Patient/A/Observation?_count=1000", "Patient/A/*?_count=1000",
    "DiagnosticReport?_id=report&_include=DiagnosticReport:result",
    "Patient?_id=A&_revinclude=Observation:performer", "Patient/B/$everything",
    "Observation?_id=b1&_elements=status", "Observation?_id=b1&_summary=text",
])  # fmt: skip
def test_nothing_leaves(open_world, caplog, path):
    answer = open_world.ask(f"/fhir/{path}".replace("/?", "?"), token="all")
    assert answer.status == 500, answer.body
    assert NOTHING.fullmatch(answer.body)
    assert alarms(caplog)


def test_an_entry_of_a_batch_is_held_and_the_others_answer(open_world, caplog):
    asked = ("Observation/a1", "Observation/b1", "Observation?_id=b1", "Patient/A")
    entries = [{"request": {"method": "GET", "url": url}} for url in asked]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answer = open_world.ask("/fhir", "POST", token="all", body=json.dump(bundle),
                            content_type=FHIR_JSON)  # fmt: skip
    found = [entry["response"]["status"][:3] for entry in answer.json["entry"]]
    assert found == ["200", "500", "500", "200"]
    assert b"Patient/B" not in answer.body
    assert len(alarms(caplog)) == 2


@pytest.mark.parametrize("type_", ["Observation", "Patient", "Appointment"])
def test_no_history_of_a_type_leaves_for_a_patient_even_if_rights_allowed_it(twins, caplog, type_):
    """Patients are refused it before anything is read, so the store is asked itself."""
    caplog.set_level(logging.CRITICAL, logger="fhirbridge.store.outgoing")
    store = twins.pairs["all"][0].server.store
    all_of_it = permit(Query(type_), definitions()[type_], SYSTEM, "history-type")
    assert store.history_of_types([all_of_it], Window()).matches
    as_patient = replace(all_of_it, as_patient=True, reader=Visibility(patient="A"))
    with pytest.raises(Escaped):
        store.history_of_types([as_patient], Window())
    assert alarms(caplog)


@pytest.mark.parametrize("path", ["Observation/a1", "Patient/A", "Binary/pdf", "Slot?_count=3",
                                  "Observation?_id=a1,a2"])  # fmt: skip
def test_what_is_own_leaves_all_the_same(open_world, caplog, path):
    assert open_world.ask(f"/fhir/{path}", token="all").status == 200
    assert not alarms(caplog)
