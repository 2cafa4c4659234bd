"""The migrations go forward and back, and leave the rights that each role has."""

from typing import Any

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from board import layout
from board.database import Addresses, migrate, migrate_back


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(layout.migrations()))
    return [r.revision for r in ScriptDirectory.from_config(config).walk_revisions()][::-1]


REVISIONS = _revisions()


def test_the_chain_is_one_line_without_a_gap() -> None:
    assert [f"{n:04}" for n in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_every_step_back_leads_to_exactly_what_was_before(empty_database: Addresses) -> None:
    before = [_catalogue(empty_database)]
    for revision in REVISIONS:
        migrate(empty_database, to=revision)
        before.append(_catalogue(empty_database))
    for revision in reversed(["base", *REVISIONS[:-1]]):
        before.pop()
        migrate_back(empty_database, to=revision)
        assert _catalogue(empty_database) - _ALEMBIC == before[-1] - _ALEMBIC, revision
    migrate(empty_database)
    assert _ask(empty_database.owner, "SELECT version_num FROM accord.alembic_version") == [
        (REVISIONS[-1],)
    ]


def test_migrating_twice_changes_nothing(database: Addresses) -> None:
    before = _catalogue(database)
    migrate(database)
    assert _catalogue(database) == before


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: Addresses) -> None:
    _ask(empty_database.owner, "CREATE SCHEMA read_b")  # in the way of the second one
    before = _catalogue(empty_database)
    with pytest.raises(Exception, match="read_b"):
        migrate(empty_database)
    assert _catalogue(empty_database) == before


def test_the_twins_are_alike(database: Addresses) -> None:
    query = """SELECT table_name, column_name, data_type, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, ordinal_position"""
    twins = [_ask(database.owner, query, name) for name in ("read_a", "read_b")]
    assert twins[0] == twins[1] != []
    query = """SELECT replace(indexdef, schemaname, '') FROM pg_indexes
        WHERE schemaname = %s ORDER BY 1"""
    indexes = [_ask(database.owner, query, name) for name in ("read_a", "read_b")]
    assert indexes[0] == indexes[1] != []


def test_exactly_one_twin_is_live(database: Addresses) -> None:
    query = "SELECT live, position FROM accord.read_models ORDER BY name"
    assert _ask(database.app, query) == [(True, 0), (False, 0)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        _ask(database.app, "UPDATE accord.read_models SET live = true")


def test_the_functions_that_write_the_log_are_not_for_everybody(database: Addresses) -> None:
    query = """SELECT proname, prosecdef, proconfig::text,
            has_function_privilege('accord_app', oid, 'EXECUTE'),
            has_function_privilege('public', oid, 'EXECUTE')
        FROM pg_proc WHERE pronamespace = 'accord'::regnamespace
            AND proname IN ('append_events', 'erase_text') ORDER BY 1"""
    path = 'search_path=pg_catalog, pg_temp"'
    assert _ask(database.owner, query) == [
        ("append_events", True, f'{{"{path},lock_timeout=4s}}', True, False),
        ("erase_text", True, f'{{"{path}}}', True, False),
    ]


_ALEMBIC = {("table", "accord.alembic_version"), ("schema", "accord")}


def _catalogue(database: Addresses) -> set[tuple[Any, ...]]:
    """Everything that migrations make, and who may do what with it."""
    query = """
        WITH ours AS (SELECT oid, nspname FROM pg_namespace
            WHERE nspname NOT LIKE 'pg_%%' AND nspname <> 'information_schema')
        SELECT 'schema', nspname FROM ours
        UNION ALL SELECT 'table', c.oid::regclass::text FROM pg_class c
            JOIN ours ON ours.oid = relnamespace WHERE relkind IN ('r', 'v', 'S')
            AND relname NOT LIKE 'alembic_version'
        UNION ALL SELECT 'right', c.oid::regclass::text || coalesce(relacl::text, '')
            FROM pg_class c JOIN ours ON ours.oid = relnamespace
            WHERE relname NOT LIKE 'alembic_version%%'
        UNION ALL SELECT 'column', c.oid::regclass::text || '.' || attname || ' '
            || format_type(atttypid, atttypmod) || ' ' || attnotnull FROM pg_attribute
            JOIN pg_class c ON c.oid = attrelid JOIN ours ON ours.oid = relnamespace
            WHERE attnum > 0 AND NOT attisdropped AND relname NOT LIKE 'alembic_version%%'
        UNION ALL SELECT 'constraint', conrelid::regclass::text || pg_get_constraintdef(k.oid)
            FROM pg_constraint k JOIN ours ON ours.oid = connamespace
            WHERE conrelid::regclass::text NOT LIKE '%%alembic_version'
        UNION ALL SELECT 'function', p.oid::regprocedure::text FROM pg_proc p
            JOIN ours ON ours.oid = pronamespace"""
    return set(_ask(database.owner, query.replace("%%", "%")))


def _ask(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []
