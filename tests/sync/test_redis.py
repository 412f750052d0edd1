"""The embedded Redis: shared, short-lived, never left behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from fhirbridge.sync import redis as module
from fhirbridge.sync.redis import EmbeddedRedis, NoRedisError, connect, require_noeviction

HOLDER = """
import sys, time
from pathlib import Path
from fhirbridge.sync.redis import EmbeddedRedis
print(EmbeddedRedis(Path(sys.argv[1])).start(), flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_started_server_answers_and_writes_its_pid(own_redis):
    server = own_redis()
    with connect(server.start()) as connection:
        assert connection.ping()
        assert int(server.pidfile.read_text()) == connection.info("server")["process_id"]


def test_a_second_process_joins_the_running_server(own_redis):
    first = own_redis()
    first.start()
    second = EmbeddedRedis(first.folder)
    with connect(first.url) as one, connect(second.start()) as two:
        one.set("seen", "yes")
        assert two.get("seen") == b"yes"
    second.stop()
    with connect(first.url) as one:
        assert one.get("seen") == b"yes"


def test_the_server_dies_with_a_killed_parent(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with parent, connect(parent.stdout.readline().strip()) as connection:
        pid = connection.info("server")["process_id"]
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert gone(pid)


def test_a_server_can_be_started_again_after_it_was_killed(own_redis):
    server = own_redis()
    server.start()
    os.kill(int(server.pidfile.read_text()), signal.SIGKILL)
    server.stop()
    with connect(server.start()) as connection:
        assert connection.ping()


def test_a_long_folder_still_gets_a_socket(tmp_path):
    server = EmbeddedRedis(tmp_path / ("long" * 30))
    with connect(server.start()) as connection:
        assert connection.ping()
    server.stop()


def test_without_a_server_program_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRedisError, match="FHIRBRIDGE_REDIS_URL") as caught:
        EmbeddedRedis(tmp_path).start()
    assert "\n" not in str(caught.value)


def test_a_server_on_the_path_is_the_fallback(tmp_path, monkeypatch):
    program = tmp_path / "redis-server"
    program.symlink_to(module._program())  # noqa: SLF001
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    server = EmbeddedRedis(tmp_path / "var")
    with connect(server.start()) as connection:
        assert connection.info("server")["executable"] == str(program)
    server.stop()


def test_a_redis_that_evicts_jobs_is_refused(own_redis):
    with connect(own_redis().start()) as connection:
        require_noeviction(connection)
        connection.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(NoRedisError, match="noeviction"):
            require_noeviction(connection)


def test_a_dead_redis_is_reported_within_its_patience(tmp_path):
    begun = time.monotonic()
    with (
        connect(f"unix://{tmp_path}/none.sock", patience=0.2) as connection,
        pytest.raises(NoRedisError),
    ):
        require_noeviction(connection)
    assert time.monotonic() - begun < 1
