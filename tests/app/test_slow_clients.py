"""`fhirbridge serve` with clients that open requests and do not finish them."""

import socket
import time
from contextlib import ExitStack

import httpx
import pytest
from serving import serving

from fhirbridge.app.receiving import OF_ONE

PATIENCE = 60
HEAD = (
    b"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)
CHUNKED = b"POST /auth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
UNFINISHED = b"GET /fhir/Patient/A HTTP/1.1\r\nHost: x\r\nX-"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("slow")) as found:
        yield found


def begun(stack, url, text):
    """Begin a request and leave it at that."""
    host, port = url.removeprefix("http://").removesuffix("/fhir").split(":")
    connection = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE))
    connection.sendall(text)
    return connection


def ask(served, method="GET", path="Patient/A", **body):
    header = {"Authorization": f"Bearer {served.token}", "Content-Type": "application/fhir+json"}
    url = f"{served.url}/{path}"
    return httpx.request(method, url, headers=header, timeout=PATIENCE, **body).status_code


def test_x024_clients_that_stop_keep_nobody_waiting(served):
    with ExitStack() as stack:
        for number in range(OF_ONE):
            begun(stack, served.url, HEAD if number % 2 else CHUNKED)
        until = time.monotonic() + PATIENCE
        while ask(served, "POST", "Patient", json={"resourceType": "Patient"}) != 503:
            assert time.monotonic() < until
        late = begun(stack, served.url, HEAD)
        assert late.recv(12) == b"HTTP/1.1 503"
        for _ in range(5):
            assert ask(served) == 200
    until = time.monotonic() + PATIENCE
    while ask(served, "POST", "Patient", json={"resourceType": "Patient"}) != 201:
        assert time.monotonic() < until


def test_x023_headers_without_an_end_are_given_up(served):
    with ExitStack() as stack:
        connection = begun(stack, served.url, UNFINISHED)
        assert ask(served) == 200
        assert connection.recv(100)[:12] in {b"", b"HTTP/1.1 408"}
