"""The moves that can be made on many lines at once: what each one means on a single line."""

from msgspec import Struct

from domain.people import PROMISERS, Person, Side


class Kind(Struct, frozen=True):
    """One of them: its name in forms, its button, and what it does in a sentence."""

    name: str
    title: str
    does: str


_KINDS = (
    Kind("ask", "Ask at the wanted days", "Ask for everything open on the customer's wanted day."),
    Kind("accept", "Accept", "Say yes to what the other side asks, offers or proposes."),
    Kind("shift", "Shift by days", "Move the date of each line by working days, for one reason."),
    Kind("day", "One date", "Put all lines on the same day."),
    Kind("erp", "The ERP's date", ""),
    Kind("confirm", "Confirm what was agreed aloud", "Confirm what was agreed by phone."),
)


def kinds_for(person: Person) -> list[Kind]:
    """The moves on many lines that this person's side can make at all."""
    if person.side is Side.SALES:
        return list(_KINDS)
    if person.side in PROMISERS:
        return [kind for kind in _KINDS if kind.name != "ask"]
    return []
