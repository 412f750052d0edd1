import json

import pytest
from click.testing import CliRunner
from joserfc import jwk

from fhirbridge.auth.smart.records import Client
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.cli import main
from fhirbridge.store.address import Address
from fhirbridge.store.clients import Clients
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.migrate import migrate

KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
def run(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("FHIRBRIDGE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FHIRBRIDGE_VAR", str(tmp_path))
    migrate(Address.parse(sqlite_url))
    return lambda *words, **options: CliRunner().invoke(main, list(words), **options)


@pytest.fixture
def clients(sqlite_url):
    database = Database(Address.parse(sqlite_url), Limits())
    yield Clients(database, Client)
    database.close()


def test_an_app_is_registered_and_only_its_id_printed(run, clients):
    result = run("client", "add", "Diary", "--redirect-uri", "https://a.example/cb")
    assert result.exit_code == 0, result.output
    client = clients.find(result.stdout.strip())
    assert client.name == "Diary"
    assert client.public
    assert client.redirect_uris == "https://a.example/cb"
    assert "patient/*.rs" in client.scopes.split()
    assert "system" not in client.scopes


def test_a_secret_is_kept_as_a_hash(run, clients):
    result = run("client", "add", "Portal", "--secret", "s3cret", "--scope", "__launch user/*.rs")
    client = clients.find(result.stdout.strip())
    assert "s3cret" not in str(client)
    assert Passwords().match("s3cret", client.secret)
    assert client.scopes == "__launch user/*.rs"


def test_a_secret_may_come_by_standard_input_where_no_list_of_processes_shows_it(run, clients):
    words = ("client", "add", "Portal", "--secret", "-", "--scope", "user/*.rs")
    result = run(*words, input="a-secret-of-thirty-two-characters\n")
    client = clients.find(result.stdout.strip())
    assert Passwords().match("a-secret-of-thirty-two-characters", client.secret)
    assert result.stderr == ""


def test_o111_a_short_secret_is_warned_of(run, clients):
    result = run("client", "add", "Portal", "--secret", "s3cret", "--scope", "user/*.rs")
    assert clients.find(result.stdout.strip()) is not None
    assert result.stderr == "warning: a secret under 22 characters may be guessed\n"


@pytest.mark.parametrize("words", [("--secret", ""), ("--secret", "-")])
def test_o111_an_empty_secret_makes_no_public_app(run, clients, words):
    result = run("client", "add", "X", "--scope", "user/*.rs", *words, input="\n")
    assert result.exit_code == 2
    assert clients.list() == []


def test_a_back_end_signs_with_the_keys_of_a_file_or_a_url(run, clients, tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    scope = ("--scope", "system/Observation.rs", "--scope", "system/Patient.read")
    result = run("client", "add", "Lab", "--jwks", str(path), *scope)
    client = clients.find(result.stdout.strip())
    assert client.asymmetric
    assert client.scopes == "system/Observation.rs system/Patient.read"
    url = "https://lab.example/jwks.json"
    result = run("client", "add", "Lab", "--jwks-url", url, *scope)
    assert clients.find(result.stdout.strip()).jwks_url == url


def test_the_list_names_each_client_and_delete_removes_it(run, clients):
    id_ = run("client", "add", "Diary", "--redirect-uri", "https://a.example/cb").stdout.strip()
    listed = run("client", "list").stdout
    assert listed.startswith(f"{id_}\tpublic\t")
    assert "Diary" in listed
    assert run("client", "delete", id_).exit_code == 0
    assert clients.find(id_) is None
    again = run("client", "delete", id_)
    assert again.exit_code == 1
    assert again.stderr == f"Error: there is no client {id_}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("--redirect-uri", "http://a.example/"),
        ("--redirect-uri", "https://a.example/*"),
        ("--scope", "patient/*.sr"),
        ("--scope", "everything"),
        ("--secret", "x", "--jwks-url", "https://a.example/"),
        ("--jwks-url", "https://127.0.0.1/", "--scope", "system/*.rs"),
        ("--jwks-url", "http://a.example/", "--scope", "system/*.rs"),
        ("--secret", "x"),
    ],
)
def test_what_cannot_be_registered_is_one_clear_line(run, clients, words):
    result = run("client", "add", "X", *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert clients.list() == []


@pytest.mark.parametrize(
    "text", ["", "{}", '{"keys":[]}', json.dumps({"keys": [KEY.as_dict(private=True)]})]
)
def test_a_file_without_public_keys_is_refused(run, clients, tmp_path, text):
    path = tmp_path / "jwks.json"
    path.write_text(text)
    result = run("client", "add", "X", "--jwks", str(path), "--scope", "system/*.rs")
    assert result.exit_code == 2
    assert clients.list() == []
