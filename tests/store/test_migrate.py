import stat
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from fhirbridge.store import migrations
from fhirbridge.store.address import Address
from fhirbridge.store.migrate import configuration, migrate
from fhirbridge.store.tables import metadata


def test_the_steps_lead_to_the_declared_tables(database_url: str) -> None:
    address = Address.parse(database_url)
    migrate(address)
    engine = create_engine(address.sqlalchemy)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_second_migration_changes_nothing(database_url: str) -> None:
    migrate(Address.parse(database_url))
    migrate(Address.parse(database_url))


def test_the_steps_can_be_taken_back(database_url: str) -> None:
    address = Address.parse(database_url)
    migrate(address)
    engine = create_engine(address.sqlalchemy)
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_processes_that_migrate_at_once_wait_for_each_other(database_url: str) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(Address.parse(database_url))
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_constant_head_is_the_last_step() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_current_head() == migrations.HEAD


def test_an_sqlite_file_is_readable_by_its_owner_only(sqlite_url: str) -> None:
    address = Address.parse(sqlite_url)
    migrate(address)
    assert address.path is not None
    assert stat.S_IMODE(address.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "sqlite:///:memory:", "x.sqlite", ""])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        Address.parse(url)
