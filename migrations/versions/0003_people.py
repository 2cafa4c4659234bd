"""Sites, teams, people and the ways to get in: the tables whose rows can be changed and erased."""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "wall_link",
    "sign_in_try",
    "sign_in_link",
    "session",
    "person",
    "team",
    "site_closure",
    "site",
    "directory",
)


def upgrade() -> None:
    """Make the tables and let the application's role work with their rows."""
    op.execute("""
        CREATE TABLE accord.site (
            id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
            name text NOT NULL,
            timezone text NOT NULL DEFAULT 'UTC',
            country text NOT NULL DEFAULT '',
            subdivision text NOT NULL DEFAULT '',
            weekdays smallint[] NOT NULL DEFAULT '{0,1,2,3,4}' CHECK (cardinality(weekdays) > 0),
            milestone text NOT NULL DEFAULT 'ready'
                CHECK (milestone IN ('ready', 'dispatched', 'arrives')),
            wall_names_customers boolean NOT NULL DEFAULT true
        );
        CREATE TABLE accord.site_closure (
            site text NOT NULL REFERENCES accord.site ON DELETE CASCADE,
            first date NOT NULL,
            last date NOT NULL CHECK (last BETWEEN first AND first + 366),
            words text NOT NULL DEFAULT '',
            PRIMARY KEY (site, first)
        );
        CREATE TABLE accord.team (
            id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
            name text NOT NULL,
            side text NOT NULL
                CHECK (side IN ('sales', 'production', 'purchasing', 'logistics')),
            site text REFERENCES accord.site
        );
        CREATE TABLE accord.person (
            id text PRIMARY KEY,
            login text UNIQUE CHECK ((login IS NULL) = (erased_at IS NOT NULL)),
            name text NOT NULL,
            role text NOT NULL CHECK (role IN
                ('rep', 'planner', 'buyer', 'logistics', 'shift_lead', 'viewer', 'admin')),
            team text REFERENCES accord.team,
            sites text[] NOT NULL DEFAULT '{}',
            extension text NOT NULL DEFAULT '',
            locale text NOT NULL DEFAULT 'en',
            password text,
            active boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(),
            erased_at timestamptz
        );
        -- Of every token only its SHA-256 is kept: who reads the table can't sign in with it.
        CREATE TABLE accord.session (
            token bytea PRIMARY KEY,
            person text NOT NULL REFERENCES accord.person ON DELETE CASCADE,
            created_at timestamptz NOT NULL DEFAULT now(),
            seen_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX ON accord.session (person);
        CREATE TABLE accord.sign_in_link (
            token bytea PRIMARY KEY,
            person text NOT NULL REFERENCES accord.person ON DELETE CASCADE,
            sets_password boolean NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX ON accord.sign_in_link (person);
        -- Logins as SHA-256 too: people type passwords into the wrong field.
        CREATE TABLE accord.sign_in_try (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT now(),
            login bytea NOT NULL,
            network text NOT NULL,
            succeeded boolean NOT NULL DEFAULT false
        );
        CREATE INDEX ON accord.sign_in_try (login, at);
        CREATE INDEX ON accord.sign_in_try (network, at);
        CREATE INDEX ON accord.sign_in_try (at);
        CREATE TABLE accord.wall_link (
            id text PRIMARY KEY,
            token bytea NOT NULL UNIQUE,
            site text NOT NULL REFERENCES accord.site,
            team text REFERENCES accord.team,
            label text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            revoked_at timestamptz,
            seen_at timestamptz
        );
    """)
    _stamp_changes()
    role = '"' + context.config.attributes["app_role"].replace('"', '""') + '"'
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_named(TABLES[:-1])} TO {role}")
    op.execute(f"GRANT SELECT ON accord.directory TO {role}")


def _stamp_changes() -> None:
    """Every change of a site or team moves one number, by which processes know to read again."""
    op.execute("""
        CREATE TABLE accord.directory (stamp bigint NOT NULL);
        INSERT INTO accord.directory VALUES (0);
        CREATE FUNCTION accord.directory_changed() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
            AS $$ BEGIN UPDATE accord.directory SET stamp = stamp + 1; RETURN NULL; END $$;
        CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON accord.site
            FOR EACH STATEMENT EXECUTE FUNCTION accord.directory_changed();
        CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON accord.site_closure
            FOR EACH STATEMENT EXECUTE FUNCTION accord.directory_changed();
        CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON accord.team
            FOR EACH STATEMENT EXECUTE FUNCTION accord.directory_changed();
    """)


def downgrade() -> None:
    """Forget everybody."""
    op.execute(f"DROP TABLE {_named(TABLES)}")
    op.execute("DROP FUNCTION accord.directory_changed()")


def _named(tables: tuple[str, ...]) -> str:
    return ", ".join(f"accord.{table}" for table in tables)
