"""What Alembic runs: the steps, inside the transaction that `migrate` opened."""

from alembic import context

from fhirbridge.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
