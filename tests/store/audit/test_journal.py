import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.fhir.instant import system_clock
from fhirbridge.store.audit.entry import Damaged, Entry
from fhirbridge.store.audit.journal import Journal
from fhirbridge.store.audit.reading import complete, journals, lines, put_away, torn

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@contextmanager
def file_limit(size):
    """No file of this process grows past `size` bytes: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "audit", system_clock)
    yield made
    made.close()


def written(folder):
    return [line.text for path in journals(folder) for line in lines(path, 0, 10_000)]


@given(
    st.builds(
        Entry,
        st.integers(0, 2**62),
        TEXT,
        TEXT,
        query=TEXT,
        status=st.integers(100, 599),
        client=st.none() | TEXT,
        found=st.lists(TEXT).map(tuple),
    )
)
def test_an_entry_is_read_as_it_was_written(entry):
    line = entry.line()
    assert line.count(b"\n") == 1
    assert Entry.parse(line[:-1]) == entry


def test_any_changed_byte_is_noticed():
    line = Entry(1, "read", "GET", "Patient", "A").line()[:-1]
    for at in range(len(line)):
        with pytest.raises(Damaged):
            Entry.parse(line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :])
    with pytest.raises(Damaged):
        Entry.parse(b"")


def test_a_file_is_private_and_complete_only_when_nobody_writes_it(journal, tmp_path):
    journal.append(b"one\n")
    (path,) = journals(tmp_path / "audit")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not complete(path)
    journal.close()
    # The thread that syncs may hold a copy of the file for a moment.
    until = time.monotonic() + 5
    while not complete(path) and time.monotonic() < until:
        time.sleep(0.01)
    assert complete(path)
    assert written(tmp_path / "audit") == [b"one"]


def test_threads_write_whole_lines_and_files_are_rotated(tmp_path):
    journal = Journal(tmp_path, system_clock, largest=1000)
    texts = [b"%d-%d" % (thread, n) for thread in range(8) for n in range(100)]

    def write(thread):
        for n in range(100):
            journal.append(b"%d-%d\n" % (thread, n))

    threads = [threading.Thread(target=write, args=(one,)) for one in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(journals(tmp_path)) > 3
    assert all(path.stat().st_size <= 1000 for path in journals(tmp_path))
    assert sorted(written(tmp_path)) == sorted(texts)
    assert [complete(path) for path in journals(tmp_path)].count(False) == 1
    journal.close()


def test_a_fork_has_a_file_of_its_own(journal, tmp_path):
    journal.append(b"parent\n")
    child = os.fork()
    if child == 0:
        journal.append(b"child\n")
        os._exit(0)
    os.waitpid(child, 0)
    journal.append(b"parent\n")
    files = [[one.text for one in lines(p, 0, 9)] for p in journals(tmp_path / "audit")]
    assert sorted(files) == [[b"child"], [b"parent", b"parent"]]


def test_what_the_disk_does_not_take_is_no_record_and_the_next_one_is_whole(journal, tmp_path):
    journal.append(b"first\n")
    with file_limit(10), pytest.raises(Unavailable):
        journal.append(b"second, of which only a part fits\n")
    journal.append(b"third\n")
    old, _ = journals(tmp_path / "audit")
    assert complete(old)
    assert torn(old, lines(old, 0, 9)[-1].end) == 4
    assert written(tmp_path / "audit") == [b"first", b"third"]


def test_a_place_that_takes_nothing_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        Journal(Path("/dev/full"), system_clock).append(b"x\n")
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        Journal(tmp_path / "file", system_clock).append(b"x\n")


def test_a_killed_process_loses_nothing_that_it_was_told_is_written(tmp_path):
    program = (
        "import sys, pathlib; from fhirbridge.store.audit.journal import Journal\n"
        "from fhirbridge.fhir.instant import system_clock\n"
        "journal, n = Journal(pathlib.Path(sys.argv[1]), system_clock, 5000), 0\n"
        "while True:\n"
        "    journal.append(b'%d\\n' % n); print(n, flush=True); n += 1\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE)
    told = [int(process.stdout.readline()) for _ in range(2000)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().split(b"\n")[:-1] if line]
    process.wait()
    process.stdout.close()
    found = [int(text) for text in written(tmp_path)]
    assert found[: len(told)] == told
    assert len(found) <= len(told) + 1
    assert all(complete(path) for path in journals(tmp_path))


def test_a_damaged_file_is_kept_under_another_name(journal, tmp_path):
    journal.append(b"one\n")
    (path,) = journals(tmp_path / "audit")
    put_away(path, damaged=True)
    assert journals(tmp_path / "audit") == []
    assert [one.suffix for one in (tmp_path / "audit").iterdir()] == [".damaged"]
