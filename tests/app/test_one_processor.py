"""Each web process keeps to a processor of its own, as long as there are any."""

import os
import subprocess
import sys
import uuid
from contextlib import ExitStack

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can")
KEEP = """
import os, sys
from fhirbridge.app import one_processor
one_processor.NAME = "\\0" + sys.argv[1] + "-{}"
print(one_processor.keep_to_one(), *sorted(os.sched_getaffinity(0)), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def begin():
    """Begin a process that keeps its processor until the test ends; what it has and may use."""
    name = uuid.uuid4().hex
    with ExitStack() as stack:

        def begun():
            command = [sys.executable, "-c", KEEP, name]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            process = stack.enter_context(subprocess.Popen(command, **pipes))
            number, *allowed = process.stdout.readline().split()
            return process, number, allowed

        yield begun


def test_no_two_processes_have_the_same_and_one_too_many_runs_anywhere(begin):
    every = sorted(str(number) for number in os.sched_getaffinity(0))
    found = [begin()[1:] for _ in every]
    assert sorted(number for number, _ in found) == every
    assert all(allowed == [number] for number, allowed in found)
    _, number, allowed = begin()
    assert (number, sorted(allowed)) == ("None", every)


def test_what_ended_leaves_its_processor_to_the_next(begin):
    every = [begin() for _ in os.sched_getaffinity(0)]
    process, number, _ = every[0]
    process.communicate()
    assert begin()[1] == number
