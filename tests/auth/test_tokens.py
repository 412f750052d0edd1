import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.auth.remembering import RememberingTable
from fhirbridge.auth.scopes import Scopes
from fhirbridge.auth.tokens import Wanted, authenticate, issue, misplaced, token_hash
from fhirbridge.fhir.errors import FhirError, Invalid, LoginRequired

HOUR = 3_600_000_000
INVALID = 'Bearer realm="fhirbridge", error="invalid_token", error_description='


class Table:
    """Grants in memory, as the store keeps them."""

    def __init__(self):
        self.grants = {}
        self.asked = 0

    def find(self, token_hash, /):
        self.asked += 1
        return self.grants.get(token_hash)

    def add(self, grant, /):
        self.grants[grant.hash] = grant

    def revoke(self, token_hash, /):
        return self.grants.pop(token_hash, None) is not None


@pytest.fixture
def table():
    return Table()


def issued(table, scopes="patient/*.rs", **wanted):
    return issue(Wanted(scopes, HOUR, **wanted), table, now=0)


def test_a_token_brings_back_what_it_was_issued_for(table):
    token, _ = issued(table, "patient/*.rs openid", patient="A", user="Patient/A", client="app")
    principal = authenticate(f"Bearer {token}", table, 1)
    assert principal.kind == "patient"
    assert principal.scopes == Scopes.parse("patient/*.rs openid")
    assert (principal.patient, principal.user, principal.client) == ("A", "Patient/A", "app")


@pytest.mark.parametrize(
    ("scopes", "kind"),
    [
        ("system/*.rs", "system"),
        ("user/*.rs", "user"),
        ("patient/*.rs", "patient"),
        ("patient/*.rs user/*.rs", "patient"),
    ],
)
def test_the_scopes_say_whom_a_token_stands_for(table, scopes, kind):
    assert issued(table, scopes)[1].kind == kind


@pytest.mark.parametrize(
    "scopes",
    ["", "openid", "patient/Observation.sr", "system/*.rs patient/*.rs", "patient/*.rs?a=b"],
)
def test_scopes_without_right_or_of_both_worlds_are_not_issued(table, scopes):
    with pytest.raises(Invalid):
        issued(table, scopes)
    assert table.grants == {}


def test_t029_t030_only_a_hash_is_kept(table):
    token, grant = issued(table)
    assert grant.hash == hashlib.sha256(token.encode()).digest()
    assert token not in repr(table.grants)
    assert len(token) >= 43


def test_no_header_is_a_bare_challenge(table):
    with pytest.raises(LoginRequired) as refused:
        authenticate(None, table, 0)
    assert refused.value.headers == {"WWW-Authenticate": 'Bearer realm="fhirbridge"'}


def wrong_headers(table):
    token, grant = issued(table)
    table.add(replace(grant, hash=token_hash("strange"), kind="god"))
    yield from (
        "",
        "Bearer",
        "Bearer ",
        f"Basic {token}",
        token,
        f"Bearer {token}x",
        f"Bearer {token[:-1]}",
    )
    yield from (
        f"Bearer {token} ",
        f" Bearer {token}",
        f"Bearer {token.swapcase()}",
        "Bearer strange",
    )
    yield from (
        f"Bearer {token}\n",
        "Bearer ключ",
        f"Bearer {'a' * 10_000}",
        f"Bearer {grant.hash.hex()}",
    )


def test_t024_whatever_is_wrong_gets_one_answer(table):
    answers = set()
    for header in wrong_headers(table):
        with pytest.raises(LoginRequired) as refused:
            authenticate(header, table, 1)
        answers.add((str(refused.value), refused.value.headers["WWW-Authenticate"]))
    assert len(answers) == 1
    assert answers.pop()[1].startswith(INVALID)


def test_t025_a_token_ends_at_its_time_and_when_revoked(table):
    token, grant = issued(table)
    header = f"bearer {token}"
    assert authenticate(header, table, HOUR - 1).kind == "patient"
    with pytest.raises(LoginRequired):
        authenticate(header, table, HOUR)
    assert table.revoke(grant.hash)
    with pytest.raises(LoginRequired):
        authenticate(header, table, 1)


def test_t024_two_tokens_are_a_bad_request(table):
    token, _ = issued(table)
    with pytest.raises(Invalid) as refused:
        authenticate(f"Bearer {token}, Bearer {token}", table, 1)
    assert refused.value.headers["WWW-Authenticate"].endswith('error="invalid_request"')
    assert misplaced().status == 400


@given(st.text())
def test_i005_no_header_ends_in_anything_but_a_refusal(header):
    with pytest.raises(FhirError) as refused:
        authenticate(header, Table(), 0)
    assert refused.value.status in {400, 401}


def test_a_table_that_remembers_asks_once_a_second(table):
    now = [0]
    remembering = RememberingTable(table, lambda: now[0])
    token, grant = issue(Wanted("system/*.rs", HOUR), remembering, 0)
    for moment in (0, 500_000, 999_999):
        now[0] = moment
        assert authenticate(f"Bearer {token}", remembering, moment).kind == "system"
    assert table.asked == 1
    table.revoke(grant.hash)
    now[0] = 1_000_000
    assert remembering.find(grant.hash) is None
    assert remembering.find(grant.hash) is None


def test_t034_a_clock_set_back_does_not_prolong_what_is_remembered(table):
    now = [10 * HOUR]
    remembering = RememberingTable(table, lambda: now[0])
    _, grant = issued(table)
    assert remembering.find(grant.hash) is grant
    table.revoke(grant.hash)
    now[0] = 0
    assert remembering.find(grant.hash) is None


def test_t025_revoking_through_the_memory_works_at_once(table):
    remembering = RememberingTable(table, lambda: 0)
    _, grant = issued(table)
    assert remembering.find(grant.hash) is grant
    assert remembering.revoke(grant.hash)
    assert remembering.find(grant.hash) is None
    assert not remembering.revoke(grant.hash)


def test_x016_the_memory_is_bounded(table):
    remembering = RememberingTable(table, lambda: 0, most=2)
    for _ in range(5):
        assert remembering.find(issued(table)[1].hash) is not None
    assert len(remembering._known) <= 2  # noqa: SLF001 - the bound itself is the subject
