"""Take a file of what was issued: all of it, or nothing where a line of it stands in the way (INV-11)."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from abono.domain.fiscal import actions, queries
from abono.domain.fiscal.errors import BadLine, FileRefused, NoFiscalDocuments, NoSuchReference
from abono.domain.fiscal.types import ReturnInfo
from abono.domain.invoicing import queries as invoices
from abono.flows.fiscal import read
from abono.flows.fiscal.answer import answer
from abono.flows.fiscal.read import Line
from abono.kernel.errors import Refusal
from abono.platform.numbering import next_number
from abono.platform.use_case import use_case


@use_case
def take(*, name: str, content: bytes, actor: str, real: datetime) -> tuple[ReturnInfo, bool]:
    """Keep what a file says, line by line, in one transaction. Returns it, and whether it is new: the same file again is the one that
    was taken. Raises NoFiscalDocuments, FileOfNothing, and FileRefused with every line that stands in the way."""
    if not queries.kept():
        raise NoFiscalDocuments()
    said = sha256(content).hexdigest()
    if (known := actions.find_return(said)) is not None:
        return known, False
    found = read.lines(name, content)
    whose = {place: one for place, line in enumerate(found) if (one := _invoice(line)) is not None}
    lines = read.together(found, whose)
    next_number(
        "fiscal_return"
    )  # files wait for one another: the same one twice is one, and no two take invoices in turns
    if (known := actions.find_return(said)) is not None:
        return known, False
    did = _all(lines, actor=actor, real=real)
    return actions.keep_return(name=name, digest=said, lines=did, actor=actor, real=real), True


def _invoice(line: Line) -> UUID | None:
    """The invoice of a line: of several numbers in the texts of an XML, the first that there is."""
    return next((key for title in line.references if (key := invoices.titled(title)) is not None), None)


def _all(lines: list[tuple[Line, UUID | None]], *, actor: str, real: datetime) -> list[tuple[int, str, str]]:
    """What each of them did. Raises FileRefused, after all of them were looked at."""
    did, bad = [], []
    for line, invoice_id in sorted(lines, key=lambda one: str(one[1])):  # in one order, whoever writes beside
        reference = line.references[0]
        try:
            if isinstance(line.given, Refusal):
                raise line.given
            if invoice_id is None:
                raise NoSuchReference(reference)
            with transaction.atomic():
                _document, what = answer(invoice_id=invoice_id, given=line.given, actor=actor, real=real)
            did.append((line.line, reference, what.value))
        except Refusal as why:
            bad.append(BadLine(line.line, reference, why))
    if bad:
        raise FileRefused.of(sorted(bad, key=lambda one: one.line))
    return sorted(did)
