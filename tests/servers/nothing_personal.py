"""A pytest plugin: a test that writes about a patient of the sandbox to a log fails.

It looks at each record of every logger, whatever handlers and levels a test sets up, and at what
the test and its child processes wrote to their outputs. What is logged between tests fails the run.
"""

import logging
import re
from urllib.parse import unquote

import pytest

from fhirbridge.sandbox.people import patient
from fhirbridge.sandbox.world import Size

SEEDS = (1, 2, 3)
SHORTEST_NAME, SHORTEST_NUMBER = 5, 10
WORD = re.compile(r"[^\W\d_]{5,}")
MAIL = re.compile(r"[\w.+-]+@[\w.-]+")
NUMBER = re.compile(r"\d(?:[ ()\-]{0,2}\d){9,}")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
LEVELS = {"": logging.INFO, "fhirbridge": logging.DEBUG}


def needles():
    """Return the names, addresses and numbers of the sandbox's patients."""
    found = set()
    for one in (
        patient(seed, number) for seed in SEEDS for number in range(1, Size().patients + 1)
    ):
        names = (one.family, one.given, one.patronymic)
        found |= {part for name in names for part in WORD.findall(name.lower())}
        found.add(one.email)
        numbers = (digits(text) for text in (one.phone, one.snils, one.policy))
        found |= {number for number in numbers if len(number) >= SHORTEST_NUMBER}
        # A phone with the country's code, with 8 instead of it, and without.
        found |= {digits(one.phone)[1:], "8" + digits(one.phone)[1:]}
    # The placeholder of those who have no number is nobody's.
    return {one for one in found if one.strip("0")}


def digits(text):
    return "".join(letter for letter in text if letter.isdigit())


def spellings(text):
    """Yield `text` as it is and as it reads when it was escaped or decoded wrongly."""
    yield text
    if "%" in text:
        yield unquote(text)
    if "\\u" in text:
        yield ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if not text.isascii():
        yield text.encode("latin-1", "ignore").decode("utf-8", "ignore")


class Watch:
    """What was seen since it was last asked."""

    def __init__(self):
        self.needles = needles()
        self.seen = []
        self.formatter = logging.Formatter("%(name)s: %(message)s")

    def look(self, text, where):
        for one in spellings(text):
            words = [word.lower() for word in WORD.findall(one) + MAIL.findall(one)]
            numbers = [digits(number) for number in NUMBER.findall(one)]
            told = sorted(self.needles.intersection(words + numbers))
            if told:
                self.seen.append(f"{where} tells of a patient ({', '.join(told)}): {one[:500]}")
                return

    def record(self, record):
        try:
            text = self.formatter.format(record)
        except (TypeError, ValueError, KeyError):
            text = f"{record.name}: {record.msg} {record.args}"
        self.look(text, "A log line")

    def take(self):
        seen, self.seen = self.seen, []
        return seen


def watched(watch):
    """Let `watch` see every record before any handler does, and none twice."""
    handlers = logging.Logger.callHandlers

    def seen(logger, record):
        watch.record(record)
        handlers(logger, record)

    logging.Logger.callHandlers = seen
    return lambda: setattr(logging.Logger, "callHandlers", handlers)


class Plugin:
    """The hooks, of a process that runs tests and of one that only tells of them."""

    def __init__(self):
        self.watch = Watch()
        self.between = []
        self.undo = watched(self.watch)
        self.levels = {name: logging.getLogger(name).level for name in LEVELS}
        for name, level in LEVELS.items():
            logging.getLogger(name).setLevel(level)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        for title, text in report.sections:
            if title.endswith(call.when) and " log " not in title:
                self.watch.look(text, title)
        seen = self.watch.take()
        if seen and not report.failed:
            report.outcome = "failed"
            report.longrepr = "\n".join(seen)
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        """Take over what a process of xdist saw between tests."""
        self.between += getattr(node, "workeroutput", {}).get("personal", [])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        self.between += self.watch.take()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["personal"] = self.between
        elif self.between:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for line in self.between:
            terminalreporter.write_line(f"ERROR {line}", red=True)

    def pytest_unconfigure(self):
        self.undo()
        for name, level in self.levels.items():
            logging.getLogger(name).setLevel(level)


def pytest_configure(config):
    config.pluginmanager.register(Plugin(), "nothing-personal-hooks")
