"""What the page of one line shows: its track and facts, the forms of the legal moves, its story."""

from datetime import date
from typing import Any
from uuid import uuid4

from board import wording
from board.done import whose_move
from board.line_forms import Sent, note_form, shown_forms
from board.line_words import customer_sentence, expires, facts_of, legend, talk, tells
from board.opened import Opened, row_of
from board.standing import badges, standing
from board.story import Told, story
from board.track import track
from domain.line import Line
from domain.people import MAY, Person, Side


def line_values(
    opened: Opened, *, sent: Sent | None = None, done: str = "", seen: int | None = None
) -> dict[str, Any]:
    """The values of templates/line/panel.html.

    sent: a form that was refused, to be shown again as it was typed. done: what a move has just
    done. seen: the version that the person had before them; what came after is told.
    """
    line, today = opened.line, opened.now.today
    row = row_of(opened.events)
    told = story(
        opened.events,
        Told(opened.site, opened.teams, opened.contacts, opened.words, today),
    )
    return {
        "w": wording,
        "line": line,
        "row": row,
        "site": opened.site,
        "teams": opened.teams,
        "today": today,
        "past": wording.past_words(opened.at, opened.site.timezone) if opened.past else "",
        "order": wording.order_words(line),
        "standing": standing(row, today, opened.site.calendar) if row else None,
        "badges": badges(row, today) if row else [],
        "whose": whose_move(line, opened.teams, today),
        "mine": _own_ball(line, opened.account.person, today),
        "track": (drawn := track(line, today, opened.site.calendar)),
        "legend": legend(drawn, today),
        "facts": facts_of(opened),
        "story": told[::-1],
        "changes": [t for t in told if seen is not None and t.version > seen],
        "own_notes": {note.text_id for note in line.notes if note.by == opened.account.person.id},
        "forms": [] if opened.past else shown_forms(opened, sent),
        "can_note": not opened.past and opened.account.person.role in MAY["add_note"],
        "note": note_form(opened, sent),
        "talk": talk(opened),
        "customer_sentence": customer_sentence(opened),
        "tells": tells(opened),
        "done": done,
        "undo": bool(done) and opened.may("take_back_commitment"),
        "sent": sent,
        "command": uuid4(),
        "expires": expires(opened),
    }


def _own_ball(line: Line, person: Person, today: date) -> bool:
    ball = line.ball(today)
    if person.side is Side.SALES:
        return ball == "requester"
    return ball == "promiser" and person.team == line.details.team
