"""Any usual file becomes the same rows: encodings, separators, quotes, line ends, spreadsheets."""

import base64
import csv
import io
import itertools
import zipfile
import zlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.imports.reading import ReadAs, open_table, tidy

HEADING = ["Auftrag", "Pos", "Kunde", "Artikel", "Menge", "Wunschtermin"]
ROWS = [
    ["4711", "1", "Müller & Söhne GmbH", "Schraube M8; verzinkt", "1.200,5", "03.12.2026"],
    ["4711", "2", "Café “Zürich”", 'Rohr 5", kurz', "12", "24.12.2026"],
    ["4712", "1", "L'Été, S.à r.l.", "zwei\nZeilen", "7", "01.01.2027"],
]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")


def written(
    path: Path,
    rows: list[list[str]],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    quoting: Any = csv.QUOTE_MINIMAL,
    end: str = "\r\n",
) -> Path:
    """A CSV file of these rows."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read(path: Path, read_as: ReadAs | None = None) -> tuple[list[str], list[list[Any]]]:
    """Names and cells of a file in which no row has a problem."""
    with open_table(path, read_as) as table:
        rows = list(table.rows())
        assert not [row.problem for row in rows if row.problem]
        return list(table.columns), [row.cells for row in rows]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), list(itertools.product(ENCODINGS, [",", ";", "\t", "|"]))
)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_every_usual_dialect_in_every_usual_encoding_reads_the_same(
    tmp_path: Path, encoding: str, delimiter: str, quoting: int, end: str
) -> None:
    path = written(
        tmp_path / "f.csv", [HEADING, *ROWS], encoding=encoding, delimiter=delimiter,
        quoting=quoting, end=end,
    )  # fmt: skip
    assert read(path) == (HEADING, ROWS)


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("iso8859_15", "Müller"), ("cp1250", "Łódź Żółć Příbram"), ("cp850", "Schraubenschlüssel"),
        ("cp1251", "Завод имени Кирова"), ("mac_roman", "Köln Großmärkte"),
        ("cp932", "株式会社日本製鋼所"), ("gb18030", "上海机床厂有限公司"),
    ],
)  # fmt: skip
def test_other_encodings_can_be_named_by_a_person(tmp_path: Path, encoding: str, word: str) -> None:
    rows = [[str(n), "1", word, word, "5", "2026-12-03"] for n in range(30)]
    path = written(tmp_path / "f.csv", [HEADING, *rows], encoding=encoding, delimiter=";")
    assert read(path, ReadAs(encoding=encoding)) == (HEADING, rows)


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("cp1251", "Завод имени Кирова в Минске"), ("cp932", "株式会社日本製鋼所"),
     ("iso8859_15", "Großmärkte in Köln für 5 €")],
)  # fmt: skip
def test_far_encodings_are_mostly_found_out(tmp_path: Path, encoding: str, word: str) -> None:
    rows = [[str(n), "1", word, word, "5", "2026-12-03"] for n in range(200)]
    path = written(tmp_path / "f.csv", [HEADING, *rows], encoding=encoding)
    assert read(path)[1][0][2].startswith(word[:10])


def test_a_single_umlaut_deep_in_a_long_file_is_found(tmp_path: Path) -> None:
    rows = [[str(n), "1", "Smith", "Bolt", "5", "2026-12-03"] for n in range(30_000)]
    rows.append(["99999", "1", "Größe", "Bolt", "5", "2026-12-03"])
    path = written(tmp_path / "f.csv", [HEADING, *rows], encoding="cp1252")
    assert read(path)[1][-1][2] == "Größe"


def test_excels_own_hint_of_the_separator_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("sep=;\r\na;b;c\r\n1,5;2;3\r\n", encoding="utf-8")
    assert read(path) == (["a", "b", "c"], [["1,5", "2", "3"]])


def test_an_odd_separator_is_found(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    lines = ["order~line~customer~qty", *(f"{n}~1~Smith~{n * 3}" for n in range(40))]
    path.write_text("\n".join(lines))
    assert read(path)[0] == ["order", "line", "customer", "qty"]


def test_single_quotes_are_quotes_where_they_wrap_cells(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("'a';'b';'c'\n'1;2';'x';'3'\n'4';'y;z';'6'\n")
    assert read(path) == (["a", "b", "c"], [["1;2", "x", "3"], ["4", "y;z", "6"]])


def test_decimal_commas_do_not_make_columns(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    lines = ["Auftrag;Menge;Preis", *(f"{n};{n},5;1.234,{n:02}" for n in range(10, 60))]
    path.write_text("\n".join(lines))
    assert len(read(path)[0]) == 3


def test_titles_above_the_heading_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "Offene Aufträge;;;\nStand;03.12.2026;;\n;;;\nAuftrag;Pos;Kunde;Menge\n1;2;Müller;3\n",
        encoding="utf-8",
    )
    with open_table(path) as table:
        assert table.columns == ("Auftrag", "Pos", "Kunde", "Menge")
        (row,) = table.rows()
    assert (row.number, row.cells) == (5, ["1", "2", "Müller", "3"])


def test_rows_are_counted_as_an_editor_counts_lines(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('a,b\n1,"two\nlines"\n\n3,4\n')
    with open_table(path) as table:
        assert [row.number for row in table.rows()] == [2, 5]


def test_broken_quotes_spoil_only_their_own_row(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('a,b,c\n1,2,3\n4,"5" pipe,6\n7,8,9\n')
    with open_table(path) as table:
        rows = list(table.rows())
    assert [row.cells[0] for row in rows if not row.problem] == ["1", "7"]
    assert "quotes" in rows[1].problem
    assert rows[1].cells == ['4,"5" pipe,6']


def test_a_quote_that_is_never_closed_is_named_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('a,b,c\n1,2,3\n4,"5,6\n7,8,9\n')
    with open_table(path) as table:
        rows = list(table.rows())
    assert rows[0].cells == ["1", "2", "3"]
    assert rows[-1].problem.startswith("Lines 3 to")


def test_a_row_with_too_many_cells_says_so_and_a_short_one_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b,c\n1,2\n1,2,3,4\n1,2,3,,,\n")
    with open_table(path) as table:
        short, long, empty = table.rows()
    assert short.cells == ["1", "2", ""]
    assert "4 cells and the heading 3" in long.problem
    assert long.cells == ["1", "2", "3", "4"]
    assert (empty.cells, empty.problem) == (["1", "2", "3"], "")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [('="0042"', "0042"), ("'=x", "=x"), ("'-5", "-5"), (" a\xa0", "a"), ("O'Neil", "O'Neil"),
     ("'t Hooft", "'t Hooft")],
)  # fmt: skip
def test_tricks_that_keep_text_text_are_undone(cell: str, meant: str) -> None:
    assert tidy(cell) == meant


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"remove_timezone": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet("Orders")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, day)
            else:
                sheet.write(r, c, value)
    book.close()
    return path


def test_a_workbook_keeps_days_and_numbers(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "f.xlsx",
        [["Auftrag", "Menge", "Termin", "Notiz"], [4711, 12.5, date(2026, 12, 3), "=x"],
         ["0042", 1000000, datetime(2026, 12, 3, 14, 30, tzinfo=UTC), ""]],
    )  # fmt: skip
    names, rows = read(path)
    assert names == ["Auftrag", "Menge", "Termin", "Notiz"]
    assert rows[0][:3] == [4711, 12.5, date(2026, 12, 3)]
    assert rows[1][:3] == ["0042", 1000000, date(2026, 12, 3)]


def test_the_first_sheet_with_rows_is_taken_unless_another_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Notes"
    for name in ("Open", "Closed"):
        sheet = book.create_sheet(name)
        sheet.append(["order", "line"])
        sheet.append([name, 1])
    book.save(tmp_path / "f.xlsx")
    assert read(tmp_path / "f.xlsx")[1] == [["Open", 1]]
    assert read(tmp_path / "f.xlsx", ReadAs(sheet="Closed"))[1] == [["Closed", 1]]


def test_rows_of_a_workbook_are_counted_as_it_shows_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B3"], sheet["C3"] = "order", "line"
    sheet["B4"], sheet["C4"] = "1", "2"
    book.save(tmp_path / "f.xlsx")
    with open_table(tmp_path / "f.xlsx") as table:
        (row,) = table.rows()
    assert table.columns == ("order", "line")
    assert row.number == 4


#: An Excel 97 file with one line, packed.
XLS = (
    "c-"
    "rk)O=uHA6#izDv`J|5)22czlu$5g4W<4ZytLbDwFgP9Kj06dre>|BaVu+k(2LcYlL&$*#Y>?cyi~pTg9>`{AXHQk1R"
    ">F*CqczSn)S`gM$@X$fEKFrE%WBhd-LAB-"
    "I+JDyU%CB*~!~YIm|;RTqxK+RF%mD6<?_l0_kmAvZdNf#a38S@Ofz>t2}s6`>a~dp`7m=G~9AOAqu>sasVgLH)0ymM"
    "Z_kKAt_`G9Yh7LktBddj;fC75vKJ_Z*tFvOuJZek!c6@&5He)(fe9AI;(iE*21~~q~E)2^M)mB(SWCN6`#2zihVukw"
    "uX}FC8lV0*I)`Xp}mG_Sh5|&b@+jvp0-4yZ66_v2u=1BKHE{?Qz@$-N0oeW<pL!CI#*u(8@ZPzalZVr<_5-"
    "LALb;<(4vmJi;2A5N*UJ4JT`Mu%R&pHd+g|_l^pZ{+s4e4L3P3~2MyBhHmu`ACfT;PZ&()~c|M&stY|E{>&r3I@XNi"
    "Q_lnS*y`q+LsD@|?LFU7pNg)b0f8*ne#6Z7(h$Z8EJ`_)p6*6epI4dp4IKUc>snoPGzlP~K_PU(;CZ-"
    "Wu=2XY}8ysfq1ot`5+8B+qp7By&S;ns-KJ#J6z2?k&eKqmZy}8qo>DT%sTIf_uk-"
    "fYo5EpTA^@_xOy;KWl$9c=N@u%I#tA(7{ZRe;AVpirGA<VScl21o`Z)wi6Dz;qIayh=lFMJ91<#zfD_C?c&M--c2Ul"
    ";1-&Uo;ZMt(ZAI^5w0+EsRf`=OwqprD|jprG)7Lpbl<F6YhL^W#&2|Le?BDX8Bh|15T5gsxHgsN4dRY73_-"
    "T0hI+5hY(@fi|W8g%W#cbPK~6;5ddWUcdBRCd%(;!G@tfmqL|}U#KL`zdZgocQ@Te"
)


def test_an_old_excel_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "f.xls"
    path.write_bytes(zlib.decompress(base64.b85decode(XLS)))
    names, rows = read(path)
    assert names == ["Auftrag", "Kunde", "Menge", "Termin"]
    assert rows == [["0042", "Müller & Söhne", 12.5, date(2026, 12, 3)]]


def test_an_opendocument_sheet_is_read_too(tmp_path: Path) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="Orders"><table:table-row>'
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{name}</text:p>'
            "</table:table-cell>"
            for name in ("Auftrag", "Menge", "Termin")
        )
        + "</table:table-row><table:table-row>"
        '<table:table-cell office:value-type="string"><text:p>0042</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="12.5"/>'
        '<table:table-cell office:value-type="date" office:date-value="2026-12-03"/>'
        "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "f.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest/>")
        archive.writestr("content.xml", content)
    assert read(tmp_path / "f.ods")[1] == [["0042", 12.5, date(2026, 12, 3)]]


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs", "Cc")),
    max_size=20,
).map(tidy).filter(lambda text: tidy(text) == text)  # fmt: skip


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_a_cell_holds_comes_back(
    tmp_path: Path, cells: list[list[str]], delimiter: str, encoding: str
) -> None:
    rows = [[f"n{i}", *row] for i, row in enumerate(cells)]
    plain = [
        ["order", "customer", "product", "note"],
        *[[f"x{i}", "a", "b", "c"] for i in range(9)],
    ]
    path = written(
        tmp_path / "f.csv", plain + rows, encoding=encoding, delimiter=delimiter,
        quoting=csv.QUOTE_ALL,
    )  # fmt: skip
    assert read(path)[1][9:] == rows
