"""A server that answers exactly the bytes it was told, and remembers what it was asked."""

import socket
import threading
import time
from dataclasses import dataclass


@dataclass
class Asked:
    method: str
    path: str
    headers: dict
    body: bytes


def reply(body=b"[]", status=200, content_type="application/json; charset=utf-8", **headers):
    """Return a whole HTTP answer; header names are given with underscores."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


class ScriptedServer:
    """`script` holds answers in turn, the last one for ever: bytes, or a function of the socket."""

    def __init__(self, *script):
        self.script = list(script) or [reply()]
        self.asked = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open = True

    def __enter__(self):
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._open = False
        with socket.create_connection(("127.0.0.1", self.port)):
            self._thread.join()
        self._listener.close()

    def _serve(self):
        while self._open:
            connection, _ = self._listener.accept()
            if self._open:
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()
            else:
                connection.close()

    def _talk(self, connection):
        with connection:
            try:
                while (request := _read(connection)) is not None:
                    self.asked.append(request)
                    answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                    if callable(answer):
                        answer(connection)
                        return
                    connection.sendall(answer)
            except OSError:
                return


def drip(text, pause=0.05):
    """Return an answer that sends one byte at a time."""

    def send(connection):
        for at in range(len(text)):
            connection.sendall(text[at : at + 1])
            time.sleep(pause)

    return send


def hang(connection):
    """Accept and never answer."""
    time.sleep(5)


def slam(connection):
    """Close without a word."""


def flood(connection):
    """Never stop sending."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        connection.sendall(b" " * 65536)


def cut(text, at):
    """Return an answer that breaks off after `at` bytes."""

    def send(connection):
        connection.sendall(text[:at])

    return send


def _read(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, body)
