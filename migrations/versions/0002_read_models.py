"""What people see, built from the log alone: each table twice, so that a rebuild needs no DDL."""

from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TWINS = ("read_a", "read_b")

# A row of `lines` is what a line is now, a row of `line_versions` what it was: the same columns,
# and until when. Only what a filter or the clock asks for stands in a column beside the JSON.
LINE = """
    id uuid NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    line text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    changed_side text NOT NULL,
    changed_team text NOT NULL,
    changed_topic text NOT NULL,
    site text NOT NULL,
    sales_team text NOT NULL,
    team text NOT NULL,
    customer text NOT NULL,
    family text NOT NULL,
    rep text NOT NULL,
    state text NOT NULL,
    finished boolean NOT NULL,
    marks text[] NOT NULL,
    search text NOT NULL,
    day date,
    next_due date,
    delivered_on date,
    expires_at timestamptz
"""

TABLES = """
CREATE SCHEMA {twin};

CREATE TABLE {twin}.lines ({line}, PRIMARY KEY (id));
CREATE INDEX lines_position ON {twin}.lines (position);
CREATE INDEX lines_open ON {twin}.lines (day, id) WHERE NOT finished;
CREATE INDEX lines_finished ON {twin}.lines (delivered_on) WHERE finished;
CREATE INDEX lines_delivered ON {twin}.lines (delivered_on) WHERE state = 'delivered';
CREATE INDEX lines_expire ON {twin}.lines (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE {twin}.line_versions (
    {line},
    valid_to timestamptz NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX line_versions_valid_to ON {twin}.line_versions (valid_to, valid_from);

CREATE TABLE {twin}.line_grams (id uuid PRIMARY KEY, grams text[] NOT NULL);
CREATE INDEX line_grams_grams ON {twin}.line_grams USING gin (grams);
COMMENT ON TABLE {twin}.line_grams IS
    'Every three letters in a row of what a line is searched by';

CREATE TABLE {twin}.history (
    position bigint PRIMARY KEY,
    line_id uuid NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    side text NOT NULL,
    team text NOT NULL,
    site text NOT NULL,
    topic text NOT NULL,
    fact text NOT NULL
);
CREATE INDEX history_line ON {twin}.history (line_id, version);
CREATE INDEX history_site ON {twin}.history (site, position);
CREATE INDEX history_at ON {twin}.history (at);

CREATE TABLE {twin}.parked (
    line_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    position bigint NOT NULL,
    error text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE {twin}.parked IS
    'Streams that stopped before an event that could not be shown, with everything after it';

GRANT USAGE ON SCHEMA {twin} TO {app};
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {twin} TO {app};
"""

POINTER = """
CREATE TABLE accord.read_models (
    name text PRIMARY KEY CHECK (name IN ('read_a', 'read_b')),
    live boolean NOT NULL,
    position bigint NOT NULL,
    shape integer NOT NULL
);
CREATE UNIQUE INDEX read_models_live ON accord.read_models (live) WHERE live;
COMMENT ON TABLE accord.read_models IS
    'The twins: which one is read, up to where in the log it is, and what code filled it';
INSERT INTO accord.read_models VALUES ('read_a', true, 0, 0), ('read_b', false, 0, 0);
GRANT SELECT, UPDATE ON accord.read_models TO {app};
"""


def upgrade() -> None:
    """Two empty twins, the first one live."""
    role = context.config.attributes["app_role"].replace('"', '""')
    for twin in TWINS:
        op.execute(TABLES.format(twin=twin, line=LINE, app=f'"{role}"'))
    op.execute(POINTER.format(app=f'"{role}"'))


def downgrade() -> None:
    """Nothing is lost: all of it can be built again from the log."""
    op.execute("DROP TABLE accord.read_models")
    for twin in TWINS:
        op.execute(f"DROP SCHEMA {twin} CASCADE")
