"""When something breaks, the client learns a number and nobody learns a patient's data."""

import logging
from dataclasses import replace

import pytest
from flask import Flask

from fhirbridge.app import application
from fhirbridge.fhir.errors import Unavailable
from fhirbridge.rest.flask import bind


class Broken:
    def __init__(self, error):
        self.error = error

    def read(self, permitted, *version, sent=False):
        raise self.error

    search = vread = read


def broken(clinic, error):
    server = replace(clinic.server, store=Broken(error))
    return replace(clinic, app=application(server), server=server)


@pytest.mark.parametrize(
    "path", ["/fhir/Patient/A", "/fhir/Patient", "/fhir/Patient/A/_history/1", "/fhir/Binary/pdf"]
)
def test_a_fault_is_a_500_with_a_number(clinic, caplog, path):
    clinic = broken(clinic, RuntimeError("SELECT … WHERE name = 'Иванов'"))
    with caplog.at_level(logging.ERROR):
        answer = clinic.ask(path)
    assert answer.status == 500
    assert answer.outcome == "exception"
    number = answer["X-Request-Id"]
    assert number in answer.json["issue"][0]["diagnostics"]
    assert number in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Иванов" not in caplog.text + answer.body.decode()
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_client_s_own_number_does_not_hide_ours(clinic):
    clinic = broken(clinic, RuntimeError())
    answer = clinic.ask("/fhir/Patient/A", x_request_id="mine")
    assert answer["X-Request-Id"] in answer.json["issue"][0]["diagnostics"]


def test_a_database_that_is_away_is_a_503(clinic):
    clinic = broken(clinic, Unavailable("The database cannot answer now."))
    answer = clinic.ask("/fhir/Patient/A")
    assert answer.status == 503
    assert answer.outcome == "transient"
    assert int(answer["Retry-After"]) > 0


def test_a_fault_inside_flask_itself_is_a_500_too(clinic):
    def fails():
        raise ZeroDivisionError

    flask = Flask("broken", static_folder=None)
    bind(flask, clinic.server)
    flask.add_url_rule("/console", view_func=fails)
    answer = replace(clinic, app=flask.wsgi_app).ask("/console")
    assert answer.status == 500
    assert answer.outcome == "exception"


def test_without_a_database_the_process_lives_but_is_not_ready(clinic):
    def away():
        raise OSError

    clinic = replace(clinic, app=application(replace(clinic.server, ready=away)))
    assert clinic.ask("/health/live", token=None).status == 200
    answer = clinic.ask("/health/ready", token=None)
    assert answer.status == 503
    assert answer.outcome == "transient"
