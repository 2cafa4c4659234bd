"""The names of the demo: people, customers and suppliers that Faker makes up from a seed."""

import unicodedata

from faker import Faker
from msgspec import Struct


class Pattern(Struct, frozen=True):
    """How companies of a country call themselves, and how long goods are on the road to them."""

    locale: str
    pattern: str
    transit_days: int


NAMES = (
    Pattern("de_DE", "{} Maschinenbau GmbH", 1),
    Pattern("de_DE", "{} Pumpentechnik GmbH & Co. KG", 1),
    Pattern("de_DE", "{} & {} Fördertechnik GmbH", 1),
    Pattern("nl_NL", "{} Machinefabriek B.V.", 2),
    Pattern("de_DE", "{} Verpackungsmaschinen AG", 1),
    Pattern("pl_PL", "{} Maszyny Sp. z o.o.", 2),
    Pattern("de_DE", "Gebrüder {} Landtechnik GmbH", 1),
    Pattern("sv_SE", "{} Verkstads AB", 3),
    Pattern("de_AT", "{} Anlagenbau Ges.m.b.H.", 2),
    Pattern("de_DE", "{} Druckmaschinen GmbH", 1),
    Pattern("fr_FR", "Ateliers {} S.A.S.", 3),
    Pattern("de_DE", "Kranbau {} GmbH", 1),
    Pattern("de_CH", "{} Präzision AG", 3),
    Pattern("cs_CZ", "{} Strojírny s.r.o.", 2),
    Pattern("de_DE", "{} Windenergie Service GmbH", 1),
    Pattern("it_IT", "Officine {} S.p.A.", 4),
    Pattern("de_DE", "{} Holzbearbeitung KG", 1),
    Pattern("en_GB", "{} & Sons Engineering Ltd", 5),
    Pattern("de_DE", "{} Medizintechnik GmbH", 1),
    Pattern("da_DK", "{} Maskinfabrik A/S", 2),
    Pattern("de_DE", "Stahlwerk {} GmbH", 1),
    Pattern("es_ES", "Talleres {} S.L.", 5),
    Pattern("de_DE", "{} Bahntechnik GmbH", 1),
    Pattern("fi_FI", "{} Konepaja Oy", 5),
    Pattern("de_DE", "{} Lebensmitteltechnik GmbH", 1),
    Pattern("hu_HU", "{} Gépgyártó Kft.", 3),
)
_FOUNDRIES = ("Gießerei {} GmbH", "{} Guss & Form AG")
_SHEET_METAL = ("{} Blechtechnik GmbH", "{} Schutzhauben KG")
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Suppliers(Struct, frozen=True):
    """Who delivers what is bought in."""

    foundries: tuple[str, ...]
    sheet_metal: tuple[str, ...]


class Faces(Struct, frozen=True):
    """Everybody's name."""

    people: tuple[str, ...]
    customers: tuple[str, ...]
    suppliers: Suppliers

    @staticmethod
    def login(name: str) -> str:
        """The short name to sign in with: first letter and family name, plain letters."""
        first, *_, last = name.lower().translate(_LETTERS).split()
        plain = unicodedata.normalize("NFKD", f"{first[0]}.{last}")
        return "".join(c for c in plain if c.isascii() and (c.isalnum() or c == "."))


def faces(seed: int, *, people: int) -> Faces:
    """The same names for the same seed; no family name twice."""
    made: dict[str, Faker] = {}
    taken: set[str] = set()

    def faker(locale: str) -> Faker:
        if locale not in made:
            made[locale] = Faker(locale)
            made[locale].seed_instance(seed)
        return made[locale]

    def family(locale: str) -> str:
        while (name := faker(locale).last_name()) in taken or " " in name or "-" in name:
            pass
        taken.add(name)
        return name

    return Faces(
        people=tuple(f"{faker('de_DE').first_name()} {family('de_DE')}" for _ in range(people)),
        customers=tuple(
            n.pattern.format(*(family(n.locale) for _ in range(n.pattern.count("{}"))))
            for n in NAMES
        ),
        suppliers=Suppliers(
            foundries=tuple(pattern.format(family("de_DE")) for pattern in _FOUNDRIES),
            sheet_metal=tuple(pattern.format(family("de_DE")) for pattern in _SHEET_METAL),
        ),
    )
