"""Writes at the same moment: of N twins exactly one creates, and no change is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fhirbridge.fhir import json

TWINS = 12


def patient(value, **elements):
    identifier = [{"system": "urn:mrn", "value": value}]
    return {"resourceType": "Patient", "identifier": identifier, **elements}


def together(clinic, requests):
    """Send the requests at once, each from a thread of its own; return their answers."""
    barrier = threading.Barrier(len(requests))

    def send(one):
        method, path, body, headers = one
        barrier.wait()
        sent = {"content_type": "application/fhir+json", **headers}
        return clinic.ask(f"/fhir/{path}", method, body=json.dump(body), **sent)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def statuses(answers):
    return sorted(answer.status for answer in answers)


@pytest.fixture
def shared(opened, database_url):
    return opened(database_url)


def test_of_many_conditional_creates_one_creates(shared):
    # Spelled in two ways, so that equal text is not what keeps them apart.
    criteria = ["identifier=urn:mrn|1", "identifier=1"]
    answers = together(
        shared,
        [
            ("POST", "Patient", patient("1"), {"if_none_exist": criteria[n % 2]})
            for n in range(TWINS)
        ],
    )
    assert statuses(answers) == [200] * (TWINS - 1) + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(shared.ask("/fhir/Patient?identifier=urn:mrn|1").ids) == 1


def test_of_many_conditional_updates_one_creates(shared):
    path = "Patient?identifier=urn:mrn|2"
    answers = together(
        shared, [("PUT", path, patient("2", active=bool(n % 2)), {}) for n in range(TWINS)]
    )
    assert statuses(answers) == [200] * (TWINS - 1) + [201]
    assert len(shared.ask(f"/fhir/{path}").ids) == 1


def test_of_many_creates_under_one_id_one_creates(shared):
    given = {"if_none_match": "*"}
    answers = together(
        shared,
        [("PUT", "Patient/one", patient(str(n), id="one"), given) for n in range(TWINS)],
    )
    assert statuses(answers) == [201] + [412] * (TWINS - 1)
    assert shared.ask("/fhir/Patient/one/_history").json["total"] == 1


def test_of_many_updates_of_one_version_one_updates(shared):
    answers = together(
        shared,
        [
            ("PUT", "Patient/A", patient(str(n), id="A"), {"if_match": 'W/"1"'})
            for n in range(TWINS)
        ],
    )
    assert statuses(answers) == [200] + [412] * (TWINS - 1)


def test_no_patch_is_lost(shared):
    kind = {"content_type": "application/json-patch+json"}
    shared.ask(
        "/fhir/Patient/A",
        "PATCH",
        body=b'[{"op":"add","path":"/telecom","value":[{"system":"sms","value":"x"}]}]',
        **kind,
    )
    answers = together(
        shared,
        [
            (
                "PATCH",
                "Patient/A" if n % 2 else "Patient?_id=A",
                [{"op": "add", "path": "/telecom/-", "value": {"system": "sms", "value": str(n)}}],
                kind,
            )
            for n in range(TWINS)
        ],
    )
    assert statuses(answers) == [200] * TWINS
    telecom = shared.ask("/fhir/Patient/A").json["telecom"]
    assert {one["value"] for one in telecom} == {"x", *map(str, range(TWINS))}
    assert shared.ask("/fhir/Patient/A")["ETag"] == f'W/"{TWINS + 2}"'


def test_of_many_deletes_each_succeeds_and_one_deletes(shared):
    requests = [
        ("DELETE", "Observation/a5" if n % 2 else "Observation?_id=a5", {}, {})
        for n in range(TWINS)
    ]
    assert statuses(together(shared, requests)) == [204] * TWINS
    assert shared.ask("/fhir/Observation/a5/_history").json["total"] == 2
