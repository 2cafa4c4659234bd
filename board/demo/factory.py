"""The demo's factory: two plants, the teams, the people, the customers and the products."""

import random
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from board.demo.names import NAMES, Faces, Suppliers, faces
from board.sites import YEARS_AHEAD, Team, holidays_of
from domain.calendar import WorkingCalendar
from domain.people import Person, Role, Side

SEED = 20
_PEOPLE = uuid5(NAMESPACE_URL, "accord:demo:people")


class Plant(Struct, frozen=True):
    """A site of the factory; `land` decides about its public holidays."""

    id: str
    name: str
    land: str
    timezone: str = "Europe/Berlin"

    def closures(self, around: date) -> list[tuple[date, date]]:
        """First and last day of the weeks in which nobody works, in the years around a day."""
        years = range(around.year - 1, around.year + YEARS_AHEAD)
        return [(date(year, 12, 24), date(year, 12, 31)) for year in years]

    def calendar(self, around: date) -> WorkingCalendar:
        """The working days, as the board works them out of the site's country and closures."""
        off = set(holidays_of("DE", self.land, around.year))
        for first, last in self.closures(around):
            off |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
        return WorkingCalendar(days_off=frozenset(off))


class Employee(Struct, frozen=True, kw_only=True):
    """Somebody who works here. A guest's chair is left free for who signs in by the demo's link."""

    person: Person
    name: str
    login: str
    extension: str
    guest: bool = False


class Customer(Struct, frozen=True, kw_only=True):
    """A customer, the rep who looks after it, and the working days that goods are on the road."""

    code: str
    name: str
    rep: str
    sales_team: str
    transit_days: int


class Product(Struct, frozen=True, kw_only=True):
    """What is made or bought in; `lead` is the usual time in working days."""

    code: str
    name: str
    family: str
    site: str
    team: str
    side: Side
    work_centre: str
    lots: tuple[int, ...]
    lead: int
    unit: str = "pcs"
    supplier: str = ""


class Factory(Struct, frozen=True):
    """Everything that does not change from day to day."""

    plants: tuple[Plant, ...]
    teams: tuple[Team, ...]
    people: tuple[Employee, ...]
    customers: tuple[Customer, ...]
    products: tuple[Product, ...]

    def of_team(self, team: str) -> tuple[Employee, ...]:
        """Who works in that team, without the shift lead."""
        return tuple(
            e for e in self.people if e.person.team == team and e.person.role is not Role.SHIFT_LEAD
        )

    def of_role(self, role: Role) -> tuple[Employee, ...]:
        """Everybody with that role."""
        return tuple(e for e in self.people if e.person.role is role)

    def guest(self, role: Role) -> Employee:
        """Whose chair is free for a visitor with that role."""
        return next(e for e in self.of_role(role) if e.guest)


PLANTS = (Plant("nord", "Plant Nord", "HH"), Plant("sued", "Plant Süd", "BW"))

TEAMS = (
    Team("sales-north", "Sales North", Side.SALES),
    Team("sales-south", "Sales South", Side.SALES),
    Team("nord-machining", "Machining Nord", Side.PRODUCTION, "nord"),
    Team("nord-assembly", "Assembly Nord", Side.PRODUCTION, "nord"),
    Team("sued-production", "Production Süd", Side.PRODUCTION, "sued"),
    Team("purchasing", "Purchasing", Side.PURCHASING),
    Team("logistics", "Logistics", Side.LOGISTICS),
)

# Role, team, site ("" for both), and whether the chair is a visitor's.
_CHAIRS = (
    (Role.REP, "sales-north", "", True),
    (Role.REP, "sales-north", "", False),
    (Role.REP, "sales-south", "", False),
    (Role.REP, "sales-south", "", False),
    (Role.PLANNER, "nord-machining", "nord", True),
    (Role.PLANNER, "nord-machining", "nord", False),
    (Role.PLANNER, "nord-assembly", "nord", False),
    (Role.PLANNER, "sued-production", "sued", False),
    (Role.BUYER, "purchasing", "", True),
    (Role.BUYER, "purchasing", "", False),
    (Role.LOGISTICS, "logistics", "", False),
    (Role.SHIFT_LEAD, "nord-machining", "nord", False),
    (Role.VIEWER, "", "", False),
    (Role.ADMIN, "", "", True),
)

# Family: code, team, work centre, lots, lead in working days, and the names of its products.
_FAMILIES = {
    "Shafts": ("SH", "nord-machining", "Turning", (20, 40, 60, 120), 12,
               ("Drive shaft 25 × 310", "Drive shaft 40 × 520", "Spline shaft 32 × 480",
                "Hollow shaft 50 × 260", "Stub shaft 18 × 95")),
    "Housings": ("HO", "nord-machining", "Milling", (6, 10, 16, 24), 15,
                 ("Bearing housing KL 62", "Bearing housing KL 80", "Gearbox housing G3",
                  "Pump housing P 110")),
    "Bushings": ("BU", "nord-machining", "Grinding", (100, 200, 250, 400), 8,
                 ("Precision bushing 20 H7", "Precision bushing 35 H7", "Flange bushing 28")),
    "Gear units": ("GU", "nord-assembly", "Assembly", (2, 4, 6, 12), 18,
                   ("Bevel gear unit BG 40", "Worm gear unit WG 63", "Planetary gear unit PG 90")),
    "Couplings": ("CO", "nord-assembly", "Assembly", (12, 24, 36, 60), 9,
                  ("Jaw coupling 38", "Disc coupling 55", "Torque limiter TL 20")),
    "Gears": ("GE", "sued-production", "Gear cutting", (16, 30, 50, 80), 14,
              ("Spur gear m2 z48", "Spur gear m3 z32", "Helical gear m2.5 z60",
               "Bevel gear pair 1:2")),
    "Spindles": ("SP", "sued-production", "Grinding", (4, 8, 12, 20), 16,
                 ("Ball screw 32 × 10", "Ball screw 40 × 5", "Spindle nut 32")),
    "Guides": ("GD", "sued-production", "Milling", (10, 20, 40), 10,
               ("Linear guide LG 25, 800", "Linear guide LG 35, 1200", "Guide carriage LG 25")),
    "Castings": ("CA", "purchasing", "", (12, 30, 48), 20,
                 ("Cast bracket GJS 400", "Cast flywheel 320", "Cast base plate B2")),
    "Covers": ("CV", "purchasing", "", (25, 50, 100), 11,
               ("Sheet cover 400 × 260", "Stainless guard SG 7", "Bellows 90 × 1200")),
    "Spare part sets": ("SE", "logistics", "Dispatch", (1, 2, 5), 5,
                        ("Service set gear unit", "Seal set P 110")),
}  # fmt: skip


def factory(seed: int = SEED) -> Factory:
    """The same factory for the same seed, on every machine."""
    chance = random.Random(seed)  # noqa: S311 believable, not secret
    known = faces(seed, people=len(_CHAIRS))
    people = tuple(_employee(n, known) for n in range(len(_CHAIRS)))
    reps = [e for e in people if e.person.role is Role.REP]
    customers = tuple(_customer(n, name, reps) for n, name in enumerate(known.customers))
    return Factory(PLANTS, TEAMS, people, customers, tuple(_products(chance, known.suppliers)))


def _employee(n: int, known: Faces) -> Employee:
    role, team, site, guest = _CHAIRS[n]
    name = known.people[n]
    person = Person(
        id=str(uuid5(_PEOPLE, str(n))),
        role=role,
        team=team,
        sites=frozenset([site] if site else []),
    )
    return Employee(
        person=person, name=name, login=known.login(name), extension=str(210 + 7 * n), guest=guest
    )


def _customer(n: int, name: str, reps: list[Employee]) -> Customer:
    """Every rep looks after some customers near and some far away."""
    rep = reps[n % len(reps)].person
    return Customer(
        code=f"C{1040 + 13 * n}",
        name=name,
        rep=rep.id,
        sales_team=rep.team,
        transit_days=NAMES[n].transit_days,
    )


def _products(chance: random.Random, suppliers: Suppliers) -> list[Product]:
    bought = {"Castings": suppliers.foundries, "Covers": suppliers.sheet_metal}
    products = []
    for family, (code, team, centre, lots, lead, names) in _FAMILIES.items():
        of = next(t for t in TEAMS if t.id == team)
        for name in names:
            products.append(  # noqa: PERF401 a comprehension of twelve lines reads worse
                Product(
                    code=f"{code}-{chance.randrange(1000, 9999)}",
                    name=name,
                    family=family,
                    site=of.site or chance.choice(PLANTS).id,
                    team=team,
                    side=of.side,
                    work_centre=centre,
                    lots=lots,
                    lead=lead,
                    unit="sets" if of.side is Side.LOGISTICS else "pcs",
                    supplier=chance.choice(bought[family]) if family in bought else "",
                )
            )
    return products
