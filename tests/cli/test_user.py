import pytest
from click.testing import CliRunner

from fhirbridge.auth.smart.accounts import desk_code_hash
from fhirbridge.auth.smart.records import Account, DeskCode
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.cli import main
from fhirbridge.store.address import Address
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.migrate import migrate
from fhirbridge.store.users import Users


@pytest.fixture
def run(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("FHIRBRIDGE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FHIRBRIDGE_VAR", str(tmp_path))
    migrate(Address.parse(sqlite_url))
    return lambda *words, **options: CliRunner().invoke(main, ["user", *words], **options)


@pytest.fixture
def database(sqlite_url):
    found = Database(Address.parse(sqlite_url), Limits())
    yield found
    found.close()


@pytest.fixture
def users(database):
    return Users(database, Account, DeskCode)


def test_a_patient_is_added_with_the_password_of_standard_input(run, users):
    result = run("add", "Anna", "--password-stdin", "--patient", "p1", input="correct horse\n")
    assert result.exit_code == 0, result.output
    assert result.stdout == "anna\n"
    account = users.find("anna")
    assert account.fhir_user == "Patient/p1"
    assert Passwords().match("correct horse", account.password)
    assert "not stored yet" in result.stderr


def test_a_practitioner_may_be_left_to_an_external_provider(run, users):
    assert run("add", "doctor", "--practitioner", "d1").exit_code == 0
    assert users.find("doctor").password is None
    assert run("link", "doctor", "--issuer", "https://i.example", "--subject", "s").exit_code == 0
    assert users.linked("https://i.example", "s").name == "doctor"
    assert run("link", "doctor", "--issuer", "https://i.example", "--subject", "s").exit_code == 1
    assert run("link", "nobody", "--issuer", "https://i.example", "--subject", "t").exit_code == 1


def test_a_code_for_the_desk_is_printed_and_only_its_hash_kept(run, users, database):
    result = run("invite", "--patient", "p1")
    code = result.stdout.strip()
    assert len(code) == 14
    kept = database.connection.rows("SELECT hash FROM desk_code")
    assert [bytes(one) for (one,) in kept] == [desk_code_hash(code)]


def test_the_list_shows_who_is_shut_out(run, users):
    run("add", "anna", "--patient", "p1")
    assert run("list").stdout.endswith("open\n")
    assert run("disable", "Anna").exit_code == 0
    assert run("list").stdout.endswith("disabled\n")
    assert run("disable", "anna").stderr == "Error: there is no open account anna\n"


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("anna", "--password-stdin"), "correct horse"),
        (("anna", "--password-stdin", "--patient", "1", "--practitioner", "2"), "correct horse"),
        (("anna", "--password-stdin", "--patient", "a/b"), "correct horse"),
        (("anna", "--password-stdin", "--patient", "1"), "short"),
        (("anna", "--password-stdin", "--patient", "1"), ""),
        (("x", "--password-stdin", "--patient", "1"), "correct horse"),
        (("a b c", "--password-stdin", "--patient", "1"), "correct horse"),
    ],
)
def test_what_cannot_be_added_is_one_clear_line(run, users, words, given):
    result = run("add", *words, input=given)
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.output
    assert users.list() == []


def test_a_name_is_taken_once(run, users):
    run("add", "anna", "--patient", "1")
    again = run("add", "ANNA", "--patient", "2")
    assert again.stderr.endswith("Error: the name anna is taken\n")
    assert users.find("anna").fhir_user == "Patient/1"
