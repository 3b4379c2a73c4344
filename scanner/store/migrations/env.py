"""Runs the migrations on the connection that the caller opened, inside its transaction."""

from alembic import context

from scanner.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
