"""`fhirbridge patient`: staff say that two records are of one person."""

import pytest
from click.testing import CliRunner

from fhirbridge.auth.smart.accounts import desk_code, desk_code_hash, new_account
from fhirbridge.auth.smart.records import Access as AccessToken
from fhirbridge.auth.smart.records import Account, AppGrant, DeskCode, Refresh
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.cli import main
from fhirbridge.settings import Settings
from fhirbridge.store.grants import Grants
from fhirbridge.store.users import Users
from fhirbridge.worker import open_store


@pytest.fixture
def store(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("FHIRBRIDGE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FHIRBRIDGE_VAR", str(tmp_path))
    found = open_store(Settings.load())
    found.migrate()
    with found.transaction() as tx:
        for id_ in ("new", "old"):
            tx.put({"resourceType": "Patient", "id": id_}, now=1)
        whose = {"reference": "Patient/old"}
        one = {"resourceType": "Observation", "id": "o", "status": "final", "subject": whose}
        tx.put({**one, "code": {"text": "x"}}, now=1)
    yield found
    found.close()


def run(*words):
    return CliRunner().invoke(main, ["patient", *words])


def subject(store):
    with store.transaction() as tx:
        return tx.pertaining.newest("Observation", "o")[1]["subject"]["reference"]


def test_a_merge_is_told_listed_and_taken_back(store):
    done = run("merge", "old", "new", "--by", "Мария", "--reason", "same passport")
    assert done.exit_code == 0, done.output
    assert done.stdout == "1 resources, 0 keys and 0 accounts moved\n"
    assert subject(store) == "Patient/new"
    (line,) = run("merges").stdout.splitlines()
    assert line.split("\t")[1:] == ["old", "new", "Мария", "in force", "same passport"]
    back = run("unmerge", "old", "--by", "Пётр")
    assert back.stdout == "1 resources, 0 keys and 0 accounts moved\n"
    assert "remap" in back.stderr
    assert subject(store) == "Patient/old"
    assert "undone by Пётр" in run("merges").stdout
    assert run("merge", "old", "new", "--by", "Мария").exit_code == 0
    assert len(run("merges").stdout.splitlines()) == 2


def test_what_cannot_be_done_is_one_line(store):
    assert (
        run("merge", "old", "nobody", "--by", "x").stderr == "Error: there is no Patient/nobody\n"
    )
    assert run("unmerge", "old", "--by", "x").stderr == "Error: old is not merged\n"
    assert run("merge", "old", "new").exit_code == 2
    assert subject(store) == "Patient/old"


def test_accounts_and_codes_follow_and_what_was_given_for_the_old_record_ends(store):
    database = store.database
    users = Users(database, Account, DeskCode)
    grants = Grants(database, AppGrant, Refresh, AccessToken)
    for name, whose in (("anna", "Patient/old"), ("vera", "Patient/new")):
        assert users.add(new_account(name, whose, None, 1))
        grants.add(granted(name, whose))
    code = desk_code()
    users.invite(DeskCode(desk_code_hash(code), "Patient/old", 1, 10))
    for patient in ("old", "new"):
        issue(Wanted("patient/*.rs", 10, patient=patient), store.tokens, 1)
    assert run("merge", "old", "new", "--by", "x").stdout.endswith("1 accounts moved\n")
    assert [one.fhir_user for one in users.list()] == ["Patient/new"] * 2
    assert database.rows("SELECT fhir_user FROM desk_code") == [("Patient/new",)]
    assert database.rows("SELECT patient FROM token") == [("new",)]
    assert database.rows("SELECT account FROM oauth_grant WHERE revoked IS NULL") == [("vera",)]
    assert run("unmerge", "old", "--by", "x").stdout.endswith("1 accounts moved\n")
    assert [one.fhir_user for one in users.list()] == ["Patient/old", "Patient/new"]
    assert database.rows("SELECT patient FROM token") == [("new",)]


def granted(name, whose):
    return AppGrant(
        id=name, client="c", account=name, fhir_user=whose, scopes="patient/*.rs",
        redirect_uri="https://a.example/", challenge="", code=name.encode(), code_expires=1,
        session=b"", login_at=1, refreshes="offline", created=1, expires=10,
        patient=whose.partition("/")[2], encounter=None, intent=None, nonce=None,
    )  # fmt: skip
