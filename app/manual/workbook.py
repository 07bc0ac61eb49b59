"""The tables as a workbook: one sheet for each, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

from app.manual.table import Table, shown

NARROWEST, WIDEST = 8, 60
LONGEST_SHEET_NAME = 31  # of the format


def workbook_of(tables: Sequence[Table], language: str) -> bytes:
    """The content of an .xlsx file. Texts stay texts: none becomes a formula, link or number."""
    target = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#F0F3F4", "bottom": 1, "text_wrap": True, "valign": "top"})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for table in tables:
            sheet = book.add_worksheet(table.title.in_language(language)[:LONGEST_SHEET_NAME])
            for number, column in enumerate(table.columns):
                texts = [column.in_language(language), *(shown(row[number], language) for row in table.rows)]
                sheet.set_column(number, number, _width(texts))
                sheet.write_string(0, number, texts[0], head)
                for line, (text, row) in enumerate(zip(texts[1:], table.rows, strict=True), 1):
                    cell = row[number]
                    if isinstance(cell, int) and not isinstance(cell, bool):
                        sheet.write_number(line, number, cell, body)
                    else:
                        sheet.write_string(line, number, text, body)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
    return target.getvalue()


def _width(texts: Sequence[str]) -> int:
    """Columns of a sheet are as wide as their longest line; a Chinese character is as wide as two."""
    longest = max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for text in texts for line in text.split("\n"))
    return min(WIDEST, max(NARROWEST, longest + 2))
