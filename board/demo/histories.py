"""What has happened in the factory up to the first start: which tales are told, and how often."""

import random
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from board.demo import agreements, endings, openings
from board.demo.factory import SEED, Factory
from board.demo.orders import Orders
from board.demo.tale import Site, Tale
from domain.events import Milestone, Recorded
from projections.texts import Words

Script = Callable[[Tale], None]

#: A tale, how many lines it is told of, and how many working days ago such lines were entered.
MIX: tuple[tuple[Script, int, tuple[int, int]], ...] = (
    (openings.new, 30, (1, 4)),
    (openings.new_without_a_day, 4, (1, 4)),
    (openings.asked, 14, (1, 3)),
    (openings.asked_urgently, 4, (1, 1)),
    (openings.asked_in_parts, 5, (1, 3)),
    (openings.asked_and_answer_promised, 6, (1, 3)),
    (openings.asked_aloud, 4, (1, 2)),
    (openings.asked_then_amended, 3, (2, 4)),
    (openings.handed_over, 2, (3, 5)),
    (openings.countered, 13, (2, 5)),
    (openings.countered_in_parts, 4, (3, 5)),
    (openings.countered_aloud, 3, (3, 5)),
    (openings.countered_again, 4, (5, 7)),
    (openings.countered_then_resized, 2, (4, 6)),
    (openings.enquiry, 3, (1, 2)),
    (openings.enquiry_countered, 3, (2, 4)),
    (openings.conditional, 4, (4, 6)),
    (openings.declined, 4, (3, 6)),
    (openings.withdrawn, 3, (5, 8)),
    (openings.expired, 4, (4, 6)),
    (openings.cancelled, 5, (4, 12)),
    (agreements.agreed, 44, (7, 16)),
    (agreements.agreed_for_today, 4, (9, 14)),
    (agreements.agreed_in_parts, 9, (10, 15)),
    (agreements.one_part_late, 2, (10, 14)),
    (agreements.told_early, 8, (7, 14)),
    (agreements.told_before_anything_was_agreed, 3, (3, 6)),
    (agreements.erp_differs, 10, (7, 14)),
    (agreements.at_risk, 9, (9, 14)),
    (agreements.on_track, 6, (9, 14)),
    (agreements.overdue, 2, (11, 15)),
    (agreements.taken_over, 8, (5, 12)),
    (agreements.no_longer_fits, 3, (8, 12)),
    (agreements.promiser_revises, 8, (9, 14)),
    (agreements.rep_revises, 5, (7, 12)),
    (agreements.revised, 8, (10, 15)),
    (agreements.kept_to, 3, (10, 15)),
    (agreements.cannot_be_kept, 3, (9, 14)),
    (agreements.asked_again, 1, (10, 14)),
    (agreements.released, 4, (9, 14)),
    (endings.delivered, 20, (16, 24)),
    (endings.delivered_late, 3, (17, 24)),
    (endings.delivered_in_parts, 2, (17, 24)),
    (endings.delivered_without_agreement, 2, (5, 8)),
    (endings.corrected, 1, (16, 22)),
    (endings.disputed, 2, (16, 22)),
    (endings.confirmed, 12, (18, 26)),
    (endings.not_disputed, 14, (27, 34)),
)
#: Lines of which logistics promises the arrival, in a conversation beside production's.
SECOND_LEGS = 6


class History(Struct, frozen=True):
    """Everything that was said, earliest first, and the words of it."""

    recorded: tuple[Recorded, ...]
    words: dict[UUID, Words]


def history(factory: Factory, start: datetime, seed: int = SEED) -> History:
    """The same history for the same seed, told up to `start` (aware)."""
    chance = random.Random(seed)  # noqa: S311 believable, not secret
    sites = {p.id: Site(p, p.calendar(start.date()), start) for p in factory.plants}
    tales = []
    orders = Orders(factory, chance)
    for script, days_ago in _oldest_first(chance):
        details = orders.next_line()
        site = sites[details.site]
        entered = site.calendar.add(site.today, -days_ago)
        details = replace(details, ordered_on=entered)
        tale = Tale(factory, site, details, site.at(entered, chance.uniform(0.2, 8)), chance)
        script(tale)
        tales.append(tale)
    tales += [_second_leg(tale) for tale in tales if _is_on_its_way(tale)][:SECOND_LEGS]
    recorded = sorted(
        (r for tale in tales for r in tale.recorded), key=lambda r: (r.at, r.originator_version)
    )
    words = {key: said for tale in tales for key, said in tale.words.items()}
    return History(tuple(recorded), words)


def _oldest_first(chance: random.Random) -> list[tuple[Script, int]]:
    told = [(script, chance.randint(*days)) for script, count, days in MIX for _ in range(count)]
    chance.shuffle(told)
    return sorted(told, key=lambda t: -t[1])


def _is_on_its_way(tale: Tale) -> bool:
    """Whether a day is agreed with production, so that logistics can be asked for the rest."""
    return (
        tale.line.agreed is not None
        and tale.line.agreed > tale.site.today
        and tale.line.details.team_side == "production"
        and bool(tale.line.details.order_number)
    )


def _second_leg(tale: Tale) -> Tale:
    """The same line's arrival, which logistics promises."""
    leg = replace(
        tale.line.details,
        leg="transport",
        team="logistics",
        team_side=tale.factory.of_team("logistics")[0].person.side,
        work_centre="",
        milestone=Milestone.ARRIVES,
        transit_days=0,
    )
    second = Tale(tale.factory, tale.site, leg, tale.line.entered_at, tale.chance)
    wanted = tale.site.calendar.add(tale.agreed, tale.line.details.transit_days + 1)
    second.enters(wanted=wanted)
    openings.asks(second)
    if tale.chance.random() < 0.5:
        openings.agrees(second)
    return second
