"""Files that are no table, too large, damaged or hostile: one clear sentence each, no harm."""

import struct
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter
from msgspec.structs import replace

from board.imports.limits import LIMITS, FileRefused, Limits
from board.imports.reading import ReadAs, open_table
from board.imports.survey import survey

SMALL = replace(LIMITS, size=1_000_000, rows=1_000, unpacked=20_000_000, seconds=20)


def refusal(path: Path, limits: Limits = LIMITS, read_as: ReadAs | None = None) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(FileRefused) as caught, open_table(path, read_as, limits) as table:
        survey(table, limits)
    sentence = str(caught.value)
    assert sentence.endswith("."), sentence
    assert "{" not in sentence
    assert "Traceback" not in sentence
    assert str(path.parent) not in sentence
    return sentence


def made(tmp_path: Path, content: bytes, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "nothing in this file"),
        (b"\xef\xbb\xbf", "nothing in this file"),
        (b"%PDF-1.7\n%\xe2\xe3", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "a picture"),
        (b"\xff\xd8\xff\xe0..JFIF", "a picture"),
        (b'{"orders": [{"number": 1}]}', "JSON"),
        (b'[{"number": 1}]', "JSON"),
        (b"[1, 2, 3]", "JSON"),
        (b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table>", "a web page or XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook>', "a web page or XML"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "a web page or XML"),
        (b"\x1f\x8b\x08\x00zipped", "a packed file"),
        (b"SQLite format 3\x00rest", "a database"),
        (b"\x7fELF\x02\x01\x01\x00", "a program"),
        (b"\x00\x01\x02\x03binary\x00\x00,\n" * 9, "a file of another program"),
        (b"just a letter\nto somebody\nwithout columns\n", "No columns were found"),
        (b"order\n1\n2\n3\n", "No columns were found"),
        (b"10248,1,Vins,2026-01-01,5\n10249,1,Toms,2026-01-01,7\n", "no column names"),
        (b"order,line,qty,Line\n1,2,3,4\n", "stands more than once"),
        (b"PK\x03\x04 this is no archive", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "can't be read"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in refusal(made(tmp_path, content))


def test_a_heading_without_lines_is_read_and_said_elsewhere(tmp_path: Path) -> None:
    with open_table(made(tmp_path, b"order,line,customer\n")) as table:
        assert list(table.rows()) == []


def test_the_wrong_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = made(tmp_path, "order,customer\n1,Smith\n2,Müller\n".encode("cp1252"))
    said = refusal(path, read_as=ReadAs(encoding="utf-8"))
    assert "utf-8" in said
    assert "line 3" in said


def test_a_damaged_byte_does_not_turn_utf8_into_another_encoding(tmp_path: Path) -> None:
    lines = [f"{n},Müller & Söhne, Größe" for n in range(100)]
    content = "\n".join(["order,customer,size", *lines]).encode()
    hurt = content.replace("50,Müller".encode(), b"50,M\xfcller")
    assert "Line 52 is damaged" in refusal(made(tmp_path, hurt))


def test_two_hundred_columns_are_too_many(tmp_path: Path) -> None:
    heading = ",".join(f"column {n}" for n in range(200))
    row = ",".join("x" for _ in range(200))
    said = refusal(made(tmp_path, f"{heading}\n{row}\n".encode()))
    assert "200 columns" in said
    assert str(LIMITS.columns) in said


def test_two_hundred_columns_of_a_workbook_are_too_many(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "f.xlsx"))
    sheet = book.add_worksheet()
    for column in range(200):
        sheet.write(0, column, f"c{column}")
        sheet.write(1, column, column)
    book.close()
    assert "200 columns" in refusal(tmp_path / "f.xlsx")


def test_too_large_a_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("wb") as file:
        file.truncate(5 * LIMITS.size)
    began = time.monotonic()
    assert "MB" in refusal(path)
    assert time.monotonic() - began < 0.5


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    lines = "\n".join(f"{n},1,Smith" for n in range(1_001))
    said = refusal(made(tmp_path, f"order,line,customer\n{lines}".encode()), SMALL)
    assert "more than 1,000 rows" in said


def bomb(path: Path, megabytes: int, *, lying: bool = False) -> Path:
    """A spreadsheet of a few kilobytes that unpacks to so many megabytes."""
    begin = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(begin)
            for _ in range(megabytes):
                sheet.write(b" " * 1_048_576)
    if lying:
        _say_small(path)
    return path


def _say_small(path: Path) -> None:
    """Change the sizes in the archive's directory and in front of each entry to 100 bytes."""
    content = bytearray(path.read_bytes())
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<I", content, at + 24, 100)
        at += 4
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("lying", [False, True])
def test_a_zip_bomb_is_not_opened(tmp_path: Path, lying: bool) -> None:
    path = bomb(tmp_path / "f.xlsx", 700, lying=lying)
    assert path.stat().st_size < 2_000_000
    tracemalloc.start()
    began = time.monotonic()
    said = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "Unpacked" in said
    assert peak < 50_000_000
    assert time.monotonic() - began < 15


def test_a_bomb_of_many_entries_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(LIMITS.entries + 1):
            archive.writestr(f"xl/{number}", b"")
    assert "Unpacked" in refusal(path)


def sheet_file(path: Path, rows: str, extra: str = "") -> Path:
    """A real XLSX whose only sheet has this XML in it."""
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write(0, 0, "x")
    book.close()
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["xl/worksheets/sheet1.xml"] = (
        f'<?xml version="1.0"?>{extra}<worksheet '
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_two_far_cells_do_not_take_all_memory(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    assert refusal(sheet_file(tmp_path / "f.xlsx", rows), SMALL)


def test_entities_in_a_workbook_do_not_multiply(tmp_path: Path) -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{"".join(f"&{chr(97 + n)};" for _ in range(10))}">'
        for n in range(9)
    ) + "]>"  # fmt: skip
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'
    began = time.monotonic()
    assert refusal(sheet_file(tmp_path / "f.xlsx", rows, entities), SMALL)
    assert time.monotonic() - began < 15


def test_rows_said_to_repeat_a_billion_times_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "f.ods"
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="a">'
        '<table:table-row table:number-rows-repeated="1000000000">'
        '<table:table-cell table:number-columns-repeated="10000" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest/>")
        archive.writestr("content.xml", content)
    began = time.monotonic()
    assert refusal(path, SMALL)
    assert time.monotonic() - began < 40


def test_other_documents_in_an_archive_are_named(tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert "another document" in refusal(path)


def test_a_cut_off_workbook_is_refused(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "f.xlsx"))
    book.add_worksheet().write(0, 0, "x")
    book.close()
    whole = (tmp_path / "f.xlsx").read_bytes()
    for cut in (len(whole) // 2, len(whole) - 10):
        assert refusal(made(tmp_path, whole[:cut], "cut.xlsx"))
    spoilt = bytearray(whole)
    spoilt[60:200] = zlib.compress(b"nonsense" * 40)[:140].ljust(140, b"!")
    refusal(made(tmp_path, bytes(spoilt), "spoilt.xlsx"))


def test_a_line_of_fifty_megabytes_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("wb") as file:
        file.write(b"order,line,customer\n1,1,Smith\n2,1,")
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b"\n3,1,Smith\n")
    with open_table(path) as table:
        rows = list(table.rows())
    assert "far too long" in rows[1].problem
    assert len(str(rows[1].cells)) < 5_000


def test_a_hundred_thousand_lines_are_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("order,line,customer,product,quantity,order date\n")
        for n in range(100_000):
            file.write(
                f"{n},1,Møller & Søn {n % 900},Bolt M{n % 70},{n % 500},2026-11-{n % 28 + 1:02}\n"
            )
    tracemalloc.start()
    with open_table(path) as table:
        seen = survey(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen.rows == 100_000
    assert peak < 20_000_000
