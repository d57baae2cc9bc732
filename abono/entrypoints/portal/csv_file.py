"""Tables to take along: CSV that spreadsheets of each language open as they should."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date

from django.http import HttpResponse

from abono.kernel.money import EXPONENT
from abono.kernel.rating import to_money

BOM = "\ufeff"  # else a spreadsheet takes the letters for those of an old code page
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

type Cell = str | int | date | None


def decimal(amount_minor: int, currency: str, language: str) -> str:
    """An amount without sign of currency and thousands: `1234,50` where the comma is the decimal sign."""
    decimals = EXPONENT[currency]
    whole, rest = divmod(abs(amount_minor), 10**decimals)
    text = f"{whole}{'.' if language == 'en' else ','}{rest:0{decimals}d}" if decimals else str(whole)
    return f"-{text}" if amount_minor < 0 else text


def decimal_micro(amount_micro: int, currency: str, language: str) -> str:
    """The same for millionths, rounded to the minor unit."""
    return decimal(to_money(amount_micro, currency).minor, currency, language)


def response(
    name: str, *, header: Sequence[str], rows: Iterable[Sequence[Cell]], language: str
) -> HttpResponse:
    """The table as a file to download. A semicolon parts columns where the comma is the decimal sign."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    answer.write(BOM)
    writer = csv.writer(answer, delimiter="," if language == "en" else ";")
    writer.writerow([_cell(text) for text in header])
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return answer


def _cell(value: Cell) -> str:
    """What goes into the file. Text that a spreadsheet would run as a formula is marked as text."""
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, date) else str(value)
    return (
        f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) and not _is_number(text) else text
    )


def _is_number(text: str) -> bool:
    return text[1:].replace(",", "", 1).replace(".", "", 1).isdecimal() and text[0] in "+-"
