"""Tables to take along: CSV that spreadsheets of each language open as they should."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import batched

from django.http import HttpResponse, StreamingHttpResponse

from abono.kernel.money import EXPONENT
from abono.kernel.rating import to_money
from abono.platform.web.download import as_file

_TYPE = "text/csv; charset=utf-8"
BOM = "\ufeff"  # else a spreadsheet takes the letters for those of an old code page
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NOT_SEEN = " \u00a0\u200b\u200c\u200d\u2060\u3000\ufeff"
_ROWS_AT_ONCE = 500  # of a file that is written while it is read

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


def decimal_price(amount_micro: int, currency: str, language: str) -> str:
    """Millionths with as many decimals as they need, at least those of the currency: `0,085`, `0,50`."""
    whole, rest = divmod(amount_micro, 1_000_000)
    decimals = f"{rest:06d}".rstrip("0").ljust(EXPONENT[currency], "0")
    return f"{whole}{'.' if language == 'en' else ','}{decimals}" if decimals else str(whole)


def streamed(
    name: str, *, header: Sequence[str], rows: Iterable[Sequence[Cell]], language: str
) -> StreamingHttpResponse:
    """The same as `response` for any number of rows, which are asked for while the file is read.

    Every cell is in quotes: what others wrote cannot become two cells in whatever way a spreadsheet parts them.
    """
    pieces = _pieces(header, rows, "," if language == "en" else ";")
    return as_file(StreamingHttpResponse(pieces, content_type=_TYPE), name)


def _pieces(header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str) -> Iterator[str]:
    lines = _Lines()
    writer = csv.writer(lines, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    yield BOM + lines.taken()
    for some in batched(rows, _ROWS_AT_ONCE):
        writer.writerows([_cell(cell) for cell in row] for row in some)
        yield lines.taken()


class _Lines:
    """Where a csv writer leaves its lines until they go out."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        self._lines.append(line)

    def taken(self) -> str:
        lines, self._lines = self._lines, []
        return "".join(lines)


def response(
    name: str, *, header: Sequence[str], rows: Iterable[Sequence[Cell]], language: str
) -> HttpResponse:
    """The table as a file to download. A semicolon parts columns where the comma is the decimal sign."""
    answer = as_file(HttpResponse(content_type=_TYPE), name)
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
    return f"'{text}" if isinstance(value, str) and _runs(text) and not _is_number(text) else text


def _runs(text: str) -> bool:
    """Whether a spreadsheet may take it for a formula. Some take full-width signs for the narrow ones, and pass over
    blanks and what is not seen before them."""
    seen = text.lstrip(_NOT_SEEN)
    return text.startswith(_FORMULA) or unicodedata.normalize("NFKC", seen[:1]).startswith(_FORMULA)


def _is_number(text: str) -> bool:
    return text[1:].replace(",", "", 1).replace(".", "", 1).isdecimal() and text[0] in "+-"
