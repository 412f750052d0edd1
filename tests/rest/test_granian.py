"""The documented server in front of the real application, asked with raw bytes on a socket."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from fhirbridge.fhir import json

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def served(clinic):
    """Return the unix socket of a granian that serves the clinic's database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "web"
        environment = {
            **os.environ,
            "FHIRBRIDGE_DATABASE_URL": clinic.url,
            "FHIRBRIDGE_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "FHIRBRIDGE_BASE_URL": "",
            "FHIRBRIDGE_MAX_BODY": "100000",
            "FHIRBRIDGE_VAR": folder,
        }
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--uds", path]
        process = subprocess.Popen([*command, "--no-ws", "wsgi:app"], env=environment, cwd=ROOT)
        try:
            wait(path, process)
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def wait(path, process):
    for _ in range(200):
        assert process.poll() is None, "granian ended"
        if path.exists() and exchange(path, b"GET /health/live HTTP/1.0\r\n\r\n")[0] == 200:
            return
        time.sleep(0.1)
    pytest.fail("granian did not start")


def exchange(path, request):
    """Return status, header lines and body of one raw request."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        try:
            connection.connect(str(path))
        except ConnectionRefusedError:
            return 0, [], b""
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    status, *headers = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), headers, body


def ask(path, target, token=None, method="GET", extra=b"", body=b""):
    lines = [f"{method} ".encode() + target + b" HTTP/1.1", b"Host: here.example"]
    lines += [b"Connection: close", *([extra] if extra else [])]
    if token:
        lines.append(b"Authorization: Bearer " + token.encode())
    if body:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    return exchange(path, b"\r\n".join(lines) + b"\r\n\r\n" + body)


def test_a_read_and_a_search_come_over_the_wire(served, clinic):
    token = clinic.tokens["patient"]
    status, headers, body = ask(served, b"/fhir/Observation/a1", token)
    assert status == 200
    assert any(line.lower().startswith('etag: w/"') for line in headers)
    assert b'"value":13.99' in body
    status, _, body = ask(served, b"/fhir/Observation?patient=A&_sort=-date&_count=2", token)
    bundle = json.parse(body)
    assert [one["resource"]["id"] for one in bundle["entry"]] == ["a7", "a6"]
    assert bundle["entry"][0]["fullUrl"].startswith("http://here.example/fhir/Observation/")


def test_every_kind_of_write_comes_over_the_wire(served, clinic):
    def write(method, body=b"", kind=b"application/fhir+json"):
        content = b"Content-Type: " + kind
        found = ask(served, b"/fhir/Patient/wire", clinic.tokens["system"], method, content, body)
        return found[0], found[2]

    status, body = write("PUT", b'{"resourceType":"Patient","id":"wire"}')
    assert (status, json.parse(body)["meta"]["versionId"]) == (201, "1")
    operations = b'[{"op":"add","path":"/active","value":true}]'
    status, body = write("PATCH", operations, b"application/json-patch+json")
    assert (status, json.parse(body)["active"]) == (200, True)
    assert write("DELETE") == (204, b"")
    assert write("DELETE") == (204, b"")


def test_head_and_not_modified_have_no_body(served, clinic):
    token = clinic.tokens["system"]
    status, headers, body = ask(served, b"/fhir/Patient/A", token, "HEAD")
    assert (status, body) == (200, b"")
    assert any(line.lower().startswith("content-length: ") for line in headers)
    status, _, body = ask(served, b"/fhir/Patient/A", token, extra=b'If-None-Match: W/"1"')
    assert (status, body) == (304, b"")


@pytest.mark.parametrize(
    ("target", "extra", "status"),
    [
        (b"/fhir/Patient/B", b"", 404),
        (b"/fhir/Patient?junk=1", b"", 400),
        (b"/fhir/Nothing", b"", 404),
        (b"/fhir//Patient/A", b"", 404),
        (b"/fhir/Patient/%FF", b"", 404),
        (b"/fhir/Patient?name=%FF", b"", 400),
        (b"/fhir/Patient/A", b"Accept: application/fhir+xml", 406),
        (b"/fhir/Patient/A", b"If-None-Match: \xd0\xb9", 200),
        (b"/fhir/Patient/A", b"Accept: \xff\xfe", 200),
        (b"/fhir/Patient?name=" + b"x" * 30_000, b"", 414),
        (b"/fhir/Patient/" + b"x" * 30_000, b"", 404),
    ],
)
def test_whatever_comes_is_answered_with_a_resource(served, clinic, target, extra, status):
    found, _, body = ask(served, target, clinic.tokens["patient"], extra=extra)
    assert found == status
    assert json.parse(body)["resourceType"]


def test_a_body_past_the_limit_is_refused(served):
    body = b"x" * 200_000
    kind = b"Content-Type: application/x-www-form-urlencoded"
    found, _, answer = ask(served, b"/fhir/Patient/_search", None, "POST", kind, body)
    assert found == 413
    assert json.parse(answer)["issue"][0]["code"] == "too-long"


def test_a_body_of_chunks_past_the_limit_is_refused(served, clinic):
    request = (
        b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
        b"Authorization: Bearer " + clinic.tokens["system"].encode() + b"\r\n\r\n"
        + b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    )  # fmt: skip
    request += (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 8 + b"0\r\n\r\n"
    status, _, body = exchange(served, request)
    assert status == 413
    assert json.parse(body)["issue"][0]["code"] == "too-long"


def test_a_search_is_posted_in_chunks(served, clinic):
    request = (
        b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
        b"Authorization: Bearer " + clinic.tokens["system"].encode() + b"\r\n\r\n"
        b"5\r\n_id=A\r\n0\r\n\r\n"
    )
    status, _, body = exchange(served, request)
    assert status == 200
    assert [one["resource"]["id"] for one in json.parse(body)["entry"]] == ["A"]


def test_an_address_past_the_server_s_own_limit_is_refused_by_it(served, clinic):
    status, _, _ = ask(served, b"/fhir/Patient/" + b"x" * 70_000, clinic.tokens["system"])
    assert status == 414


def test_two_authorization_headers_are_never_one_good_token(served, clinic):
    token = clinic.tokens["system"].encode()
    good = b"Authorization: Bearer " + token
    for extra in [b"Authorization: Bearer forged", good]:
        status, _, body = ask(served, b"/fhir/Patient/A", clinic.tokens["patient"], extra=extra)
        assert status in {400, 401}
        assert json.parse(body)["resourceType"] == "OperationOutcome"
