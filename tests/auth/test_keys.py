"""The safe fetcher against strangers: the cases S001 to S012."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fhirbridge.auth.keys import FAILED, NotFetched, SafeFetcher
from fhirbridge.auth.public_url import REFUSED, RefusedURL, checked, is_global

HOST = "keys.example"


def never_fetched(url):
    def resolve(host, port):
        raise AssertionError("looked up")

    with pytest.raises(RefusedURL, match=REFUSED):
        SafeFetcher(resolve=resolve).fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://0/",
    ],
)
def test_s001_this_machine_by_name_and_address(url):
    never_fetched(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.0x1/",
        "https://0177.0.0.1/",
        "https://127.1/",
    ],
)
def test_s002_this_machine_spelled_as_a_number(url):
    never_fetched(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "https://[::127.0.0.1]/",
    ],
)
def test_s003_an_inner_address_inside_another_family(url):
    never_fetched(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fc00::1]/",
        "https://198.18.0.1/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://224.0.0.1/",
        "https://[ff02::1]/",
    ],
)
def test_s004_every_network_that_is_not_public(url):
    never_fetched(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://good@127.0.0.1/",
        "https://good:443@evil.example/",
        "https://good%2eexample/",
        "https://keys.example./",
        "https://keys.example\t/",
        "https://keys.exa\nmple/",
        " https://keys.example/",
        "https://keys.example\\@evil.example/",
        "https://ключи.example/",
        "https://keys.example/#x",
        "https://-keys.example/",
        "https:///x",
        "https://",
        "file:///etc/passwd",
        "gopher://keys.example/",
        "ftp://keys.example/",
        "",
    ],
)
def test_s008_a_url_that_reads_in_two_ways(url):
    never_fetched(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://keys.example:22/",
        "https://keys.example:25/",
        "https://keys.example:6379/",
        "https://keys.example:5432/",
        "https://keys.example:9200/",
        "https://keys.example:99999/",
        "https://keys.example:x/",
    ],
)
def test_s009_a_port_of_another_service(url):
    never_fetched(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://keys.example/a?b=c",
        "HTTPS://KEYS.example:8443/",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]/",
    ],
)
def test_a_url_that_may_be_fetched(url):
    assert checked(url).hostname


@pytest.mark.parametrize("text", ["1.1.1.1", "2606:4700::1111"])
def test_an_address_of_the_public_internet_is_global(text):
    assert is_global(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["1.1.1.1", "10.0.0.1"],
        ["::ffff:192.168.0.1"],
        ["64:ff9b::a00:1"],
        ["169.254.169.254"],
        [],
    ],
)
def test_s005_a_name_that_leads_inside_is_refused_by_any_of_its_addresses(found):
    fetcher = SafeFetcher(resolve=lambda host, port: found)
    with pytest.raises(RefusedURL, match=REFUSED):
        fetcher.fetch("https://keys.example/")


def test_an_unknown_name_is_not_fetched():
    def resolve(host, port):
        raise socket.gaierror

    with pytest.raises(NotFetched, match=FAILED):
        SafeFetcher(resolve=resolve).fetch("https://keys.example/")


# ---------------------------------------------------------------------- against a real TLS server


def certificate(folder, name=HOST):
    """Return the files of a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    end = start + dt.timedelta(days=3650)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return pem


def serve(listener, context, answer) -> None:
    """Answer until the listener is shut."""
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
            secure.recv(65536)
            answer(secure)


@contextmanager
def tls_server(pem, answer: Callable[[ssl.SSLSocket], None]) -> Iterator[int]:
    """Serve connections one after the other with `answer`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener, context, answer))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def fetcher(pem, port, **over) -> SafeFetcher:
    tls = ssl.create_default_context(cafile=pem)
    values = {
        "resolve": lambda host, _: ["127.0.0.1"],
        "allowed": lambda _: True,
        "ports": frozenset({port}),
        "tls": tls,
        "timeout": 2.0,
    }
    return SafeFetcher(**(values | over))


def sends(*parts: bytes) -> Callable[[ssl.SSLSocket], None]:
    def answer(connection: ssl.SSLSocket) -> None:
        for part in parts:
            connection.sendall(part)

    return answer


OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


def test_it_fetches_from_the_address_that_was_checked_under_the_original_name(pem):
    seen = []

    def answer(connection: ssl.SSLSocket) -> None:
        seen.append(connection.server_side)
        connection.sendall(OK + b"Cache-Control: max-age=7\r\nContent-Length: 2\r\n\r\n{}")

    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    with tls_server(pem, answer) as port:
        found = fetcher(pem, port, resolve=resolve).fetch(f"https://{HOST}:{port}/jwks")
    assert found == (b"{}", "max-age=7")
    assert asked == [HOST]
    assert seen == [True]


def test_s006_a_name_that_changes_its_address_meanwhile_gains_nothing(pem):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with tls_server(pem, sends(OK + b"Content-Length: 2\r\n\r\n{}")) as port:
        found = fetcher(pem, port, resolve=lambda *_: next(answers)).fetch(
            f"https://{HOST}:{port}/"
        )
    assert found.body == b"{}"
    assert next(answers) == ["10.0.0.1"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["https://127.0.0.1/", "file:///etc/passwd", "/"])
def test_s007_c009_redirects_are_not_followed(pem, status, target):
    answer = f"HTTP/1.1 {status} X\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    with tls_server(pem, sends(answer)) as port, pytest.raises(NotFetched, match=FAILED):
        fetcher(pem, port).fetch(f"https://{HOST}:{port}/")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 5\r\n\r\n{}",
        OK + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
    ],
)
def test_s010_other_answers_are_failures(pem, answer):
    with tls_server(pem, sends(answer)) as port, pytest.raises(NotFetched, match=FAILED):
        fetcher(pem, port).fetch(f"https://{HOST}:{port}/")


def test_s010_an_endless_body_is_cut(pem):
    def answer(connection: ssl.SSLSocket) -> None:
        connection.sendall(OK + b"\r\n")
        for _ in range(100):
            connection.sendall(b"x" * 65536)

    with tls_server(pem, answer) as port, pytest.raises(NotFetched, match=FAILED):
        fetcher(pem, port).fetch(f"https://{HOST}:{port}/")


@pytest.mark.parametrize("head", [b"", OK + b"\r\n"])
def test_s010_c010_a_slow_drip_ends_at_the_deadline(pem, head):
    def answer(connection: ssl.SSLSocket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.05)

    begun = time.monotonic()
    with tls_server(pem, answer) as port, pytest.raises(NotFetched, match=FAILED):
        fetcher(pem, port, timeout=0.5).fetch(f"https://{HOST}:{port}/")
    assert time.monotonic() - begun < 4


def test_s011_certificates_are_checked(pem, tmp_path):
    other = certificate(tmp_path, "other.example")
    good = OK + b"Content-Length: 2\r\n\r\n{}"
    with tls_server(pem, sends(good)) as port:
        for trusted, host in ((other, HOST), (pem, "other.example")):
            with pytest.raises(NotFetched, match=FAILED):
                fetcher(trusted, port).fetch(f"https://{host}:{port}/")


def test_s017_a_proxy_of_the_environment_is_not_used(pem, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with tls_server(pem, sends(OK + b"Content-Length: 2\r\n\r\n{}")) as port:
        assert fetcher(pem, port).fetch(f"https://{HOST}:{port}/").body == b"{}"
