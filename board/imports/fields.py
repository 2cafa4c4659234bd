"""What a column can mean, and how order systems name it in English and German."""

from enum import StrEnum

from msgspec import Struct


class Holds(StrEnum):
    """What stands in a field."""

    WORDS = "words"
    DAY = "day"
    NUMBER = "number"
    YES = "yes or no"
    PLACE = "site or team"


class Field(StrEnum):
    """A detail of an order line, or a fact about it, that a file can bring."""

    ORDER_NUMBER = "order_number"
    LINE_NUMBER = "line_number"
    LEG = "leg"
    CUSTOMER = "customer"
    CUSTOMER_CODE = "customer_code"
    CUSTOMER_ORDER = "customer_order"
    CUSTOMER_PART = "customer_part"
    PRODUCT = "product"
    PRODUCT_CODE = "product_code"
    FAMILY = "family"
    QUANTITY = "quantity"
    UNIT = "unit"
    WANTED = "wanted"
    ERP_DATE = "erp_date"
    ORDERED_ON = "ordered_on"
    SHIPPED_ON = "shipped_on"
    DELIVERED_TOTAL = "delivered_total"
    CANCELLED = "cancelled"
    REP = "rep"
    WORK_CENTRE = "work_centre"
    SUPPLIER = "supplier"
    PURCHASE_ORDER = "purchase_order"
    MILESTONE = "milestone"
    TRANSIT_DAYS = "transit_days"
    SITE = "site"
    SALES_TEAM = "sales_team"
    TEAM = "team"

    @property
    def about(self) -> "About":
        """What this field holds and how it is called."""
        return ABOUT[self]


class About(Struct, frozen=True):
    """A field's name on the screen, what it holds, whether a line needs it, its other names.

    fixed: one value for the whole file makes sense where the file hasn't got it.
    """

    label: str
    holds: Holds
    names: tuple[str, ...]
    needed: bool = False
    fixed: bool = False


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("|") if name.strip())


#: The names are given in words, without signs: columns are compared after the same tidying.
#: In each list: plain English, plain German, SAP, Business Central and Navision, Sage.
ABOUT: dict[Field, About] = {
    Field.ORDER_NUMBER: About(
        "Order number", Holds.WORDS,
        _names(
            "order number | order no | order | order id | sales order | sales order number | so "
            "number | order nr | auftrag | auftragsnummer | auftragsnr | auftrags nr | "
            "kundenauftrag | verkaufsbeleg | belegnummer | belegnr | vorgang | vbeln | sales "
            "document | document no | document number | sales order no | ordernumber | "
            "bestellung nr | auftragsbestaetigung"
        ),
        needed=True,
    ),
    Field.LINE_NUMBER: About(
        "Line number", Holds.WORDS,
        _names(
            "line number | line no | line | line id | item number in order | order line | pos | "
            "position | positionsnummer | pos nr | auftragsposition | zeile | zeilennr | "
            "zeilennummer | posnr | item | sales document item | line key | line seq no"
        ),
        needed=True, fixed=True,
    ),
    Field.LEG: About("Leg", Holds.WORDS, _names("leg | teilstrecke"), fixed=True),
    Field.CUSTOMER: About(
        "Customer", Holds.WORDS,
        _names(
            "customer | customer name | client | account name | sold to name | company | kunde | "
            "kundenname | auftraggeber | firma | name 1 | name1 | sell to customer name | verk an "
            "name | bill to name | matchcode | debitorenname | sold to party name"
        ),
        needed=True,
    ),
    Field.CUSTOMER_CODE: About(
        "Customer's number", Holds.WORDS,
        _names(
            "customer code | customer number | customer no | customer id | account no | sold to | "
            "sold to party | kundennummer | kundennr | kunden nr | debitor | debitorennummer | "
            "kunnr | sell to customer no | verk an deb nr | customerno"
        ),
    ),
    Field.CUSTOMER_ORDER: About(
        "Customer's own order number", Holds.WORDS,
        _names(
            "customer order | customer order number | customer po | po number | customer "
            "reference | your reference | cust po | purchase order number of customer | "
            "kundenbestellnummer | kundenbestellung | bestellnummer | bestellnummer kunde | ihre "
            "bestellung | ihr zeichen | bstkd | bstnk | customer purchase order | external "
            "document no | externe belegnummer | ihre referenz | customer po no"
        ),
    ),
    Field.CUSTOMER_PART: About(
        "Customer's part number", Holds.WORDS,
        _names(
            "customer part | customer part number | customer material | customer item | customer "
            "article | kundenmaterial | kundenmaterialnummer | kundenartikelnummer | "
            "kundenartikel | kdmat | customer material number | cross reference no | item "
            "reference no | artikelreferenznr | alias item no"
        ),
    ),
    Field.PRODUCT: About(
        "Product", Holds.WORDS,
        _names(
            "product | product name | description | item description | article | part | artikel | "
            "artikelbezeichnung | bezeichnung | produkt | produktname | materialkurztext | "
            "kurztext | arktx | material description | beschreibung | item code desc | "
            "bezeichnung 1 | material text"
        ),
        needed=True,
    ),
    Field.PRODUCT_CODE: About(
        "Product's number", Holds.WORDS,
        _names(
            "product code | product number | product id | item no | item code | article number | "
            "part number | sku | artikelnummer | artikelnr | artikel nr | material | "
            "materialnummer | produktnummer | matnr | material number | no | nr | itemcode"
        ),
    ),
    Field.FAMILY: About(
        "Product family", Holds.WORDS,
        _names(
            "product family | family | product group | category | category name | product line | "
            "item group | produktfamilie | produktgruppe | artikelgruppe | warengruppe | "
            "kategorie | matkl | material group | item category code | product group code | "
            "artikelkategoriecode | produktgruppencode"
        ),
        fixed=True,
    ),
    Field.QUANTITY: About(
        "Quantity", Holds.NUMBER,
        _names(
            "quantity | qty | order quantity | ordered quantity | amount ordered | menge | "
            "auftragsmenge | bestellmenge | stueckzahl | anzahl | kwmeng | order qty | "
            "kumulierte auftragsmenge | quantity ordered | qty ordered | zielmenge"
        ),
        needed=True,
    ),
    Field.UNIT: About(
        "Unit", Holds.WORDS,
        _names(
            "unit | uom | unit of measure | sales unit | einheit | mengeneinheit | me | "
            "verkaufsmengeneinheit | vrkme | meins | unit of measure code | einheitencode"
        ),
        fixed=True,
    ),
    Field.WANTED: About(
        "Customer wants it on", Holds.DAY,
        _names(
            "required date | wanted | wanted date | wanted day | requested date | customer "
            "requested date | need by date | due date | required by | requested delivery date | "
            "wunschtermin | wunschdatum | wunschlieferdatum | kundenwunschtermin | "
            "wunschliefertermin | vdatu | gewuenschtes lieferdatum | gewuenschter liefertermin | "
            "request date | faelligkeit"
        ),
    ),
    Field.ERP_DATE: About(
        "Date in the order system", Holds.DAY,
        _names(
            "promised date | promise date | confirmed date | confirmed delivery date | delivery "
            "date | planned date | planned shipment date | schedule line date | erp date | "
            "bestaetigter termin | bestaetigtes lieferdatum | liefertermin | lieferdatum | "
            "zugesagter termin | geplantes lieferdatum | edatu | wadat | mbdat | planned goods "
            "issue | promised delivery date | planned delivery date | shipment date | zugesagtes "
            "lieferdatum | geplantes warenausgangsdatum | warenausgangsdatum geplant"
        ),
    ),
    Field.ORDERED_ON: About(
        "Ordered on", Holds.DAY,
        _names(
            "order date | ordered on | date of order | document date | created on | entry date | "
            "auftragsdatum | bestelldatum | belegdatum | erfassungsdatum | angelegt am | audat | "
            "erdat | bestellt am | eingangsdatum"
        ),
    ),
    Field.SHIPPED_ON: About(
        "Left on", Holds.DAY,
        _names(
            "shipped date | shipped on | ship date | actual ship date | dispatched on | delivered "
            "on | date delivered | goods issue date | versanddatum | versendet am | geliefert am | "
            "ausgeliefert am | warenausgang | warenausgangsdatum | wadat ist | actual goods "
            "issue | actual goods issue date | posting date | buchungsdatum | istlieferdatum | "
            "last ship date"
        ),
    ),
    Field.DELIVERED_TOTAL: About(
        "Delivered to date", Holds.NUMBER,
        _names(
            "delivered quantity | quantity delivered | qty delivered | quantity shipped | qty "
            "shipped | shipped quantity | delivered total | gelieferte menge | liefermenge | "
            "geliefert | bereits geliefert | ausgelieferte menge | lfimg | menge geliefert | "
            "bisher geliefert"
        ),
    ),
    Field.CANCELLED: About(
        "Cancelled", Holds.YES,
        _names(
            "cancelled | canceled | is cancelled | cancellation | status | order status | line "
            "status | storniert | storno | stornokennzeichen | absagegrund | rejection reason | "
            "reason for rejection | abgru | auftragsstatus | positionsstatus"
        ),
    ),
    Field.REP: About(
        "Sales rep", Holds.WORDS,
        _names(
            "sales rep | rep | salesperson | sales person | sales representative | account "
            "manager | owner | employee | verkaeufer | vertreter | sachbearbeiter | "
            "aussendienst | betreuer | vertriebsmitarbeiter | verkaeufercode | salesperson code | "
            "ernam | salesperson no | created by"
        ),
    ),
    Field.WORK_CENTRE: About(
        "Work centre", Holds.WORDS,
        _names(
            "work centre | work center | machine | production line | resource | arbeitsplatz | "
            "maschine | kostenstelle | arbpl | work center no | arbeitsplatzgruppe | fertigung"
        ),
    ),
    Field.SUPPLIER: About(
        "Supplier", Holds.WORDS,
        _names(
            "supplier | vendor | supplier name | vendor name | lieferant | lieferantenname | "
            "kreditor | lifnr | vendor no | kred nr | hersteller"
        ),
    ),
    Field.PURCHASE_ORDER: About(
        "Purchase order at the supplier", Holds.WORDS,
        _names(
            "purchase order | purchase order no | supplier order | bestellung lieferant | "
            "einkaufsbestellung | einkaufsbeleg | ebeln | lieferantenbestellung | bestellnr "
            "lieferant"
        ),
    ),
    Field.MILESTONE: About(
        "What a date means", Holds.WORDS, _names("milestone | meilenstein"), fixed=True
    ),
    Field.TRANSIT_DAYS: About(
        "Working days to the customer", Holds.NUMBER,
        _names(
            "transit days | transit time | shipping days | transporttage | transportdauer | "
            "shipping time | transitdauer | route duration | versandzeit | lieferdauer"
        ),
        fixed=True,
    ),
    Field.SITE: About(
        "Site", Holds.PLACE,
        _names(
            "site | plant | factory | werk | standort | werks | location code | lagerortcode | "
            "warehouse | warehouse code | niederlassung"
        ),
        needed=True, fixed=True,
    ),
    Field.SALES_TEAM: About(
        "Sales team", Holds.PLACE,
        _names(
            "sales team | sales group | sales office | verkaufsteam | verkaeufergruppe | "
            "verkaufsbuero | vertriebsteam | vkgrp | vkbur | responsibility center"
        ),
        needed=True, fixed=True,
    ),
    Field.TEAM: About(
        "Team that promises", Holds.PLACE,
        _names(
            "promising team | promiser | team | zustaendiges team | disponent | dispo | mrp "
            "controller"
        ),
        needed=True, fixed=True,
    ),
}  # fmt: skip

#: Headings under which anything written at all means: this line is gone.
REASON_COLUMNS = ("absagegrund", "rejection reason", "reason for rejection", "abgru")
