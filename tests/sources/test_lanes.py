import threading
import time
from datetime import timedelta

import pytest
from scripted_server import cut, reply
from talking_source import shipped, talking

from fhirbridge.sandbox import create_onec
from fhirbridge.sandbox.onec import PASSWORD, USER, OneC
from fhirbridge.sandbox.server import serve
from fhirbridge.sandbox.world import Size, World
from fhirbridge.sources.errors import LicenceRefused, OutcomeUnknown
from fhirbridge.sources.http_json import Source
from fhirbridge.sources.words import Session

MANAGED = Session(policy="managed", idle_seconds=60)
SECRETS = {"FHIRBRIDGE_ONEC_USER": USER, "FHIRBRIDGE_ONEC_PASSWORD": PASSWORD}
STARTED = reply(Set_Cookie="ibsession=s1; Path=/; HttpOnly")
GONE = reply("Сеанс отсутствует или удален", 400, "text/plain; charset=utf-8")
BUSY = reply('<exception xmlns="http://v8.1c.ru/8.2/virtual-resource-system" reason="406"/>', 406)
ONE = {"concurrency": 1}


def cookies(server):
    return [a.headers.get("cookie", a.headers.get("ibsession")) for a in server.asked]


def test_a_managed_session_is_started_once_continued_and_finished():
    with talking("onec", STARTED, reply(), session=MANAGED, limits=ONE) as (server, source):
        source.fetch("doctors")
        source.fetch("doctors")
    assert cookies(server) == ["start", "ibsession=s1", "ibsession=s1"]
    assert server.asked[2].headers["ibsession"] == "finish"
    assert "authorization" in server.asked[2].headers


@pytest.mark.parametrize("lost", [GONE, reply("<html/>", 404), BUSY, cut(STARTED, 30)])
def test_a_session_that_is_gone_is_started_once_more(lost):
    again = STARTED.replace(b"s1", b"s2")
    script = [STARTED, lost, again, reply()]
    with talking("onec", *script, session=MANAGED, limits=ONE) as (server, source):
        source.fetch("doctors")
        source.fetch("doctors")
        source.fetch("doctors")
    assert cookies(server)[:4] == ["start", "ibsession=s1", "start", "ibsession=s2"]


def test_no_session_is_started_for_ever():
    with talking("onec", BUSY, session=MANAGED, limits=ONE) as (server, source):
        with pytest.raises(LicenceRefused):
            source.fetch("doctors")
        assert cookies(server) == ["start"]


def test_a_write_is_not_repeated_when_its_session_breaks_without_a_word():
    script = [STARTED, cut(STARTED, 0)]
    with talking("onec", *script, session=MANAGED, limits=ONE) as (server, source):
        source.fetch("doctors")
        with pytest.raises(OutcomeUnknown):
            source.send("cancel_appointment", {"id": "1"})
        assert len(server.asked) == 2


def test_a_write_is_repeated_when_the_platform_says_that_the_session_is_gone():
    done = reply('{"id": "1", "status": "Отменена"}')
    script = [STARTED, GONE, done]
    with talking("onec", *script, session=MANAGED, limits=ONE) as (server, source):
        source.fetch("doctors")
        assert source.send("cancel_appointment", {"id": "1"}).body["status"] == "Отменена"
        assert len(server.asked) == 3


def test_an_idle_session_is_finished_before_the_platform_drops_it():
    idle = Session(policy="managed", idle_seconds=0.05)
    script = [STARTED, reply(), STARTED.replace(b"s1", b"s2"), reply()]
    with talking("onec", *script, session=idle, limits=ONE) as (server, source):
        source.fetch("doctors")
        time.sleep(0.1)
        source.fetch("doctors")
    assert cookies(server)[:3] == ["start", "ibsession=s1", "start"]
    assert server.asked[1].headers["ibsession"] == "finish"


@pytest.mark.parametrize("policy", ["none", "autouse"])
def test_a_cookie_that_nobody_asked_for_is_not_sent_back(policy):
    session = Session(policy=policy)
    with talking("onec", STARTED, reply(), session=session, limits=ONE) as (server, source):
        source.fetch("doctors")
        source.fetch("doctors")
    assert cookies(server) == [None, None]


def together(source, calls):
    """Return the errors of this many calls at the same time."""
    failed = []

    def call():
        try:
            source.fetch("doctors")
        except LicenceRefused as error:
            failed.append(error)

    threads = [threading.Thread(target=call) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@pytest.mark.parametrize("session", [Session(policy="autouse"), MANAGED])
def test_more_callers_than_licences_wait_for_each_other_and_none_is_refused(session):
    setup = OneC(licences=2, pool_timeout=0.05)
    with serve(create_onec(World(size=Size(doctors=3)), setup)) as url:
        profile = shipped("onec", session=session, limits={"concurrency": 2})
        source = Source(profile.at(f"{url}{setup.prefix}"), SECRETS)
        assert together(source, 12) == []
        source.close()


def test_a_caller_over_the_licences_is_refused_and_they_are_given_back_at_the_end():
    setup = OneC(licences=1, pool_timeout=0.05)
    with serve(create_onec(World(size=Size(doctors=3)), setup)) as url:
        profile = shipped("onec", session=MANAGED, limits=ONE).at(f"{url}{setup.prefix}")
        first, second = Source(profile, SECRETS), Source(profile, SECRETS)
        first.fetch("doctors")
        with pytest.raises(LicenceRefused):
            second.fetch("doctors")
        first.close()
        assert second.fetch("doctors").items
        second.close()


def test_calls_keep_the_rate_that_was_agreed():
    limits = {"concurrency": 4, "per_second": 20.0}
    with talking("onec", reply(), limits=limits) as (_, source):
        start = time.monotonic()
        together(source, 5)
        assert timedelta(seconds=time.monotonic() - start) >= timedelta(seconds=0.19)
