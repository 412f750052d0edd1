"""No log line and no error text of a run over the sandbox clinic tells of a patient.

The needles are what the patients are found by: names, national numbers, phones and addresses.
"""

import logging
from dataclasses import replace
from urllib.parse import quote

import pytest
from clinic import clinic as synchronised
from rest_clinic import SCOPES, Clinic, a_folder

from fhirbridge.app.process import application, create_server
from fhirbridge.auth.tokens import issue
from fhirbridge.fhir import json
from fhirbridge.fhir.path import elements
from fhirbridge.settings import Settings
from fhirbridge.sync.audit import Trail

FHIR = "application/fhir+json"
PATHS = ("name.family", "name.text", "identifier.value", "telecom.value", "address.text")
SHORTEST = 5
FAULTS = ("wrong-content-type", "cp1251", "truncated", "double-encoded-json", "answer-lost")


class BrokenStore:
    """A database that fails with whatever it was asked: text that must stay inside."""

    def __init__(self, text, tokens):
        self._text, self.tokens, self.active = text, tokens, None

    def read(self, permitted):
        raise RuntimeError(self._text)

    def search(self, permitted):
        raise ValueError(self._text)


@pytest.fixture(scope="module")
def logged():
    """What was logged since the module began, as a log file would have it."""

    class Lines(logging.Handler):
        def __init__(self):
            super().__init__(logging.DEBUG)
            self.setFormatter(logging.Formatter("%(name)s %(message)s"))
            self.lines = []

        def emit(self, record):
            self.lines.append(self.format(record))

    handler, root, ours = Lines(), logging.getLogger(), logging.getLogger("fhirbridge")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    ours.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before[0])
    ours.setLevel(before[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory, logged):
    """The sandbox clinic, synchronised with some misbehaviour of its sources, and served."""
    url = f"sqlite:///{tmp_path_factory.mktemp('personal')}/clinic.sqlite"
    with synchronised(url) as made:
        for fault in FAULTS:
            for address in (made.stage.onec_url, made.stage.qlab_url):
                made.stage.control(address, fault=fault, times=1)
        for source in ("onec", "qlab", "onec", "qlab"):
            made.sync(source)
        settings = Settings(
            database_url=url,
            secret_key=b"0123456789abcdef0123456789abcdef",
            base_url="https://clinic.example/fhir",
            var=a_folder(),
        )
        server = create_server(settings, made.bridge.clock)
        tokens = {
            name: issue(wanted, server.store.tokens, made.now())[0]
            for name, wanted in SCOPES.items()
        }
        yield Clinic(application(server), server, tokens, made.now, url)
        server.store.close()


@pytest.fixture(scope="module")
def people(served):
    """Return what each patient is found by: the longest texts of the record."""
    rows = served.server.store.database.connection.rows(
        "SELECT body FROM resource WHERE type = 'Patient'"
    )
    found = []
    for (body,) in rows:
        patient = json.parse(bytes(body))
        texts = {str(text) for path in PATHS for text in elements(patient, path)}
        found.append(sorted(text for text in texts if len(text) >= SHORTEST and personal(text)))
    assert len(found) >= 15
    assert sum(len(texts) for texts in found) > 60
    return found


def personal(text):
    """Return whether a text is a name, a number of a person or an address: no source's key."""
    return not text.isascii() or "@" in text or (len(digits(text)) >= 10 and len(text) <= 18)


def digits(text):
    return "".join(letter for letter in text if letter.isdigit())


def check(texts, people, what):
    """Fail when one of the texts tells of somebody, in whatever spelling."""
    needles = {spelling for one in people for text in one for spelling in spellings(text)}
    for text in texts:
        told = [needle for needle in needles if needle in text.lower()]
        assert told == [], f"{what}: {text[:500]}"


def spellings(text):
    escaped = text.encode("unicode_escape").decode()
    plain = {text, quote(text), text.encode().decode("latin-1"), escaped}
    return {one.lower() for one in plain | ({digits(text)} if len(digits(text)) >= 10 else set())}


def hostile(text):
    """Yield requests that go wrong around a text: method, path, body, headers."""
    coded = quote(text)
    for query in [
        *(f"{name}={coded}" for name in ("strange", "_sort", "_count", "_summary", "_include")),
        *(
            f"{name}={coded}"
            for name in ("birthdate", "_lastUpdated", "_page", "_elements", "_has")
        ),
        *(f"name:{modifier}={coded}" for modifier in ("wrong", "not", "above")),
        f"{coded}=1",
        f"_has:{coded}=1",
        f"gender:{coded}=1",
        f"identifier={coded}%7C%7C%7C",
        f"link.name.{coded}=1",
    ]:
        yield "GET", f"/fhir/Patient?{query}", b"", {}
    for path in [
        "Patient/{}",
        "{}",
        "{}/1",
        "Patient/{}/_history/{}",
        "Patient/${}",
        "Patient/A/{}",
    ]:
        yield "GET", "/fhir/" + path.format(*(coded,) * 2), b"", {}
    yield "GET", "/fhir/Patient/x", b"", {"AUTHORIZATION": f"Bearer {coded}"}
    yield "GET", "/fhir/Patient/x", b"", {"X_REQUEST_ID": coded, "ACCEPT": f"text/{coded}"}
    yield "GET", "/fhir/Patient/x", b"", {"IF_NONE_MATCH": coded, "HOST": coded}
    yield "GET", f"/fhir/Patient?name={coded}&_format={coded}", b"", {}
    for body in bodies(text):
        raw = body if isinstance(body, bytes) else json.dump(body)
        yield "POST", "/fhir/Patient", raw, {"CONTENT_TYPE": FHIR}
        yield "PUT", "/fhir/Patient/x", raw, {"CONTENT_TYPE": FHIR}
        yield "POST", "/fhir/Patient/$validate", raw, {"CONTENT_TYPE": FHIR}
        yield "POST", "/fhir", raw, {"CONTENT_TYPE": FHIR}
    yield "POST", "/fhir/Patient", b"{}", {"CONTENT_TYPE": f"application/{coded}"}
    patch = json.dump([{"op": "test", "path": f"/{text}", "value": text}])
    yield "PATCH", "/fhir/Patient/x", patch, {"CONTENT_TYPE": "application/json-patch+json"}


def bodies(text):
    patient = {"resourceType": "Patient", "id": "x"}
    yield patient | {"gender": text}
    yield patient | {"birthDate": text}
    yield patient | {text: text}
    yield patient | {"name": text}
    yield patient | {"name": [{"family": {"text": text}}]}
    yield patient | {"telecom": [{"system": text, "value": text}]}
    yield patient | {"link": [{"other": {"reference": f"Patient/{text}"}, "type": text}]}
    yield patient | {"text": {"status": "generated", "div": f"<script>{text}</script>"}}
    yield patient | {"managingOrganization": {"reference": f"Organization?name={text}"}}
    yield patient | {"contained": [{"resourceType": "Organization", "id": text}]}
    yield {"resourceType": text}
    yield {"resourceType": "Bundle", "type": text}
    entry = {"fullUrl": text, "resource": patient | {"gender": text}}
    for method, url in [("PUT", "Patient/x"), (text, "Patient"), ("GET", f"{text}?{text}=1")]:
        one = entry | {"request": {"method": method, "url": url}}
        for type_ in ("batch", "transaction"):
            yield {"resourceType": "Bundle", "type": type_, "entry": [one]}
    yield f'{{"resourceType":"Patient","{text}":'.encode()
    yield f'{{"resourceType":"Patient","a":"{text}","a":"{text}"}}'.encode()


def issues(answer):
    """Yield every OperationOutcome of an answer, those of a Bundle's entries among them."""
    type_ = answer["Content-Type"] or ""
    if type_.startswith(FHIR) and answer.body:
        yield from (json.dump(one).decode() for one in outcomes(answer.json))


def outcomes(node):
    if isinstance(node, list):
        for one in node:
            yield from outcomes(one)
    elif isinstance(node, dict):
        if node.get("resourceType") == "OperationOutcome":
            yield node
        else:
            yield from outcomes(list(node.values()))


def test_no_error_text_and_no_log_line_tells_of_a_patient(served, people, logged):
    told, refused = [], 0
    for texts in people[:6]:
        for text in texts[:4]:
            for method, path, body, headers in hostile(text):
                answer = served.ask(path, method, body=body, **headers)
                refused += answer.status >= 400
                told += issues(answer)
    assert refused > 1000
    assert len(told) > 1000
    check(told, people, "OperationOutcome")
    check(logged, people, "log")


def test_what_breaks_inside_tells_nothing(served, people, logged):
    before = len(logged)
    broken = BrokenStore(" ".join(people[0]), served.server.store.tokens)
    server = replace(served.server, store=broken)
    clinic = replace(served, app=application(server), server=server)
    answers = [
        clinic.ask("/fhir/Patient/x"),
        clinic.ask(f"/fhir/Patient?name={quote(people[0][0])}"),
    ]
    assert [one.status for one in answers] == [500, 500]
    check([one.body.decode() for one in answers], people, "answer")
    assert len(logged) >= before + 2
    check(logged, people, "log")


def test_bringing_in_the_trail_logs_nothing_personal_and_the_trail_knows_the_queries(
    served, people, logged
):
    text = quote(people[0][0])
    for _ in range(5):
        assert served.ask(f"/fhir/Patient?name={text}").status == 200
    folder = served.server.audit._journal._folder  # noqa: SLF001 - where the test put it
    trail = Trail(served.server.store, folder, served.clock)
    while trail.bring_in():
        pass
    assert len(served.ask("/fhir/AuditEvent?subtype=search-type&_count=5").ids) == 5
    check(logged, people, "log")


def test_the_needles_are_found_where_they_are(people):
    with pytest.raises(AssertionError):
        check([f"Patient {people[3][0]} is unknown"], people, "log")
    with pytest.raises(AssertionError):
        check([f"GET /fhir/Patient?name={quote(people[3][0])}"], people, "log")
