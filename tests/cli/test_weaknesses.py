"""What `check-config` refuses, and what it only mentions."""

import secrets
from pathlib import Path

import pytest

from fhirbridge.cli.check_config.weaknesses import errors, warnings
from fhirbridge.cli.demo.clinic import CREDENTIALS
from fhirbridge.settings import Settings

GOOD = {
    "base_url": "https://fhir.clinic.ru/fhir",
    "secret_key": bytes(range(40)),
    "database_url": "postgresql://fhir:k3-VZq@db.clinic.ru/fhir?sslmode=verify-full",
    "redis_url": "rediss://redis.clinic.ru/0",
}


@pytest.fixture
def chosen(tmp_path):
    """A function that returns the settings of a sound installation with some of them changed."""
    config = tmp_path / "clinic.toml"
    config.write_text('system_base = "https://clinic.ru/sid/"\n[sources.onec]\n', "utf-8")

    def settings(**changed):
        return Settings(**(GOOD | {"config": config, "var": tmp_path} | changed))

    return settings


def test_a_sound_installation_is_sound(chosen):
    assert list(errors(chosen())) == []
    assert list(warnings(chosen())) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"base_url": "http://fhir.clinic.ru/fhir"}, "FHIRBRIDGE_BASE_URL"),
        ({"secret_key": b"x" * 40}, "FHIRBRIDGE_SECRET_KEY"),
        ({"secret_key": b"this-is-the-Secret-of-our-clinic-2026"}, "FHIRBRIDGE_SECRET_KEY"),
        ({"audit": "off"}, "FHIRBRIDGE_AUDIT"),
        ({"audit": "off", "base_url": ""}, "FHIRBRIDGE_AUDIT"),
        ({"database_url": "postgresql://fhir@db.clinic.ru/fhir"}, "FHIRBRIDGE_DATABASE_URL"),
        ({"database_url": "postgresql://a:postgres@db.clinic.ru/f"}, "FHIRBRIDGE_DATABASE_URL"),
        ({"database_url": "sqlite:///var/x.sqlite"}, "FHIRBRIDGE_DATABASE_URL"),
    ],
)
def test_a_weak_setting_is_refused_in_one_line(chosen, changed, named):
    (line,) = errors(chosen(**changed))
    assert line.startswith(f"{named}: ")
    assert "\n" not in line


def test_the_same_is_good_enough_on_ones_own_machine(chosen):
    here = {"base_url": "http://127.0.0.1:8000/fhir", "redis_url": "", "audit": "off"}
    assert list(errors(chosen(**here, secret_key=b"x" * 40))) == []


def test_the_credentials_of_the_stand_ins_are_refused(chosen, monkeypatch):
    name, value = next(iter(CREDENTIALS.items()))
    monkeypatch.setenv(name, value)
    (line,) = errors(chosen())
    assert line.startswith(name)
    assert value not in line


def test_a_key_that_lies_in_var_must_be_set_and_nobody_else_may_read_it(chosen, tmp_path):
    secret = Path(tmp_path / "secret")
    secret.write_bytes(secrets.token_bytes(32))
    secret.chmod(0o644)
    shared, unset = errors(chosen(secret_key=None))
    assert "chmod 600" in shared
    assert unset.startswith("FHIRBRIDGE_SECRET_KEY")
    secret.chmod(0o600)
    assert list(errors(chosen(secret_key=None, base_url=""))) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"base_url": ""}, "FHIRBRIDGE_BASE_URL"),
        ({"database_url": "postgresql://a:k3-VZq@db.clinic.ru/f"}, "FHIRBRIDGE_DATABASE_URL"),
        ({"redis_url": "redis://redis.clinic.ru"}, "FHIRBRIDGE_REDIS_URL"),
        ({"redis_url": "", "database_url": "sqlite:///x.sqlite"}, "FHIRBRIDGE_DATABASE_URL"),
        ({"config": None}, "system_base"),
    ],
)
def test_what_is_worth_a_second_thought_is_mentioned(chosen, changed, named):
    (line,) = warnings(chosen(**changed))
    assert line.startswith(named)
    assert list(errors(chosen(**changed))) == []


def test_a_source_without_tls_is_mentioned(chosen, tmp_path):
    config = tmp_path / "plain.toml"
    config.write_text(
        'system_base = "https://a.ru/"\n[sources.onec]\nbase_url = "http://1c.clinic.ru/hs"\n'
    )
    (line,) = warnings(chosen(config=config))
    assert line.startswith("sources.onec.base_url")
