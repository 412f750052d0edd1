"""What `make check` and `make audit` make of the advisory database, and of its absence."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, reply

TOOL = Path(__file__).parents[2] / "tools/advisories.py"
PINNED = "flask==3.1.3\nexample[extra]==1.0 ; python_version > '3'\n# a remark\n"
NONE = {"results": [{}, {}]}
ONE = {"results": [{}, {"vulns": [{"id": "GHSA-1"}, {"id": "PYSEC-2"}]}]}


@pytest.fixture
def run(tmp_path):
    """Return the function that runs the tool and returns its exit code and what it printed."""
    (tmp_path / "pinned.txt").write_text(PINNED)

    def run(service, *options):
        command = [sys.executable, TOOL, tmp_path / "pinned.txt", "--service", service, *options]
        environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=30, env=environment, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_known_weakness_is_an_error_that_names_it(run):
    with ScriptedServer(reply(json.dumps(ONE))) as server:
        code, told, wrong = run(server.url)
    assert (code, told) == (1, "Advisories: 1 of 2 pinned dependencies have any\n")
    assert wrong == "example 1.0: GHSA-1, PYSEC-2\n"
    queries = json.loads(server.asked[0].body)["queries"]
    assert [(one["package"]["name"], one["version"]) for one in queries] == [
        ("flask", "3.1.3"),
        ("example", "1.0"),
    ]


def test_nothing_known_is_no_error(run):
    with ScriptedServer(reply(json.dumps(NONE))) as server:
        assert run(server.url, "--strict")[0] == 0


@pytest.mark.parametrize(
    "answer",
    [
        reply("<html>a proxy's page</html>", content_type="text/html"),
        reply("{}", status=503),
        reply('{"results": [{}]}'),
        reply('{"results": null}'),
        b"this is no HTTP\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_told_in_one_line(run, answer):
    with ScriptedServer(answer) as server:
        code, told, _ = run(server.url)
        assert run(server.url, "--strict")[0] == 1
    assert (code, told.count("\n")) == (0, 1)
    assert "cannot be reached" in told


def test_nobody_there_is_told_in_one_line(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, told, _ = run(f"http://127.0.0.1:{port}")
    assert (code, told.count("\n")) == (0, 1)


def test_a_database_that_never_answers_is_waited_for_so_long_and_no_longer(run):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, told, _ = run(f"http://127.0.0.1:{silent.getsockname()[1]}", "--patience", "0.2")
    assert (code, told.count("\n")) == (0, 1)
