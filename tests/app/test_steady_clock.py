"""T034: whoever sets the server's clock lets no token live longer, and is told on."""

import logging
from dataclasses import dataclass

import pytest
from rest_clinic import BASE, Clinic

from fhirbridge.app import application, create_server
from fhirbridge.app.steady_clock import SteadyClock, since_boot
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir.instant import system_clock
from fhirbridge.settings import Settings

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOON = 1_795_518_000 * SECOND


@dataclass
class Machine:
    """What really happens: time goes by, and somebody sets the clock."""

    true: int = NOON
    off: int = 0

    def wall(self):
        return self.true + self.off

    def elapsed(self):
        return self.true - NOON + 12_345

    def clock(self):
        return SteadyClock(self.wall, self.elapsed)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def clinic(tmp_path, machine):
    """A server on a machine whose clock can be set."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/clinic.sqlite",
        secret_key=b"0123456789abcdef0123456789abcdef",
        base_url=BASE,
        var=tmp_path,
    )
    server = create_server(settings, machine.clock())
    server.store.migrate()
    yield Clinic(application(server), server, {}, machine.wall, settings.database_url)
    server.store.close()


def given(clinic, lifetime):
    return issue(Wanted("system/*.rs", lifetime), clinic.server.store.tokens, clinic.server.clock())


@pytest.mark.parametrize("off", [-5 * MINUTE, 5 * MINUTE])
def test_t034_no_token_outlives_its_end_on_a_server_whose_clock_is_set(
    clinic, machine, off, caplog
):
    token, grant = given(clinic, 10 * MINUTE)
    machine.true += 4 * MINUTE
    assert clinic.ask("/fhir/Patient", token=token).status == 200
    machine.off = off
    assert clinic.ask("/fhir/Patient", token=token).status == 200
    late, later = given(clinic, 10 * MINUTE)
    machine.true = grant.expires + 1
    assert clinic.ask("/fhir/Patient", token=token).status == 401
    machine.true = later.expires + 1
    assert clinic.ask("/fhir/Patient", token=late).status == 401
    machine.off = 0
    assert clinic.ask("/fhir/Patient", token=late).status == 401
    alarms = [one for one in caplog.records if one.levelno == logging.CRITICAL]
    assert [f"{off // SECOND:+}" in one.getMessage() for one in alarms] == [True]


def test_t034_a_clock_set_back_and_forth_brings_nothing_to_life_again(clinic, machine):
    token, grant = given(clinic, MINUTE)
    machine.true = grant.expires
    for off in (0, -MINUTE, 0, -5 * MINUTE, 5 * MINUTE, -3600 * SECOND):
        machine.off = off
        assert clinic.ask("/fhir/Patient", token=token).status == 401


def test_a_clock_that_nobody_sets_is_believed_and_never_alarms(machine, caplog):
    clock = machine.clock()
    for seconds in range(0, 7200, 60):
        machine.true = NOON + seconds * SECOND
        machine.off = (-1) ** seconds * SECOND // 2
        assert clock() == machine.wall()
    assert caplog.records == []


def test_a_clock_that_is_put_right_is_believed_again(machine, caplog):
    clock = machine.clock()
    machine.off = 5 * MINUTE
    assert clock() == machine.true + 5 * MINUTE
    machine.off = 0
    assert clock() == machine.true
    machine.off = -5 * MINUTE
    assert clock() == machine.true
    assert [one.levelname for one in caplog.records] == ["CRITICAL", "WARNING", "CRITICAL"]


def test_the_real_clocks_agree():
    assert abs(SteadyClock()() - system_clock()) < 5 * SECOND
    assert since_boot() <= since_boot()
