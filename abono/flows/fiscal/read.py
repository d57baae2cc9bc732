"""What stands in a file of fiscal documents: a CSV, an XML, or a zip of them and of PDFs (INV-11). Nothing is believed here."""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO, StringIO
from pathlib import PurePosixPath
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from abono.domain.fiscal import rules, xml
from abono.domain.fiscal.errors import FileOfNothing, LineNotRead, PdfWrong, TwoOfOne, XmlWrong
from abono.domain.fiscal.states import Said
from abono.domain.fiscal.types import Answer
from abono.kernel.errors import Refusal

MOST = 500  # documents in a file: each is looked at and told of in the same transaction
MOST_BYTES = 64 * 1024 * 1024  # of a zip, unpacked
_ZIPPED = b"PK\x03\x04"
_TITLE = re.compile(r"[A-Z0-9][A-Z0-9-]*-[0-9]{6,}", re.IGNORECASE)
_LONGEST = {
    "number": rules.LONGEST_NUMBER,
    "series": 20,
    "key": 100,
    "verification_code": 60,
    "reason": rules.LONGEST_WHY,
}
COLUMNS = ("reference", "state", "issued_on", *_LONGEST)


@dataclass(frozen=True, slots=True)
class Line:
    """What a file says of one invoice. `references`: what may be its number; `given` or why there is none."""

    line: int
    references: tuple[str, ...]
    given: Answer | Refusal


def lines(name: str, content: bytes) -> list[Line]:
    """All of them, in their order. Raises FileOfNothing."""
    found = list(_lines(name, content))
    if not found or len(found) > MOST:
        raise FileOfNothing(MOST)
    return found


def _lines(name: str, content: bytes) -> Iterator[Line]:
    if content.startswith(_ZIPPED):
        yield from _packed(content)
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        yield _of_xml(1, name, content)
    else:
        yield from _rows(content)


def _packed(content: bytes) -> Iterator[Line]:
    """The files of a zip: CSVs first, then what belongs to an invoice by its name or by its XML."""
    files = _unpacked(content)
    named: dict[str, Line] = {}
    for place, (name, inside) in enumerate(files, start=1):
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".csv":
            for line in _rows(inside):
                named[f"{name}:{line.line}"] = line
        elif suffix == ".xml":
            named[PurePosixPath(name).stem] = _of_xml(place, name, inside)
    for place, (name, inside) in enumerate(files, start=1):
        if PurePosixPath(name).suffix.lower() == ".pdf":
            _add_pdf(named, place, PurePosixPath(name).stem, inside)
    yield from named.values()


def _add_pdf(named: dict[str, Line], place: int, stem: str, content: bytes) -> None:
    """To the XML of the same name, else to whatever line is of the invoice that it names."""
    of_xml = named.get(stem)
    title = _titles(stem)
    of_line = next((key for key, one in named.items() if title and one.references[:1] == title[:1]), None)
    key = stem if of_xml is not None else of_line
    if key is None:
        named[f"{stem}.pdf"] = Line(place, title or (stem[:60],), PdfWrong(rules.MOST_PDF_BYTES // 2**20))
        return
    line = named[key]
    if isinstance(line.given, Answer):
        named[key] = replace(line, given=replace(line.given, pdf=content))


def _unpacked(content: bytes) -> list[tuple[str, bytes]]:
    """Raises FileOfNothing."""
    found, size = [], 0
    try:
        with ZipFile(BytesIO(content)) as packed:
            inside = [one for one in packed.infolist() if not one.is_dir()]
            if len(inside) > 3 * MOST:
                raise FileOfNothing(MOST)
            for one in sorted(inside, key=lambda one: one.filename):
                with packed.open(one) as file:
                    read = file.read(MOST_BYTES - size + 1)
                size += len(read)
                if size > MOST_BYTES:
                    raise FileOfNothing(MOST)
                found.append((one.filename, read))
    except (BadZipFile, zlib.error, EOFError, RuntimeError):
        raise FileOfNothing(MOST) from None
    return found


def _of_xml(place: int, name: str, content: bytes) -> Line:
    titles = _titles(PurePosixPath(name).stem)
    try:
        read = xml.read(content, most=rules.MOST_XML_BYTES)
    except XmlWrong as wrong:
        return Line(place, titles or (name[:60],), wrong)
    return Line(place, (*titles, *read.titles) or (name[:60],), Answer(Said.ISSUED, xml=content))


def _titles(text: str) -> tuple[str, ...]:
    found = _TITLE.fullmatch(text) or _TITLE.match(text)
    return (found[0].upper(),) if found else ()


def _rows(content: bytes) -> Iterator[Line]:
    """Of a CSV with a line of names, whatever parts its columns. Raises FileOfNothing."""
    text = _text(content)
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    rows = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = {(name or "").strip().lower() for name in rows.fieldnames or ()}
        if "reference" not in names or "state" not in names:
            raise FileOfNothing(MOST)
        for place, row in enumerate(rows, start=2):
            told = {str(name).strip().lower(): (value or "").strip() for name, value in row.items() if name}
            if any(told.values()):
                yield _of_row(place, told)
    except csv.Error:
        raise FileOfNothing(MOST) from None


def _text(content: bytes) -> str:
    """As spreadsheets save it: UTF-8, or the code page of Western Windows. Raises FileOfNothing."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise FileOfNothing(MOST)
    return text


def _of_row(place: int, told: Mapping[str, str]) -> Line:
    reference = told["reference"].lstrip("'")
    try:
        return Line(place, (reference[:60],), _answer(told))
    except Refusal as wrong:
        return Line(place, (reference[:60],), wrong)


def _answer(told: Mapping[str, str]) -> Answer:
    """Raises LineNotRead."""
    for name, most in _LONGEST.items():
        if len(told.get(name, "")) > most:
            raise LineNotRead(name, told[name][:30])
    try:
        said = Said(told["state"].lower())
    except ValueError:
        raise LineNotRead("state", told["state"][:30]) from None
    return Answer(
        said,
        number=told.get("number", ""),
        series=told.get("series", ""),
        key=told.get("key", "").lstrip("'"),
        issued_on=_day(told.get("issued_on", "")),
        verification=told.get("verification_code", ""),
        why=told.get("reason", ""),
    )


def _day(text: str) -> date | None:
    """As 2026-07-31, or as spreadsheets of Brazil write it. Raises LineNotRead."""
    if not text:
        return None
    turned = re.sub(r"^([0-9]{2})/([0-9]{2})/([0-9]{4})$", r"\3-\2-\1", text)
    try:
        return date.fromisoformat(turned)
    except ValueError:
        raise LineNotRead("issued_on", text[:30]) from None


def together(found: list[Line], of: Mapping[int, UUID]) -> list[tuple[Line, UUID | None]]:
    """The same lines with their invoices, where one has a line in a CSV and its XML beside it as one. What is twice otherwise is
    refused.

    of   the invoice of each line, by its place in `found`
    """
    kept: dict[object, tuple[Line, UUID | None]] = {}
    for place, line in enumerate(found):
        whose = of.get(place)
        key = whose or place
        before = kept.get(key)
        kept[key] = (line if before is None else _joined(before[0], line), whose)
    return list(kept.values())


def _joined(first: Line, second: Line) -> Line:
    one, other = first.given, second.given
    if isinstance(one, Refusal) or isinstance(other, Refusal):
        return first if isinstance(one, Refusal) else second
    if one.said is not other.said or (one.xml and other.xml) or not (one.xml or other.xml):
        return replace(second, given=TwoOfOne())
    told = other if one.xml else one  # by the CSV
    return replace(first, given=replace(told, xml=one.xml or other.xml, pdf=one.pdf or other.pdf))
