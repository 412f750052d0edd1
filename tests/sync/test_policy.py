"""Transient failures are waited out with growing pauses, permanent ones are not repeated."""

import pytest

from fhirbridge.sources.errors import (
    Denied,
    LicenceRefused,
    Locked,
    Missing,
    NotData,
    NotPublished,
    Throttled,
    Unavailable,
)
from fhirbridge.sources.words import Attempts
from fhirbridge.sync.limit import Crowded
from fhirbridge.sync.policy import (
    ALARM_PAUSE_SECONDS,
    Patience,
    needs_a_person,
    source_pause,
)

ATTEMPTS = Attempts(most=5, first_pause_seconds=1, longest_pause_seconds=6)


class Sleeper:
    def __init__(self, jitter=1.0):
        self.pauses = []
        self.patience = Patience(self.pauses.append, lambda: jitter)

    def repeat(self, *failures):
        script = iter(failures)

        def call():
            failure = next(script, None)
            if failure is not None:
                raise failure
            return "data"

        return self.patience.repeat(call, ATTEMPTS)


@pytest.mark.parametrize(
    "failure", [Unavailable(), LicenceRefused(), NotData("<html>"), Crowded("onec")]
)
def test_a_transient_failure_is_asked_again(failure):
    sleeper = Sleeper()
    assert sleeper.repeat(failure, failure) == "data"
    assert sleeper.pauses == [1, 2]


@pytest.mark.parametrize("failure", [Missing(), Denied(), Locked(), NotPublished()])
def test_other_failures_are_not_repeated(failure):
    sleeper = Sleeper()
    with pytest.raises(type(failure)):
        sleeper.repeat(failure)
    assert sleeper.pauses == []


def test_attempts_end_and_pauses_have_a_cap():
    sleeper = Sleeper()
    with pytest.raises(Unavailable):
        sleeper.repeat(*[Unavailable()] * 9)
    assert sleeper.pauses == [1, 2, 4, 6]


def test_what_the_source_asks_for_is_the_least():
    sleeper = Sleeper()
    sleeper.repeat(Throttled(pause=3.5))
    assert sleeper.pauses == [3.5]


def test_workers_do_not_come_back_together():
    sleeper = Sleeper(jitter=0.0)
    sleeper.repeat(Unavailable(), Unavailable())
    assert sleeper.pauses == [0.5, 1]


def test_a_refused_login_leaves_the_source_alone_for_long():
    assert source_pause(Denied(), ATTEMPTS) == ALARM_PAUSE_SECONDS
    assert source_pause(Unavailable(), ATTEMPTS) == 6
    assert source_pause(NotData(), ATTEMPTS) is None


def test_only_permanent_failures_need_a_person():
    assert needs_a_person(NotPublished())
    assert not needs_a_person(Unavailable())
