import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scripted_server import ScriptedServer, cut, drip, flood, hang, reply, slam
from talking_source import shipped, talking

from fhirbridge.sources.errors import NotData, TooLarge, Unavailable, Unreachable
from fhirbridge.sources.http_json import Source

WHOLE = reply('[{"guid": "1", "fullName": "Ким"}]')
SHORT = {"limits": {"total_seconds": 0.4, "read_seconds": 0.3}}


def timed(script, error, **update):
    """Return the seconds until reading the directory failed with `error`."""
    with talking("onec", script, **update) as (_, source):
        start = time.monotonic()
        with pytest.raises(error):
            source.fetch("doctors")
        return time.monotonic() - start


@pytest.mark.parametrize("at", range(0, len(WHOLE), 7))
def test_an_answer_that_breaks_off_anywhere_is_no_answer(at):
    assert timed(cut(WHOLE, at), Unavailable) < 2


def test_an_answer_that_breaks_off_without_a_length_is_no_answer_either():
    text = WHOLE.replace(b"Content-Length", b"X-Length")
    assert timed(cut(text, len(text) - 3), NotData) < 2


@pytest.mark.parametrize("part", [b"", WHOLE.split(b"[")[0]], ids=["headers", "body"])
def test_one_byte_at_a_time_cannot_hold_a_worker(part):
    def trickle(connection):
        connection.sendall(part)
        drip(WHOLE[len(part) :])(connection)

    assert 0.3 < timed(trickle, Unavailable, **SHORT) < 4


def test_silence_ends_after_the_time_for_reading():
    assert timed(hang, Unavailable, **SHORT) < 4


def test_a_closed_connection_and_a_server_that_speaks_no_http_are_unavailable():
    timed(slam, Unavailable)
    timed(b"SSH-2.0-OpenSSH\r\n\r\n", Unavailable)


def test_a_body_without_end_is_given_up_at_the_limit():
    timed(flood, TooLarge, limits={"max_bytes": 1_000_000})


def test_a_compressed_body_was_not_asked_for():
    timed(reply(b"\x1f\x8b", Content_Encoding="gzip"), NotData)


def test_nothing_was_sent_when_nobody_listens():
    with ScriptedServer() as server:
        address = server.url
    source = Source(shipped("qlab").at(address), {"FHIRBRIDGE_QLAB_KEY": "k"})
    with pytest.raises(Unreachable):
        source.fetch("orders", first="2026-11-01", last="2026-11-02")
    source.close()


def test_a_connection_is_used_again_and_a_good_answer_after_a_bad_one_is_read():
    with talking("onec", cut(WHOLE, 90), WHOLE) as (server, source):
        with pytest.raises(Unavailable):
            source.fetch("doctors")
        assert len(source.fetch("doctors").items) == 1
        assert len(source.fetch("doctors").items) == 1
    assert len(server.asked) == 3


def self_signed(folder):
    """Return a server's context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path):
    received = []

    def serve(listener, context):
        connection, _ = listener.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                received.append(secure.recv(1000))
        except (ssl.SSLError, OSError):
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, self_signed(tmp_path)))
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        source = Source(shipped("qlab").at(url), {"FHIRBRIDGE_QLAB_KEY": "k"})
        with pytest.raises(Unreachable):
            source.fetch("orders", first="2026-11-01", last="2026-11-02")
        source.close()
        thread.join()
    assert not any(received)
