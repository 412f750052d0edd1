"""Every official example through the whole server: stored, read again, found, and not mistaken."""

import json
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from example_paths import parsed
from example_questions import questions
from rest_clinic import Clinic, an_empty_clinic

from fhirbridge.fhir.json import parse

HERE = Path(__file__).parent
PARAMETERS = json.loads((HERE / "expressions.json").read_text("utf-8"))
with zipfile.ZipFile(HERE / "examples.zip") as archive:
    TEXTS = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
JSON = "application/fhir+json"
# What the server alone writes, and clients only read: put there by the store.
READ_ONLY = {"AuditEvent", "Provenance"}
REFUSED = {
    "CodeSystem-v2-0550.json": "codes that end in U+00A0: no code may end in white space",
}
# Why: tests/conformance/test_search_parameters.py.
LEFT_OUT = {"phonetic", "near"}


@dataclass
class World:
    """A clinic with every example, and what was found so far: many examples ask the same."""

    clinic: Clinic
    resources: dict
    found: dict = field(default_factory=dict)

    def ask(self, type_, query):
        """Return the ids of the matches; of a search that was refused, why."""
        path = f"/fhir/{type_}?{query}&_count=1000"
        if path not in self.found:
            answer = self.clinic.ask(path)
            self.found[path] = set(answer.ids) if answer.status == 200 else answer.body.decode()
        return self.found[path]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def world(request, tmp_path_factory):
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        server.execute("CREATE DATABASE examples TEMPLATE template0")
        url = server.url("examples")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('examples')}/examples.sqlite"
    clinic = an_empty_clinic(url, max_body=2**20)
    kept = [name for name in TEXTS if stored(clinic, name)]
    assert TEXTS.keys() - set(kept) == REFUSED.keys()
    yield World(clinic, {name: parsed(TEXTS[name]) for name in kept})
    clinic.server.store.close()
    if request.param == "postgresql":
        server.execute("DROP DATABASE examples WITH (FORCE)")


def stored(clinic, name):
    """Write an example; return whether the server took it."""
    resource = parsed(TEXTS[name])
    if resource["resourceType"] in READ_ONLY:
        with clinic.server.store.transaction() as tx:
            tx.put(parse(TEXTS[name]), now=clinic.clock())
        return True
    body = TEXTS[name].encode()
    return clinic.ask(place(resource), "PUT", body=body, content_type=JSON).status == 201


def place(resource):
    return f"/fhir/{resource['resourceType']}/{resource['id']}"


def without_stamps(resource):
    """Return a resource without what a server writes into it."""
    stamps = {"versionId", "lastUpdated"}
    meta = {key: value for key, value in resource.get("meta", {}).items() if key not in stamps}
    rest = {key: value for key, value in resource.items() if key != "meta"}
    return rest | ({"meta": meta} if meta else {})


def test_every_example_is_read_digit_for_digit_as_it_was_written(world):
    for name, resource in world.resources.items():
        answer = world.clinic.ask(place(resource), accept=JSON)
        assert without_stamps(parsed(answer.body.decode())) == without_stamps(resource), name


@pytest.mark.parametrize("type_", [type_ for type_ in PARAMETERS if PARAMETERS[type_]])
def test_an_example_is_found_by_what_it_says_and_by_nothing_else(world, type_):
    served = {code: one for code, one in PARAMETERS[type_].items() if code not in LEFT_OUT}
    wrong, asked = [], Counter()
    for name, resource in world.resources.items():
        if resource["resourceType"] != type_:
            continue
        for question in questions(resource, served):
            found = world.ask(type_, question.query)
            asked[question.found] += 1
            if isinstance(found, str) or (resource["id"] in found) != question.found:
                wrong.append((name, question, found if isinstance(found, str) else ""))
    assert wrong == []
    assert min(asked[True], asked[False]) > 20


@pytest.mark.parametrize(
    ("type_", "code"),
    [(type_, code) for type_ in PARAMETERS for code in PARAMETERS[type_] if code in LEFT_OUT],
)
def test_what_is_left_out_is_refused(world, type_, code):
    assert "not-supported" in world.ask(type_, f"{code}=1")
