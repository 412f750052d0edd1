"""A small clinic behind the real application: two patients, their results, a slot, a PDF."""

import atexit
import base64
import io
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

import pytest

from fhirbridge.app import application, create_server
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json
from fhirbridge.rest.server import Server
from fhirbridge.settings import Settings

NOW = 1_795_518_000_000_000  # 2026-11-24T11:00:00Z
# Some tests ask by the real clock: a token must not end before their day does.
AGES = 100 * 365 * 24 * 3_600_000_000
BASE = "https://clinic.example/fhir"
PDF = b"%PDF-1.4 invented"


def resource(type_, id_, **elements):
    return {"resourceType": type_, "id": id_, **elements}


def observation(id_, patient, value="13.50", day=1, status="final"):
    return resource(
        "Observation",
        id_,
        status=status,
        code={"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        subject={"reference": f"Patient/{patient}"},
        effectiveDateTime=f"2026-11-{day:02}T08:00:00+03:00",
        valueQuantity={
            "value": json.Literal(value),
            "unit": "г/дл",
            "system": "http://unitsofmeasure.org",
            "code": "g/dL",
        },
    )


def binary(id_, patient, content_type="application/pdf"):
    return resource(
        "Binary",
        id_,
        contentType=content_type,
        securityContext={"reference": f"Patient/{patient}"},
        data=base64.b64encode(PDF).decode(),
    )


RESOURCES = [
    resource("Patient", "A", name=[{"family": "Иванов"}], birthDate="1980-01-01"),
    resource("Patient", "B", name=[{"family": "Петрова"}], birthDate="1990-01-01"),
    resource("Practitioner", "doctor", name=[{"family": "Сидоров", "given": ["Пётр"]}]),
    resource("Schedule", "plan", actor=[{"reference": "Practitioner/doctor"}]),
    resource(
        "Slot",
        "nine",
        schedule={"reference": "Schedule/plan"},
        status="busy-tentative",
        start="2026-11-25T09:00:00+03:00",
        end="2026-11-25T09:30:00+03:00",
    ),
    *(observation(f"a{n}", "A", day=n, value=f"13.{n}0") for n in range(1, 8)),
    observation("b1", "B"),
    observation("withheld", "A", status="preliminary"),
    observation("gone-a", "A", day=9),
    observation("gone-b", "B", day=9),
    binary("pdf", "A"),
    binary("page", "A", "text/html"),
    binary("pdf-b", "B"),
]
DELETED = [("Observation", "gone-a"), ("Observation", "gone-b")]
SCOPES = {
    "system": Wanted("system/*.cruds", AGES),
    "patient": Wanted("patient/*.rs", AGES, patient="A"),
    "other": Wanted("patient/*.rs", AGES, patient="B"),
    "reader": Wanted("patient/*.r", AGES, patient="A"),
    "narrow": Wanted("patient/Patient.rs", AGES, patient="A"),
    "lost": Wanted("patient/*.rs", AGES),
}


@dataclass
class Clock:
    now: int = NOW

    def __call__(self):
        return self.now


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name):
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, f"{name} twice"
        return values[0] if values else None

    @property
    def json(self):
        return json.parse(self.body)

    @property
    def outcome(self):
        """The code of the first issue of an OperationOutcome."""
        assert self["Content-Type"] == "application/fhir+json; charset=utf-8"
        assert self.json["resourceType"] == "OperationOutcome"
        return self.json["issue"][0]["code"]

    @property
    def ids(self):
        return [entry["resource"]["id"] for entry in self.json.get("entry", ())]

    def link(self, relation):
        found = [link["url"] for link in self.json["link"] if link["relation"] == relation]
        return found[0].removeprefix("https://clinic.example") if found else None


@dataclass(frozen=True)
class Clinic:
    app: Any
    server: Server
    tokens: dict
    clock: Clock
    url: str

    def ask(self, path, method="GET", *, token="system", body=b"", **headers):  # noqa: S107
        """Call the application as a server does; `path` is what a client writes on the wire."""
        environ = wsgi_environ(path, method, body)
        if token is not None:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens.get(token, token)}"
        for name, value in headers.items():
            key = name.upper()
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
        return called(self.app, environ)


def wsgi_environ(path, method="GET", body=b""):
    plain, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(plain).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "clinic.example",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def called(app, environ):
    started = []

    def start_response(status, headers, exc_info=None):
        started.append((status, headers))
        return lambda _: None

    parts = app(environ, start_response)
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    ((status, headers),) = started
    return Answer(int(status.split()[0]), tuple(headers), body)


def fill(store, clock, resources=RESOURCES, deleted=DELETED):
    with store.transaction() as tx:
        for one in resources:
            tx.put(one, now=clock())
    clock.now += 1_500_000
    with store.transaction() as tx:
        tx.put(observation("a1", "A", value="13.99"), now=clock())
        for type_, id_ in deleted:
            tx.delete(type_, id_, now=clock())


@pytest.fixture(scope="session")
def clinic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic")
    return a_clinic(f"sqlite:///{folder}/clinic.sqlite")


@pytest.fixture
def opened():
    """Return the function that opens a clinic in an empty database; all are closed again."""
    with ExitStack() as stack:

        def open_(url):
            clinic = a_clinic(url)
            stack.callback(clinic.server.store.close)
            return clinic

        yield open_


def a_folder():
    folder = Path(mkdtemp(prefix="fhirbridge-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


def a_clinic(url, *contents):
    """Return a clinic in the database `url`, filled with `contents` (see `fill`)."""
    clinic = an_empty_clinic(url)
    fill(clinic.server.store, clinic.clock, *contents)
    return clinic


def an_empty_clinic(url, max_body=100_000, **settings):
    """Return a clinic in which nobody has been yet."""
    clock = Clock()
    chosen = Settings(
        database_url=url,
        secret_key=b"0123456789abcdef0123456789abcdef",
        time_zone=ZoneInfo("Europe/Moscow"),
        base_url=BASE,
        max_body=max_body,
        var=a_folder(),
        **settings,
    )
    server = create_server(chosen, clock)
    server.store.migrate()
    tokens = {
        name: issue(wanted, server.store.tokens, clock())[0] for name, wanted in SCOPES.items()
    }
    expired = Wanted("system/*.cruds", -1)
    tokens["expired"] = issue(expired, server.store.tokens, clock())[0]
    return Clinic(application(server), server, tokens, clock, url)


@pytest.fixture(scope="session")
def other_world(tmp_path_factory):
    """The same clinic for patient A; nobody else's data is the same in it."""
    kept = [one for one in RESOURCES if one["id"] not in {"B", "b1", "gone-b", "pdf-b"}]
    kept += [
        resource("Patient", "B", name=[{"family": "Иванов"}], birthDate="1980-01-01"),
        resource("Patient", "C", name=[{"family": "Третий"}]),
        *(observation(f"c{n}", "C", day=n) for n in range(1, 20)),
        observation("gone-b", "C"),
    ]
    folder = tmp_path_factory.mktemp("other")
    return a_clinic(f"sqlite:///{folder}/other.sqlite", kept, [("Observation", "gone-a")])
