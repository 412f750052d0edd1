"""The authorization server is there for whoever asks for it, and costs nothing before."""

import subprocess
import sys
import threading

import httpx
import pytest
from flask import Flask

from fhirbridge.app.late import ITS_OWN, Late
from fhirbridge.app.process import create_app
from fhirbridge.settings import Settings

LOADED = """
import sys
import fhirbridge.cli.serve
from fhirbridge.app import from_environment
from_environment()
few = {"authlib", "joserfc", "psycopg", "sqlalchemy", "httpx", "redis", "rq", "fhirbridge.worker"}
print(sorted(few & sys.modules.keys()))
"""


def answering(name):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [name]

    return app


def ask(late, path):
    return late({"PATH_INFO": path}, lambda *_: None)


def test_only_what_is_its_own_brings_it_and_then_it_stays():
    late = Late(answering("small"), lambda: answering("whole"))
    for path in ("/fhir/Patient", "/fhir/metadata", "/health/live", "/authors", ""):
        assert ask(late, path) == ["small"]
    assert ask(late, "/fhir/.well-known/smart-configuration") == ["whole"]
    assert ask(late, "/fhir/Patient") == ["whole"]


def test_however_many_ask_at_once_it_is_made_once():
    made, both = [], threading.Barrier(2)

    def whole():
        made.append(1)
        return answering("whole")

    late, answers = Late(answering("small"), whole), []

    def visit():
        both.wait(60)
        answers.append(ask(late, "/auth/login"))

    threads = [threading.Thread(target=visit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, answers) == ([1], [["whole"]] * 2)


def test_what_could_not_be_made_is_made_for_the_next():
    outcomes = iter([OSError("not now"), answering("whole")])

    def whole():
        found = next(outcomes)
        if isinstance(found, Exception):
            raise found
        return found

    late = Late(answering("small"), whole)
    with pytest.raises(OSError, match="not now"):
        ask(late, "/auth/login")
    assert ask(late, "/fhir/metadata") == ["small"]
    assert ask(late, "/auth/login") == ["whole"]


def test_every_page_of_it_brings_it(tmp_path, monkeypatch):
    rules = []
    kept = Flask.register_blueprint

    def register(self, blueprint, **options):
        before = {rule.rule for rule in self.url_map.iter_rules()}
        kept(self, blueprint, **options)
        rules.extend({rule.rule for rule in self.url_map.iter_rules()} - before)

    monkeypatch.setattr(Flask, "register_blueprint", register)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/x.sqlite",
        secret_key=b"s" * 32,
        var=tmp_path,
        base_url="http://x/fhir",
    )
    with httpx.Client(
        transport=httpx.WSGITransport(create_app(settings)), base_url="http://x"
    ) as client:
        assert client.get("/health/live").status_code == 200
        assert rules == []
        assert client.get("/auth/style.css").status_code == 200
    assert "/auth/token" in rules
    assert all(ITS_OWN.fullmatch(rule) for rule in rules)


def test_a_process_begins_without_what_few_need(tmp_path):
    environment = {
        "FHIRBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite",
        "FHIRBRIDGE_VAR": str(tmp_path),
        "FHIRBRIDGE_SECRET_KEY": "s" * 32,
        "FHIRBRIDGE_BASE_URL": "http://x/fhir",
    }
    command = [sys.executable, "-c", LOADED]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
