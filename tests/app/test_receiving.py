"""Bodies are whole before anybody works on them, and who sends slowly keeps nobody waiting."""

import io
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_clinic import Clinic, a_clinic, called, wsgi_environ

from fhirbridge.app import application, receiving
from fhirbridge.app.receiving import OF_ONE, PLACES, Receiving
from fhirbridge.fhir import json

FHIR = "application/fhir+json"
PATIENT = json.dump({"resourceType": "Patient", "active": True})
LENGTH = len(PATIENT)
LIMIT = 10_000


class Slow:
    """A client that has begun to send, and sends the rest when it is let go on."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.sent = io.BytesIO(PATIENT)

    def read(self, size=-1):
        self.begun.set()
        assert self.go_on.wait(60)
        return self.sent.read(size)


class Gone:
    """A client whose connection breaks."""

    def read(self, size=-1):
        raise OSError("the client is gone")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    found = a_clinic(f"sqlite:///{tmp_path_factory.mktemp('receiving')}/clinic.sqlite")
    limits = replace(found.server.limits, max_body=LIMIT)
    server = replace(found.server, limits=limits, proxies=1)
    yield replace(found, server=server, app=Receiving(server, application(server)))
    found.server.store.close()


def post(clinic: Clinic, stream, length=LENGTH, **more):
    environ = wsgi_environ("/fhir/Patient", "POST")
    environ |= {"wsgi.input": stream, "CONTENT_TYPE": FHIR, "REMOTE_ADDR": "192.0.2.1", **more}
    environ["HTTP_AUTHORIZATION"] = f"Bearer {clinic.tokens['system']}"
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return called(clinic.app, environ)


@contextmanager
def slow_clients(clinic, addresses):
    """Give the answers of clients that have begun to send, once they are let go on."""
    streams, answers = [Slow() for _ in addresses], []

    def send(stream, address):
        answers.append(post(clinic, stream, HTTP_X_FORWARDED_FOR=address).status)

    threads = [
        threading.Thread(target=send, args=pair) for pair in zip(streams, addresses, strict=True)
    ]
    for thread, stream in zip(threads, streams, strict=True):
        thread.start()
        assert stream.begun.wait(60)
    try:
        yield answers
    finally:
        for thread, stream in zip(threads, streams, strict=True):
            stream.go_on.set()
            thread.join()


def test_x025_places_are_few_and_free_again_and_what_has_no_body_goes_on(clinic):
    with slow_clients(clinic, [f"10.0.0.{n}" for n in range(PLACES)]) as answers:
        refused = post(clinic, io.BytesIO(PATIENT))
        assert (refused.status, refused.outcome) == (503, "transient")
        assert refused["Retry-After"]
        assert refused["X-Content-Type-Options"] == "nosniff"
        assert clinic.ask("/fhir/Patient/A").status == 200
        assert clinic.ask("/fhir/Patient/none", "DELETE").status in {204, 404}
        assert answers == []
    assert answers == [201] * PLACES
    assert post(clinic, io.BytesIO(PATIENT)).status == 201


def test_x026_one_sender_has_not_all_the_places(clinic):
    with slow_clients(clinic, ["203.0.113.1"] * OF_ONE):
        again = post(clinic, io.BytesIO(PATIENT), HTTP_X_FORWARDED_FOR="evil, 203.0.113.1")
        assert again.status == 503
        other = post(clinic, io.BytesIO(PATIENT), HTTP_X_FORWARDED_FOR="203.0.113.1, 198.51.100.1")
        assert other.status == 201
    assert post(clinic, io.BytesIO(PATIENT), HTTP_X_FORWARDED_FOR="203.0.113.1").status == 201


@given(
    size=st.integers(0, 9 * LIMIT),
    said=st.sampled_from(["right", "more", "less", "chunked", "odd"]),
)
def test_what_came_is_given_on_as_far_as_anybody_looks(clinic, size, said):
    seen = []

    def behind(environ, start_response):
        seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    one = replace(clinic, app=Receiving(clinic.server, behind))
    length = {"right": size, "more": size + 5, "less": size // 2, "chunked": None, "odd": "x"}[said]
    ends = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    post(one, io.BytesIO(b"x" * size), length, **(ends if said == "chunked" else {}))
    expected = size // 2 if said == "less" else size
    left_as_it_was = said == "odd" or (not length and said != "chunked")
    assert len(seen[0]) == (size if left_as_it_was else min(expected, LIMIT + 1))


def test_quick_bodies_wait_for_one_another(clinic, monkeypatch):
    # However busy the machine: what is quick is quick compared with this.
    monkeypatch.setattr(receiving, "SLOW", 60.0)
    monkeypatch.setattr(receiving, "LONGEST_WAIT", 60.0)
    statuses = []

    def send():
        statuses.extend(post(clinic, io.BytesIO(PATIENT)).status for _ in range(20))

    threads = [threading.Thread(target=send) for _ in range(4 * PLACES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 20 * 4 * PLACES


def test_too_much_is_too_much_however_it_is_sent(clinic):
    assert post(clinic, io.BytesIO(b"x" * 2 * LIMIT), 2 * LIMIT).status == 413
    ends = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert post(clinic, io.BytesIO(b"x" * 2 * LIMIT), None, **ends).status == 413


def test_what_breaks_off_is_refused_and_leaves_its_place(clinic):
    for _ in range(2 * PLACES):
        assert post(clinic, Gone()).status == 400
        assert post(clinic, io.BytesIO(PATIENT[:5])).status == 400
    assert post(clinic, io.BytesIO(PATIENT)).status == 201
