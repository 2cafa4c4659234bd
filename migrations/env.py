"""Run the migrations in one transaction, on the address that the caller hands over."""

from alembic import context
from sqlalchemy import create_engine, pool, text

SCHEMA = "accord"


def run() -> None:
    """Bring the database to the revision asked for; alembic's own table lives in our schema."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        context.configure(connection=connection, version_table_schema=SCHEMA)
        context.run_migrations()
    engine.dispose()


run()
