"""Imports: what a source's columns mean, its reps by opaque id, and the files being taken in."""

from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("import_piece", "import_job", "import_rep", "import_source")


def upgrade() -> None:
    """Make the tables and let the application's role work with their rows."""
    op.execute("""
        CREATE TABLE accord.import_source (
            source text PRIMARY KEY,
            mapping jsonb NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT now()
        );
        -- The name of somebody whom an order system calls the rep of a line. Events carry the id
        -- alone, so that deleting the row here forgets who it was.
        CREATE TABLE accord.import_rep (
            source text NOT NULL,
            name text NOT NULL,
            person text NOT NULL,
            PRIMARY KEY (source, name)
        );
        CREATE INDEX ON accord.import_rep (person);
        CREATE TABLE accord.import_job (
            id uuid PRIMARY KEY,
            source text NOT NULL,
            site text NOT NULL,
            file_name text NOT NULL,
            digest bytea NOT NULL,
            size bigint NOT NULL,
            state text NOT NULL CHECK (state IN
                ('mapping', 'planning', 'planned', 'running', 'done', 'failed')),
            mapping jsonb NOT NULL,
            survey jsonb,
            report jsonb,
            message text NOT NULL DEFAULT '',
            rows_done integer NOT NULL DEFAULT 0,
            rows_all integer NOT NULL DEFAULT 0,
            by_person text NOT NULL,
            made_at timestamptz NOT NULL DEFAULT now(),
            heartbeat timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX ON accord.import_job (made_at);
        -- In pieces of a megabyte: the file until it is taken in, its bad rows a while more.
        CREATE TABLE accord.import_piece (
            job uuid NOT NULL REFERENCES accord.import_job ON DELETE CASCADE,
            kind text NOT NULL CHECK (kind IN ('file', 'bad')),
            number integer NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (job, kind, number)
        );
        ALTER TABLE accord.import_piece ALTER COLUMN content SET STORAGE EXTERNAL;
    """)
    # Who is forgotten as a person is forgotten as a rep of the order systems too.
    op.execute("""
        CREATE FUNCTION accord.forget_rep() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
            AS $$ BEGIN
                DELETE FROM accord.import_rep
                    WHERE person = OLD.id OR lower(name) = lower(OLD.name);
                RETURN NULL;
            END $$;
        CREATE TRIGGER forget_rep AFTER UPDATE OF erased_at ON accord.person
            FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
            EXECUTE FUNCTION accord.forget_rep();
    """)
    role = '"' + context.config.attributes["app_role"].replace('"', '""') + '"'
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_named()} TO {role}")


def downgrade() -> None:
    """Forget every mapping, rep and file; what was taken in stays in the log."""
    op.execute("DROP TRIGGER forget_rep ON accord.person")
    op.execute("DROP FUNCTION accord.forget_rep()")
    op.execute(f"DROP TABLE {_named()}")


def _named() -> str:
    return ", ".join(f"accord.{table}" for table in TABLES)
