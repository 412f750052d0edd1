"""What is asked of PostgreSQL again and again: prepared, sent together, converted as ever."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fhirbridge.fhir.errors import Unavailable
from fhirbridge.search.query import Visibility
from fhirbridge.store.address import Address
from fhirbridge.store.pipelined import OFTEN, Pipelined, numbered
from fhirbridge.store.postgresql import PostgresConnection

ECHO = "SELECT ?::int8, ?::text, ?::bool, ?::bytea IS NULL, 'b'::bytea"
VALUES = (2**40, "Щ", True, None)
ANSWER = [(2**40, "Щ", True, True, b"b")]


@pytest.fixture
def connection(postgres_url: str) -> Iterator[PostgresConnection]:
    url = Address.parse(postgres_url).driver
    found = PostgresConnection(url, statement_timeout=200, lock_timeout=200)
    yield found
    found.close()


@pytest.fixture
def often(connection: PostgresConnection) -> Pipelined:
    return connection._often  # noqa: SLF001


def asked(often: Pipelined, text: str, values: tuple[Any, ...]) -> list[Any]:
    return [often.rows([(text, values)]) for _ in range(OFTEN)]


def test_a_statement_is_prepared_when_it_is_asked_often(often: Pipelined) -> None:
    assert asked(often, ECHO, VALUES) == [None] * (OFTEN - 1) + [ANSWER]
    assert often.rows([(ECHO, (1, "x", False, None))]) == [(1, "x", False, True, b"b")]


def test_values_of_other_types_or_without_a_way_to_write_them_go_another_way(
    often: Pipelined,
) -> None:
    asked(often, ECHO, VALUES)
    assert often.rows([(ECHO, (1, None, False, None))]) is None
    assert asked(often, "SELECT ?::int8[]", ([1],)) == [None] * OFTEN


def test_statements_that_go_together_are_one_transaction(often: Pipelined) -> None:
    setting = "SELECT set_config('fhirbridge.patient', ?, true)"
    reading = "SELECT current_setting('fhirbridge.patient', true), ?::int8"
    for _ in range(OFTEN):
        found = often.rows([(setting, ("p1",)), (reading, (1,))])
        alone = often.rows([(reading, (1,))])
    assert found == [("p1", 1)]
    assert alone == [("", 1)]


def test_what_fails_is_told_and_the_connection_goes_on(often: Pipelined) -> None:
    asked(often, ECHO, VALUES)
    asked(often, "SELECT 1 / (1 - ?::int8 + 1)", (1,))
    for statements in (
        [("SELECT 1 / (1 - ?::int8 + 1)", (2,)), (ECHO, VALUES)],
        [(ECHO, VALUES), ("SELECT 1 / (1 - ?::int8 + 1)", (2,))],
    ):
        with pytest.raises(psycopg.errors.DivisionByZero):
            often.rows(statements)
        assert often.rows([(ECHO, VALUES)]) == ANSWER


def test_a_statement_that_cannot_be_prepared_says_why(often: Pipelined) -> None:
    for _ in range(OFTEN - 1):
        assert often.rows([("SELECT nothing + ?", (1,))]) is None
    with pytest.raises(psycopg.errors.UndefinedColumn):
        often.rows([("SELECT nothing + ?", (1,))])
    assert asked(often, ECHO, VALUES)[-1] == ANSWER


def test_what_takes_too_long_is_unavailable_and_the_connection_stays(
    connection: PostgresConnection,
) -> None:
    everybody = Visibility(everything=True)
    sleeping = "SELECT pg_sleep(?::int8) IS NULL"
    for _ in range(OFTEN + 1):
        assert connection.rows_for(everybody, sleeping, (0,)) == [(False,)]
    with pytest.raises(Unavailable):
        connection.rows_for(everybody, sleeping, (20,))
    assert connection.usable
    assert connection.rows_for(everybody, sleeping, (0,)) == [(False,)]


def test_a_connection_that_was_lost_is_not_used_again(connection: PostgresConnection) -> None:
    everybody = Visibility(everything=True)
    for _ in range(OFTEN + 1):
        connection.rows_for(everybody, ECHO, VALUES)
    ((own,),) = connection.rows("SELECT pg_backend_pid()")
    with psycopg.connect(connection._driver.info.dsn, autocommit=True) as other:  # noqa: SLF001
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (own,))
    with pytest.raises(Unavailable):
        connection.rows_for(everybody, ECHO, VALUES)
    assert not connection.usable


def test_what_the_server_was_let_forget_is_prepared_anew(
    connection: PostgresConnection, often: Pipelined
) -> None:
    asked(often, ECHO, VALUES)
    connection.execute("DEALLOCATE ALL")
    everybody = Visibility(everything=True)
    for _ in range(OFTEN + 1):
        assert connection.rows_for(everybody, ECHO, VALUES) == ANSWER
    assert often.rows([(ECHO, VALUES)]) == ANSWER


def test_within_a_transaction_what_it_wrote_is_seen(connection: PostgresConnection) -> None:
    everybody = Visibility(everything=True)
    connection.execute("CREATE TABLE kept (n int8)")
    counting = "SELECT count(*) FROM kept WHERE n = ?"
    for _ in range(OFTEN + 1):
        assert connection.rows_for(everybody, counting, (1,)) == [(0,)]
    connection.begin()
    connection.execute("INSERT INTO kept VALUES (?)", (1,))
    assert connection.rows_for(everybody, counting, (1,)) == [(1,)]
    connection.rollback()
    assert connection.rows_for(everybody, counting, (1,)) == [(0,)]


def test_marks_are_numbered() -> None:
    assert (
        numbered("SELECT a FROM b WHERE c = ? AND d < ?")
        == b"SELECT a FROM b WHERE c = $1 AND d < $2"
    )


def test_a_statement_of_one_way_is_planned_once_and_others_as_ever(
    connection: PostgresConnection,
) -> None:
    system = Visibility(everything=True)
    reading = "SELECT current_setting('plan_cache_mode'), ?::int8"
    modes = [
        [connection.rows_for(system, reading, (1,), one_way=one_way) for _ in range(OFTEN + 1)][-1]
        for one_way in (True, False)
    ]
    assert modes == [[("force_generic_plan", 1)], [("auto", 1)]]
