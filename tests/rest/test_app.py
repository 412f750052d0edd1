"""The web process as it is wired: settings, threads, tokens that are revoked, freshness."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fhirbridge import app
from fhirbridge.auth.tokens import Wanted, issue, token_hash
from fhirbridge.settings import Settings, SettingsError

SECOND = 1_000_000
PATHS = ["/fhir/Patient/A", "/fhir/Slot?start=2026-11-25", "/fhir/Observation/b1"] * 20


@pytest.mark.parametrize(
    ("setting", "base"),
    [
        ("", ""),
        ("https://a.example/fhir", "https://a.example/fhir"),
        ("https://a.example/fhir/", "https://a.example/fhir"),
        ("https://a.example", "https://a.example/fhir"),
        ("https://a.example/api/", "https://a.example/api/fhir"),
    ],
)
def test_the_base_ends_in_fhir_however_it_is_set(setting, base):
    assert app.base(setting) == base


def test_without_a_secret_nothing_starts(tmp_path):
    with pytest.raises(SettingsError):
        app.create_app(Settings(var=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite"))


def test_the_environment_describes_the_application(clinic, monkeypatch):
    monkeypatch.setenv("FHIRBRIDGE_DATABASE_URL", clinic.url)
    monkeypatch.setenv("FHIRBRIDGE_SECRET_KEY", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("FHIRBRIDGE_TIME_ZONE", str(clinic.server.zone))  # its index is of that zone
    started = replace(clinic, app=app.from_environment())
    assert started.ask("/health/ready", token=None).status == 200
    assert started.ask("/fhir/Patient/A").status == 200


def test_an_empty_database_is_alive_and_not_ready(clinic, tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/new.sqlite", secret_key=b"x" * 32)
    empty = replace(clinic, app=app.create_app(settings, clinic.clock))
    assert empty.ask("/health/live", token=None).status == 200
    assert empty.ask("/health/ready", token=None).status == 503
    assert empty.ask("/fhir/metadata", token=None).status == 200


def test_many_threads_are_answered_as_one(clinic):
    expected = [clinic.ask(path, token="patient") for path in PATHS]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda path: clinic.ask(path, token="patient"), PATHS))
    assert found == expected


def test_a_revoked_token_is_refused_within_a_second(clinic):
    tokens = clinic.server.store.tokens
    wanted = Wanted("patient/*.rs", 10**12, patient="A")
    token, grant = issue(wanted, tokens, clinic.clock())
    assert clinic.ask("/fhir/Patient/A", token=token).status == 200
    tokens.revoke(grant.hash)
    clinic.clock.now += SECOND
    for path in ["/fhir/Patient/A", "/fhir/Patient?_id=A", "/fhir/Binary/pdf", "/fhir/x"]:
        assert clinic.ask(path, token=token).status == 401


def test_a_token_ends_when_it_expires(clinic):
    wanted = Wanted("system/*.rs", 5 * SECOND)
    token, _ = issue(wanted, clinic.server.store.tokens, clinic.clock())
    assert clinic.ask("/fhir/Patient/A", token=token).status == 200
    clinic.clock.now += 5 * SECOND
    assert clinic.ask("/fhir/Patient/A", token=token).status == 401


def test_only_hashes_of_tokens_are_kept(clinic):
    token = clinic.tokens["system"]
    assert clinic.server.store.tokens.find(token_hash(token))
    assert clinic.ask("/fhir/Patient/A", token=token_hash(token).hex()).status == 401


def test_slots_are_as_fresh_as_the_source_read_longest_ago(tmp_path, clinic):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.sqlite", secret_key=b"x" * 32)
    server = app.create_server(settings, clinic.clock)
    server.store.migrate()
    assert server.read_at("Slot") is None
    with server.store.transaction() as tx:
        tx.cursors.set("onec", "schedule", "", now=2 * SECOND)
        tx.cursors.set("branch", "schedule", "", now=SECOND)
        tx.cursors.set("onec", "doctors", "", now=0)
    clinic.clock.now += SECOND
    assert server.read_at("Slot") == SECOND
    assert server.read_at("Patient") is None
