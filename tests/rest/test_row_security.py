"""PostgreSQL's own net: what the roles of persons' tokens see, whatever a statement asks for."""

from zoneinfo import ZoneInfo

import psycopg
import pytest
import twin_worlds
from alembic import command
from mutations import forget, seeing_everything
from rest_clinic import BASE
from sqlalchemy import create_engine

from fhirbridge.auth.tokens import authenticate
from fhirbridge.auth.visibility import reader
from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import Visibility
from fhirbridge.store.migrate import configuration
from fhirbridge.store.store import Store

ALL = "SELECT type, id FROM resource ORDER BY type, id"
A, B, NOBODY = Visibility(patient="A"), Visibility(patient="B"), Visibility()
PAST = (0, 1)


@pytest.fixture(scope="module")
def served(postgres_server):
    postgres_server.execute("CREATE DATABASE row_security TEMPLATE template0")
    clinic = twin_worlds.world(postgres_server.url("row_security"))
    yield clinic
    clinic.server.store.close()
    postgres_server.execute("DROP DATABASE row_security WITH (FORCE)")


@pytest.fixture
def connection(served):
    return served.server.store.database.connection


def who(served, token):
    granted = authenticate(f"Bearer {served.tokens[token]}", served.server.store.tokens,
                           served.clock())  # fmt: skip
    return reader(granted)


@pytest.mark.parametrize("token", ["all", "other", "granular", "doctor", "system"])
def test_a_statement_without_any_condition_yields_what_its_reader_may_read(
    served, connection, token
):
    every = set(connection.rows(ALL))
    wide = {"granular": "all"}.get(token, token)  # a scope's clauses are not the database's
    readable = {
        (type_, id_)
        for type_, id_ in every
        if served.ask(f"/fhir/{type_}/{id_}", token=wide).status in {200, 410}
    }
    assert set(connection.rows_for(who(served, token), ALL)) == readable
    assert readable < every or token == "system"
    assert ("Patient", "A" if token != "other" else "B") in readable


def test_rows_of_a_file_follow_the_resource_it_belongs_to(connection):
    asked = "SELECT id FROM resource WHERE type = 'Binary' ORDER BY id"
    assert connection.rows_for(A, asked) == [("card",), ("pdf",)]
    assert connection.rows_for(B, asked) == [("pdf-b",)]
    assert connection.rows_for(NOBODY, asked) == []


def test_versions_are_there_with_their_resource_only(connection):
    asked = "SELECT h.row, (SELECT r.id FROM resource r WHERE r.row = h.row) FROM history h"
    every, own = connection.rows(asked), connection.rows_for(A, asked)
    assert {id_ for _, id_ in own} < {id_ for _, id_ in every}
    assert {"b1", "moved"}.isdisjoint(id_ for _, id_ in own)
    assert {"a1"} <= {id_ for _, id_ in own}
    assert None not in {id_ for _, id_ in own}


def test_views_made_for_others_are_not_there(connection):
    assert {("A",), ("B",)} < set(connection.rows("SELECT patient FROM shown"))
    assert connection.rows_for(A, "SELECT DISTINCT patient FROM shown") == [("A",)]


def test_a_relation_that_is_over_shows_nothing(connection):
    asked = "SELECT count(*) FROM resource WHERE type NOT IN (SELECT type FROM directory_type)"
    doctor = Visibility(practitioner="doctor")
    assert connection.rows_for(doctor, asked)[0][0] > 0
    over = Visibility(practitioner="doctor", window=PAST)
    assert connection.rows_for(over, asked) == [(0,)]
    assert connection.rows_for(Visibility(practitioner="nobody"), asked) == [(0,)]


def test_nobody_sees_the_directory_and_nothing_else(connection):
    (types,) = zip(*connection.rows("SELECT type FROM directory_type"), strict=True)
    assert {type_ for type_, _ in connection.rows_for(NOBODY, ALL)} <= set(types)


def test_the_role_ends_with_the_statement(connection):
    asked = "SELECT current_user::text"
    (ours,) = connection.rows(asked)
    assert connection.rows_for(A, asked) == [("fhirbridge_patient",)]
    assert connection.rows(asked) == [ours]
    with pytest.raises(psycopg.Error):
        connection.rows_for(A, "SELECT 1 / 0")
    assert connection.rows(asked) == [ours]
    connection.begin()
    try:
        assert connection.rows_for(A, asked) == [("fhirbridge_patient",)]
        assert connection.rows(asked) == [ours]
    finally:
        connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM resource RETURNING 1",
        "UPDATE resource SET deleted = true RETURNING 1",
        "INSERT INTO owner SELECT 'A', type, row FROM resource RETURNING 1",
        "SELECT hash FROM token",
        "SELECT name FROM account",
        "SELECT body FROM record",
        "CREATE TABLE mine (a int)",
    ],
)
def test_the_roles_write_nothing_and_read_no_other_table(connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.rows_for(A, statement)


@pytest.mark.parametrize("path", [
    "/fhir/Observation/b1", "/fhir/Patient/B", "/fhir/Binary/pdf-b",
    "/fhir/Observation/b1/_history",
    "/fhir/Observation?_total=accurate", "/fhir/Patient?_revinclude=Observation:subject",
    "/fhir/DiagnosticReport?_include=DiagnosticReport:result", "/fhir/Patient/A/$everything",
    "/fhir?_type=Observation,Patient&_count=1000", "/fhir/Observation?_sort=code&_count=1000",
])  # fmt: skip
@pytest.mark.parametrize("token", ["all", "doctor"])
def test_without_the_predicate_the_database_still_keeps_others_back(served, token, path):
    before = served.ask(path, token=token)
    forget()
    with seeing_everything():
        after = served.ask(path, token=token)
    forget()
    assert (after.status, after.body) == (before.status, before.body)


def test_data_of_the_schema_before_is_protected_by_the_upgrade(postgres_url):
    clinic = twin_worlds.world(postgres_url)
    store = clinic.server.store
    asked = lambda: store.database.connection.rows_for(A, ALL)  # noqa: E731
    before = asked()
    engine = create_engine(store.database.address.sqlalchemy)
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "0005")
    engine.dispose()
    with pytest.raises(ConfigurationError, match="another schema: run `fhirbridge init`"):
        store.check()
    store.migrate()
    assert asked() == before
    assert clinic.ask("/fhir/Observation/b1", token="all").status == 404
    assert clinic.ask("/fhir/Observation/a1", token="all").status == 200
    store.close()


def test_a_user_who_may_not_make_roles_is_told_what_an_administrator_does(postgres_server):
    """Then it works, and `check` says so when the roles are gone again."""
    database, url = "humble", postgres_server.url("humble")
    roles = "fhirbridge_patient, fhirbridge_practitioner"
    for one in (f"CREATE DATABASE {database} TEMPLATE template0", "CREATE ROLE humble LOGIN",
                f"ALTER DATABASE {database} OWNER TO humble",
                *(f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN OTHERS THEN NULL; END $$"
                  for role in roles.split(", "))):  # fmt: skip
        postgres_server.execute(one)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("GRANT ALL ON SCHEMA public TO humble")
    humble = url.replace("//fhirbridge@", "//humble@")
    store = Store.open(humble, definitions(), ZoneInfo("Europe/Moscow"), BASE)
    try:
        with pytest.raises(ConfigurationError, match="CREATE ROLE fhirbridge_patient"):
            store.migrate()
        postgres_server.execute(f"GRANT {roles} TO humble")
        store.migrate()
        store.check()
        postgres_server.execute(f"REVOKE {roles} FROM humble")
        with pytest.raises(ConfigurationError, match="row-level security is not in place"):
            store.check()
    finally:
        store.close()
        postgres_server.execute(f"DROP DATABASE {database} WITH (FORCE)")
        postgres_server.execute("DROP ROLE humble")
