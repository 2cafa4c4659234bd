"""The log of events, the words that can be erased, and the only two doors to them."""

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE accord.stored_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL,
    CONSTRAINT stored_events_once PRIMARY KEY (originator_id, originator_version),
    CONSTRAINT stored_events_position UNIQUE (notification_id)
);
COMMENT ON TABLE accord.stored_events IS
    'Every event: its stream, its place there, its topic and version, JSON, its place in the log';

CREATE TABLE accord.texts (
    id uuid PRIMARY KEY,
    salt bytea,
    words text
);
COMMENT ON TABLE accord.texts IS
    'Words of notes and reasons; both columns are null once erased';
"""

# One append at a time: positions then commit in their own order and without a gap, so that a
# follower that reads past a position can never miss an event below it. The lock is this log's own,
# so that vacuum and readers are never waited for.
APPEND = """
CREATE FUNCTION accord.append_events(
    ids uuid[], versions bigint[], topics text[], states bytea[],
    text_ids uuid[], salts bytea[], words text[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '4s'
AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(4702394921427289676);
    SELECT coalesce(max(e.notification_id), 0) INTO last FROM accord.stored_events AS e;
    INSERT INTO accord.stored_events
        (originator_id, originator_version, topic, state, notification_id)
        SELECT n.id, n.version, n.topic, n.state, last + n.place
        FROM unnest(ids, versions, topics, states)
            WITH ORDINALITY AS n (id, version, topic, state, place);
    IF cardinality(text_ids) > 0 THEN
        INSERT INTO accord.texts (id, salt, words)
            SELECT n.id, n.salt, n.said
            FROM unnest(text_ids, salts, words) AS n (id, salt, said);
    END IF;
    last := last + cardinality(ids);
    PERFORM pg_notify('accord_log', last::text);
    RETURN last;
END
$$;
COMMENT ON FUNCTION accord.append_events IS
    'Append events, with their words, and wake the followers; returns the last position';
"""

ERASE = """
CREATE FUNCTION accord.erase_text(text_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE accord.texts SET words = NULL, salt = NULL WHERE id = text_id
$$;
COMMENT ON FUNCTION accord.erase_text IS
    'Erase words for good: without its salt, the hash in the event no longer tells them';
"""

RIGHTS = """
REVOKE ALL ON FUNCTION accord.append_events, accord.erase_text FROM PUBLIC;
GRANT USAGE ON SCHEMA accord TO {app};
GRANT SELECT ON accord.stored_events, accord.texts TO {app};
GRANT EXECUTE ON FUNCTION accord.append_events, accord.erase_text TO {app};
"""


def upgrade() -> None:
    """The log that the application's role may only read and append to."""
    role = context.config.attributes["app_role"].replace('"', '""')
    for statements in (TABLES, APPEND, ERASE, RIGHTS.format(app=f'"{role}"')):
        op.execute(statements)


def downgrade() -> None:
    """Nothing is left of the log."""
    op.execute("DROP FUNCTION accord.append_events, accord.erase_text")
    op.execute("DROP TABLE accord.stored_events, accord.texts")
