import psycopg
import pytest


def test_the_server_answers_in_utf8_with_the_order_of_code_points(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SELECT 'ё' > 'я', current_setting('server_encoding')").fetchone()
    assert row == (True, "UTF8")


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database_of_its_own(postgres_url: str, turn: int) -> None:
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'mine'")
        assert found.fetchone() == (0,)
        connection.execute("CREATE TABLE mine ()")
