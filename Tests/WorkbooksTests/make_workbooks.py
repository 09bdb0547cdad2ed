"""Writes workbooks into the directory that is given: what people have, and what they never should get."""

import datetime
import os
import sys
import zipfile

from openpyxl import Workbook
from openpyxl.styles import Font

directory = sys.argv[1]


def path(name):
    return os.path.join(directory, name)


# People as in Excel: hidden sheets, empty rows, formatted empty cells, phonetic readings are added below.
book = Workbook()
sheet = book.active
sheet.title = "Teilnehmer"
sheet.append(["Contact ID", "First Name", "Last Name", "E-Mail", "Since", "Share", "Postcode"])
sheet.append([4915123456789, "Zoë", "Müller; Söhne", "zoe@x.example", datetime.date(2026, 11, 30), 0.125, 1067])
sheet.append([])
sheet.append(["007", "花子", " 山田 ", "hanako@x.example", datetime.datetime(2026, 1, 2, 3, 4, 5), 1, 99])
sheet.append([101, "Line\nbreak", '"Quoted"', "q@x.example", None, None, None])
sheet["E2"].number_format = "dd.mm.yyyy"
sheet["F2"].number_format = "0.0%"
for row in (2, 4):
    sheet.cell(row, 7).number_format = "00000"
sheet["K9"].font = Font(bold=True)
hidden = book.create_sheet("Notes", 0)
hidden.append(["nobody@x.example"])
hidden.sheet_state = "hidden"
other = book.create_sheet("Second")
other.append(["Email"])
other.append(["only@x.example"])
book.save(path("people.xlsx"))

# Values and formats, to be held against LibreOffice.
formats = [
    "General", "0", "0.00", "#,##0", "#,##0.00", "0%", "0.00%", "0.00E+00", "00000", "000-0000", "0.0##", "#.##",
    "0.##", "#,##0;(#,##0)", '0.00;-0.00;"zero"', '0" kg"', '"No. "0', "\\N0", "#,##0.0,", "[Red]0.00", "0000000000000",
    "(000) 000-0000", "+0;-0;0", "0.000",
]
numbers = [0, 1, -1, 0.5, -0.125, 12.345, 1067, -1234.5, 1234567.891, 4915123456789, 0.1 + 0.2, 1e-7, 99999.995]
dates = [
    "yyyy-mm-dd", "dd.mm.yyyy", "d/m/yy", "mm/dd/yyyy", "yyyy-mm-dd hh:mm:ss", "h:mm AM/PM", "hh:mm", "mm:ss",
    "[h]:mm:ss", "d mmmm yyyy", "ddd, d mmm yy", "dddd", "yyyy/m/d h:mm", 'yyyy"年"m"月"d"日"', "mmm-yy",
]
days = [61.75, 61, 36526, 45000.75, 46356.3860416667, 46356.9999884259, 44256.0423611111]
book = Workbook()
sheet = book.active
for code in formats:
    sheet.append(numbers)
    for cell in sheet[sheet.max_row]:
        cell.number_format = code
for code in dates:
    sheet.append(days)
    for cell in sheet[sheet.max_row]:
        cell.number_format = code
sheet.append([True, False, "text", "=1+1", "_x000D_", "_x0041_"])
book.save(path("formats.xlsx"))

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONSHIPS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>'
    "%s</Relationships>"
)
BOOK = (
    '<?xml version="1.0"?><x:workbook xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">%s<x:sheets>'
    '<x:sheet name="S" sheetId="1" r:id="rId1"/></x:sheets></x:workbook>'
)
STRINGS = (
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
    ' Target="/xl/strings.xml"/>'
)


def write(name, sheet, strings=None, properties="", book=BOOK):
    with zipfile.ZipFile(path(name), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONSHIPS % ("officeDocument", "xl/book.xml", ""))
        archive.writestr("xl/book.xml", book % properties)
        archive.writestr("xl/_rels/book.xml.rels", RELATIONSHIPS % ("worksheet", "sheets/one.xml", STRINGS if strings else ""))
        if strings:
            archive.writestr("xl/strings.xml", strings)
        with archive.open("xl/sheets/one.xml", "w", force_zip64=True) as part:
            for piece in [sheet] if isinstance(sheet, str) else sheet:
                part.write(piece.encode())


def cells(content):
    return "<x:worksheet xmlns:x='urn:x'><x:sheetData>" + content + "</x:sheetData></x:worksheet>"


# Prefixes, rich text, readings beside Japanese text, a calendar that begins with 1904, cells without a place.
write(
    "unusual.xlsx",
    cells(
        '<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:t xml:space="preserve"> a </x:t></x:is></x:c></x:row>'
        '<x:row r="5"><x:c r="B5" t="s"><x:v>1</x:v></x:c><x:c r="D5" t="str"><x:f>A1</x:f><x:v>formula</x:v></x:c>'
        '<x:c r="E5" t="e"><x:v>#N/A</x:v></x:c><x:c r="F5" t="b"><x:v>1</x:v></x:c><x:c r="XFD5" s="7"/></x:row>'
    ),
    "<x:sst xmlns:x='urn:x'><x:si><x:r><x:t>Ri</x:t></x:r><x:r><x:rPr/><x:t>ch</x:t></x:r></x:si>"
    "<x:si><x:t>東京</x:t><x:rPh sb='0' eb='2'><x:t>トウキョウ</x:t></x:rPh></x:si></x:sst>",
    '<x:workbookPr date1904="1"/>',
)

# What must be refused.
write("entities.xlsx", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x:worksheet xmlns:x="urn:x"><x:sheetData/></x:worksheet>')
write(
    "billion-laughs.xlsx",
    '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        '<!ENTITY %s "%s">' % (chr(98 + i), "&%s;" % chr(97 + i) * 10) for i in range(20)) + "]>"
    + cells('<x:row><x:c t="inlineStr"><x:is><x:t>&t;</x:t></x:is></x:c></x:row>'),
)
write("external.xlsx", '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + cells(""))
write("nested.xlsx", "<x>" * 100_000)
write("bomb.xlsx", (" " * 1_000_000 for _ in range(200)))
write("long-attribute.xlsx", ["<x a='"] + ["a" * 1_000_000] * 12 + ["'/>"])
write("long-text.xlsx", cells('<x:row><x:c t="inlineStr"><x:is><x:t>' + "a" * 3_000_000 + "</x:t></x:is></x:c></x:row>"))
write("column.xlsx", cells('<x:row><x:c r="ZZZZZZ1"><x:v>1</x:v></x:c></x:row>'))
write("row.xlsx", cells('<x:row r="99999999"><x:c><x:v>1</x:v></x:c></x:row>'))
write("backwards.xlsx", cells('<x:row r="2"><x:c><x:v>1</x:v></x:c></x:row><x:row r="1"><x:c><x:v>1</x:v></x:c></x:row>'))
write("string.xlsx", cells('<x:row><x:c t="s"><x:v>7</x:v></x:c></x:row>'))
write("cut.xlsx", "<x:worksheet xmlns:x='urn:x'><x:sheetData><x:row>")
with open(path("truncated.xlsx"), "wb") as file:
    file.write(open(path("people.xlsx"), "rb").read()[:3000])
with open(path("old.xls"), "wb") as file:
    file.write(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600))
with open(path("text.xlsx"), "wb") as file:
    file.write(b"Email\na@x.example\n")
with zipfile.ZipFile(path("other.ods"), "w") as archive:
    archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    archive.writestr("content.xml", "<x/>")
with zipfile.ZipFile(path("other.xlsb"), "w") as archive:
    archive.writestr("_rels/.rels", RELATIONSHIPS % ("officeDocument", "xl/workbook.bin", ""))
    archive.writestr("xl/workbook.bin", "x")
with zipfile.ZipFile(path("archive.zip"), "w") as archive:
    archive.writestr("readme.txt", "x")
