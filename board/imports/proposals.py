"""Which column is probably which field: by its name, and by what stands in it."""

import re
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from rapidfuzz import fuzz

from board.imports.fields import ABOUT, Field, Holds
from board.imports.survey import ColumnProfile

#: Names less alike than this (0 to 100) are left for a person to choose.
ENOUGH = 84.0
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÄÖÜ])")
_SIGNS = re.compile(r"[\W_]+")


class Proposal(Struct, frozen=True):
    """A column for a field; sure: how alike the names are, 0 to 100."""

    field: Field
    column: str
    sure: float


def tidy_name(name: str) -> str:
    """A column's name in plain lower words: "Verk. an Deb.-Nr." -> "verk an deb nr"."""
    words = _CAMEL.sub(" ", name.strip())
    return _SIGNS.sub(" ", words.casefold().translate(_UMLAUTS)).strip()


def likeness(column: str, field: Field) -> float:
    """How alike a column's name is to the names of a field, 0 to 100."""
    tidied = tidy_name(column)
    plain = tidied.replace(" ", "")
    best = 0.0
    for name in (field.replace("_", " "), *ABOUT[field].names):
        if tidied == name or plain == name.replace(" ", ""):
            return 100.0
        if min(len(plain), len(name)) > 3:
            best = max(best, fuzz.token_sort_ratio(tidied, name), fuzz.ratio(tidied, name))
    return best * 0.99


def propose(
    columns: Sequence[ColumnProfile],
    kept: Mapping[Field, str] | None = None,
    left_out: Collection[str] = (),
) -> dict[Field, Proposal]:
    """The best column for each field, each column once.

    kept: what was chosen for this source before; it holds for every column that is still there.
    left_out: columns that were there then; those that weren't chosen stay out.
    """
    names = {profile.name for profile in columns}
    taken = {
        field: Proposal(field, column, 100.0)
        for field, column in (kept or {}).items()
        if column in names
    }
    candidates = sorted(
        (
            Proposal(field, profile.name, sure)
            for profile in columns
            for field in Field
            if profile.name not in left_out
            and _may_hold(profile, field)
            and (sure := likeness(profile.name, field)) >= ENOUGH
        ),
        key=lambda p: -p.sure,
    )
    used = {p.column for p in taken.values()}
    for proposal in candidates:
        if proposal.field not in taken and proposal.column not in used:
            taken[proposal.field] = proposal
            used.add(proposal.column)
    return _instead(taken, names - used)


def _may_hold(profile: ColumnProfile, field: Field) -> bool:
    """A column without a single day in it is no date, whatever its name says."""
    if profile.empty:
        return True
    match ABOUT[field].holds:
        case Holds.DAY:
            return profile.dates is not None
        case Holds.NUMBER:
            return profile.numbers is not None
    return True


def _instead(taken: dict[Field, Proposal], free: Collection[str]) -> dict[Field, Proposal]:
    """A list with nothing but numbers of customers or products names them by their number."""
    for field, other in (
        (Field.CUSTOMER, Field.CUSTOMER_CODE),
        (Field.PRODUCT, Field.PRODUCT_CODE),
    ):
        if field not in taken and other in taken:
            taken[field] = Proposal(field, taken[other].column, taken[other].sure)
    return taken
