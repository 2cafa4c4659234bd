"""What the command line says of an error that is no defect: what is in the way, and what to do."""

import psycopg

from board.demo.loading import NotTheDemo
from board.embedded.owner import EmbeddedError
from board.migrated import NotMigrated
from board.server import CannotListen
from domain.refusals import Refused
from projections import twins
from projections.event_store import StoreUnavailable
from projections.rebuild import RebuildRunning

#: These say themselves what to do.
_SENTENCES = (CannotListen, EmbeddedError, NotMigrated, NotTheDemo, Refused, StoreUnavailable)


def sentence_for(error: Exception) -> str:
    """One sentence, or "" for a defect, whose traceback somebody should see."""
    if isinstance(error.__cause__, psycopg.Error):  # alembic's driver wraps ours
        error = error.__cause__
    match error:
        case RebuildRunning():
            return "Somebody else rebuilds the views at this moment. Try again when they are done."
        case twins.NotMigrated():
            return "This database has no tables of Accord yet. Run: accord migrate"
        case psycopg.errors.InsufficientPrivilege():
            return (
                f"{_first_line(error)}. Give the role that owns the tables: MIGRATION_DATABASE_URL"
            )
        case psycopg.OperationalError():
            return f"The database doesn't answer: {_first_line(error)}"
        case OSError(filename=str(name)):
            return f"{name}: {error.strerror}"
    return str(error) if isinstance(error, _SENTENCES) else ""


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
