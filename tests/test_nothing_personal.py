"""The plugin that keeps patients out of the logs fails a run that writes of one."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from fhirbridge.sandbox.people import patient

SERVERS = Path(__file__).parent / "servers"
ONE = next(one for one in (patient(1, number) for number in range(20, 60)) if one.snils)
PHONE = ONE.phone
PLAIN = "logging.getLogger('any.library').info('reading %s', {!r})"
OUTSIDE = "logging.getLogger('fhirbridge.x').error({!r})"
BEHIND = """
    quiet = logging.getLogger("quiet")
    quiet.propagate = False
    quiet.setLevel(logging.DEBUG)
    quiet.debug({!r})
"""
THREAD = """
    thread = threading.Thread(target=logging.warning, args=({!r},))
    thread.start()
    thread.join()
"""
RAISED = """
    try:
        raise ValueError({!r})
    except ValueError:
        logging.getLogger("fhirbridge").exception("it failed")
"""
CHILD = """
    code = "import sys; sys.stderr.buffer.write(sys.argv[1].encode())"
    subprocess.run([sys.executable, "-c", code, {!r}], check=True)
"""
HEAD = "import logging, subprocess, sys, threading, pytest\n"
TEXTS = {
    "family": ONE.family,
    "patronymic": ONE.patronymic.upper(),
    "phone": f"8 ({PHONE[2:5]}) {PHONE[5:8]}-{PHONE[8:10]}-{PHONE[10:]}",
    "snils": f"{ONE.snils[:3]}-{ONE.snils[3:6]}-{ONE.snils[6:9]} {ONE.snils[9:]}",
    "number": ONE.snils,
    "quoted": f"GET /patients?name={quote(ONE.family)}",
    "escaped": ONE.family.encode("unicode_escape").decode(),
    "garbled": ONE.family.encode().decode("latin-1"),
}


@pytest.fixture
def run(tmp_path):
    """Return the function that runs a file of tests with the plugin."""

    def run(text, *options):
        (tmp_path / "test_it.py").write_text(HEAD + text, "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "nothing_personal", "-p",
                   "no:cacheprovider", "-rA", *options, "test_it.py"]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(SERVERS), "PYTHONUTF8": "1"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8",
            check=False, timeout=120,
        )  # fmt: skip

    return run


def file_of(*statements):
    return "".join(
        f"\ndef test_{number}():\n    {statement}\n" for number, statement in enumerate(statements)
    )


def test_every_way_into_a_log_is_seen_and_the_test_fails_that_took_it(run):
    ways = (PLAIN, OUTSIDE, BEHIND, THREAD, RAISED, CHILD)
    done = run(file_of(*(way.format(ONE.family) for way in ways), "logging.warning('fine')"))
    assert done.returncode == 1
    for number in range(len(ways)):
        assert f"FAILED test_it.py::test_{number}" in done.stdout
    assert f"PASSED test_it.py::test_{len(ways)}" in done.stdout


def test_every_spelling_is_seen(run):
    done = run(file_of(*(PLAIN.format(text) for text in TEXTS.values())))
    for number, name in enumerate(TEXTS):
        assert f"FAILED test_it.py::test_{number}" in done.stdout, name


@pytest.mark.parametrize("options", [("-n", "2"), ("-p", "no:xdist")])
def test_what_is_logged_between_tests_fails_the_run(run, options):
    fixture = """
class Late:
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self):
        logging.getLogger("late").error({!r})

def test_one(request):
    if not request.config.pluginmanager.has_plugin("late"):
        request.config.pluginmanager.register(Late(), "late")
"""
    done = run(fixture.format(ONE.family), *options)
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "tells of a patient" in done.stdout


def test_a_run_that_tells_nothing_passes(run):
    lines = ["logging.warning('Пациент 123456, 2026-11-24')", "print('Итого: 1234567890')"]
    done = run(file_of(*lines), "-n", "2")
    assert done.returncode == 0, done.stdout
