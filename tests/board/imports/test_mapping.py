"""Columns are recognised by their names and contents, corrected by people, kept per source."""

from pathlib import Path

import pytest

from board.imports.fields import ABOUT, Field
from board.imports.limits import FileRefused
from board.imports.mapping import Mapping, doubts, proposed, with_choices, with_formats
from board.imports.proposals import likeness, tidy_name
from board.imports.reading import open_table
from board.imports.survey import Survey, survey

F = Field


def surveyed(tmp_path: Path, *lines: str) -> Survey:
    path = tmp_path / "f.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with open_table(path) as table:
        return survey(table)


SYSTEMS = {
    "SAP, technical": (
        "VBELN;POSNR;KUNNR;NAME1;BSTNK;KDMAT;MATNR;ARKTX;MATKL;KWMENG;VRKME;AUDAT;VDATU;EDATU;"
        "WADAT_IST;ABGRU;WERKS;VKGRP",
        "4711;10;K1;Müller;PO 1;T-5;M-1;Bolzen;G1;1.200,000;ST;20261102;20261203;20261210;"
        "00000000;;1000;100",
        {
            F.ORDER_NUMBER: "VBELN", F.LINE_NUMBER: "POSNR", F.CUSTOMER_CODE: "KUNNR",
            F.CUSTOMER: "NAME1", F.CUSTOMER_ORDER: "BSTNK", F.CUSTOMER_PART: "KDMAT",
            F.PRODUCT_CODE: "MATNR", F.PRODUCT: "ARKTX", F.FAMILY: "MATKL", F.QUANTITY: "KWMENG",
            F.UNIT: "VRKME", F.ORDERED_ON: "AUDAT", F.WANTED: "VDATU", F.ERP_DATE: "EDATU",
            F.CANCELLED: "ABGRU", F.SITE: "WERKS", F.SALES_TEAM: "VKGRP",
        },
    ),
    "SAP, German": (
        "Verkaufsbeleg;Position;Auftraggeber;Kundenbestellnummer;Material;Materialkurztext;"
        "Warengruppe;Auftragsmenge;Verkaufsmengeneinheit;Belegdatum;Wunschlieferdatum;Werk;"
        "Warenausgang;Absagegrund",
        "4711;10;Müller;PO 1;M-1;Bolzen;G1;12,5;ST;02.11.2026;03.12.2026;1000;;",
        {
            F.ORDER_NUMBER: "Verkaufsbeleg", F.LINE_NUMBER: "Position",
            F.CUSTOMER: "Auftraggeber", F.CUSTOMER_ORDER: "Kundenbestellnummer",
            F.PRODUCT_CODE: "Material", F.PRODUCT: "Materialkurztext", F.FAMILY: "Warengruppe",
            F.QUANTITY: "Auftragsmenge", F.UNIT: "Verkaufsmengeneinheit",
            F.ORDERED_ON: "Belegdatum", F.WANTED: "Wunschlieferdatum", F.SITE: "Werk",
            F.SHIPPED_ON: "Warenausgang", F.CANCELLED: "Absagegrund",
        },
    ),
    "Business Central": (
        "Document No.,Line No.,Sell-to Customer No.,Sell-to Customer Name,External Document No.,"
        "No.,Description,Item Category Code,Quantity,Unit of Measure Code,Order Date,"
        "Requested Delivery Date,Promised Delivery Date,Quantity Shipped,Salesperson Code,"
        "Location Code",
        "SO-1,10000,C1,Smith,PO 1,1896-S,Desk,FURN,5,PCS,11/02/2026,12/15/2026,12/18/2026,0,JR,"
        "MAIN",
        {
            F.ORDER_NUMBER: "Document No.", F.LINE_NUMBER: "Line No.",
            F.CUSTOMER_CODE: "Sell-to Customer No.", F.CUSTOMER: "Sell-to Customer Name",
            F.CUSTOMER_ORDER: "External Document No.", F.PRODUCT_CODE: "No.",
            F.PRODUCT: "Description", F.FAMILY: "Item Category Code", F.QUANTITY: "Quantity",
            F.UNIT: "Unit of Measure Code", F.ORDERED_ON: "Order Date",
            F.WANTED: "Requested Delivery Date", F.ERP_DATE: "Promised Delivery Date",
            F.DELIVERED_TOTAL: "Quantity Shipped", F.REP: "Salesperson Code",
            F.SITE: "Location Code",
        },
    ),
    "Navision, German": (
        "Belegnr.;Zeilennr.;Verk. an Deb.-Nr.;Verk. an Name;Externe Belegnummer;Nr.;Beschreibung;"
        "Artikelkategoriecode;Menge;Einheitencode;Auftragsdatum;Gewünschtes Lieferdatum;"
        "Zugesagtes Lieferdatum;Bereits geliefert;Verkäufercode;Lagerortcode",
        "AU-1;10000;D1;Müller;PO 1;A-1;Tisch;M;5;STÜCK;02.11.26;03.12.26;10.12.26;0;JR;HAUPT",
        {
            F.ORDER_NUMBER: "Belegnr.", F.LINE_NUMBER: "Zeilennr.",
            F.CUSTOMER_CODE: "Verk. an Deb.-Nr.", F.CUSTOMER: "Verk. an Name",
            F.CUSTOMER_ORDER: "Externe Belegnummer", F.PRODUCT_CODE: "Nr.",
            F.PRODUCT: "Beschreibung", F.FAMILY: "Artikelkategoriecode", F.QUANTITY: "Menge",
            F.UNIT: "Einheitencode", F.ORDERED_ON: "Auftragsdatum",
            F.WANTED: "Gewünschtes Lieferdatum", F.ERP_DATE: "Zugesagtes Lieferdatum",
            F.DELIVERED_TOTAL: "Bereits geliefert", F.REP: "Verkäufercode",
            F.SITE: "Lagerortcode",
        },
    ),
    "Sage": (
        "SalesOrderNo,LineKey,CustomerNo,CustomerName,CustomerPONo,ItemCode,ItemCodeDesc,"
        "ProductLine,QuantityOrdered,UnitOfMeasure,OrderDate,PromiseDate,ShipDate,"
        "QuantityShipped,WarehouseCode",
        "0000123,000001,01-ABF,ABF Co,PO 1,1001,Desk,WF&A,5,EACH,2026-11-02,2026-12-03,,0,000",
        {
            F.ORDER_NUMBER: "SalesOrderNo", F.LINE_NUMBER: "LineKey",
            F.CUSTOMER_CODE: "CustomerNo", F.CUSTOMER: "CustomerName",
            F.CUSTOMER_ORDER: "CustomerPONo", F.PRODUCT_CODE: "ItemCode",
            F.PRODUCT: "ItemCodeDesc", F.FAMILY: "ProductLine", F.QUANTITY: "QuantityOrdered",
            F.UNIT: "UnitOfMeasure", F.ORDERED_ON: "OrderDate", F.ERP_DATE: "PromiseDate",
            F.SHIPPED_ON: "ShipDate", F.DELIVERED_TOTAL: "QuantityShipped",
            F.SITE: "WarehouseCode",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_names_of_known_order_systems_are_recognised(tmp_path: Path, system: str) -> None:
    heading, line, expected = SYSTEMS[system]
    found = proposed(surveyed(tmp_path, heading, line)).columns
    assert found == expected


def test_a_slip_of_the_pen_in_a_name_is_forgiven(tmp_path: Path) -> None:
    seen = surveyed(
        tmp_path, "Ordr number,Line nr,Custmer,Prodct,Quantiy,Requird date",
        "1,1,Smith,Bolt,5,2026-12-03",
    )  # fmt: skip
    found = proposed(seen).columns
    assert found[F.CUSTOMER] == "Custmer"
    assert found[F.QUANTITY] == "Quantiy"
    assert found[F.WANTED] == "Requird date"


def test_a_column_without_a_day_in_it_is_no_date(tmp_path: Path) -> None:
    seen = surveyed(tmp_path, "order,line,delivery date,qty", "1,1,as agreed,5", "2,1,soon,5")
    assert F.ERP_DATE not in proposed(seen).columns


def test_every_name_belongs_to_one_field() -> None:
    named: dict[str, Field] = {}
    for field, about in ABOUT.items():
        for name in about.names:
            assert name == tidy_name(name), f"{name!r} is not written as columns are compared"
            assert named.setdefault(name, field) is field, f"{name} means two fields"
            assert likeness(name, field) == 100


def test_what_was_kept_for_a_source_comes_before_what_is_guessed(tmp_path: Path) -> None:
    seen = surveyed(
        tmp_path,
        "order,line,customer,product,quantity,due date,week end,rep",
        "1,1,a,b,5,2026-12-03,2026-12-04,x",
    )
    kept = Mapping(
        columns={
            F.ORDER_NUMBER: "order", F.LINE_NUMBER: "line", F.WANTED: "week end", F.UNIT: "gone",
        },
        fixed={F.SITE: "nord"},
        shift_weeks=3,
        seen=("order", "line", "week end", "gone", "rep"),
    )  # fmt: skip
    mapping = proposed(seen, kept)
    assert mapping.columns[F.WANTED] == "week end"
    assert mapping.columns[F.QUANTITY] == "quantity"
    assert F.UNIT not in mapping.columns
    assert F.REP not in mapping.columns, "it was there before and left out on purpose"
    assert (mapping.fixed[F.SITE], mapping.shift_weeks) == ("nord", 3)


def test_a_person_names_takes_away_and_fixes(tmp_path: Path) -> None:
    seen = surveyed(tmp_path, "order,line,customer,product,quantity,site", "1,1,a,b,5,nord")
    mapping = with_choices(proposed(seen), {"rep": "customer", "product": ""}, {"site": "sued"})
    assert mapping.columns[F.REP] == "customer"
    assert F.PRODUCT not in mapping.columns
    assert F.SITE not in mapping.columns
    assert mapping.fixed[F.SITE] == "sued"


@pytest.mark.parametrize(
    ("columns", "says"),
    [({"colour": "order"}, "There is no field “colour”"), ({"rep": "Vertreter"}, "“Vertreter”")],
)
def test_a_field_or_column_that_there_is_not_is_named(
    tmp_path: Path, columns: dict[str, str], says: str
) -> None:
    seen = surveyed(tmp_path, "order,line,customer,product,quantity", "1,1,a,b,5")
    with pytest.raises(FileRefused, match=says):
        with_choices(proposed(seen), columns, {}).check([c.name for c in seen.columns])


def test_what_is_missing_is_named_all_at_once(tmp_path: Path) -> None:
    seen = surveyed(tmp_path, "order,thing,remark", "1,b,5")
    with pytest.raises(FileRefused) as caught:
        proposed(seen).check([c.name for c in seen.columns])
    for field in (F.LINE_NUMBER, F.CUSTOMER, F.QUANTITY, F.SITE):
        assert f"({field})" in str(caught.value)


def test_a_doubtful_column_is_said_until_a_person_has_chosen(tmp_path: Path) -> None:
    seen = surveyed(
        tmp_path, "order,line,customer,product,quantity,due date",
        '1,1,a,b,"12,000",03/04/2026', '1,2,a,b,"15,000",05/04/2026',
    )  # fmt: skip
    mapping = proposed(seen)
    assert [column for column, _ in doubts(mapping, seen)] == ["quantity", "due date"]
    chosen = with_formats(mapping, seen)
    assert doubts(chosen, seen) == []
