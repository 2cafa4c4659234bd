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
        # So that a process without the owner's password can see whether it fits these tables.
        role = context.config.attributes["app_role"].replace('"', '""')
        connection.execute(text(f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{role}"'))
        connection.execute(text(f'GRANT SELECT ON {SCHEMA}.alembic_version TO "{role}"'))
    engine.dispose()


run()
