"""Pure decisions: what of an invoice is to be issued, how it stands, and whether what came back can be right (INV-11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from abono.domain.fiscal.errors import (
    IssuedInFuture,
    KeyOfAnother,
    KeyWrong,
    NumberDiffers,
    NumberMissing,
    OfAnotherBuyer,
    PdfWrong,
    WhyMissing,
)
from abono.domain.fiscal.states import Said, Standing, State
from abono.domain.fiscal.types import Answer
from abono.domain.fiscal.xml import Facts
from abono.kernel import fiscal_key
from abono.kernel.papers import Paper, paper

MOST_XML_BYTES = 512 * 1024
MOST_PDF_BYTES = 2 * 1024 * 1024
LONGEST_NUMBER = 40
LONGEST_WHY = 300


def standing(state: State | None, amount_minor: int, *, left_minor: int, wanted: bool) -> Standing | None:
    """How an invoice stands; None where it has no document and needs none.

    state, amount_minor   of its newest document; None and 0 where it has none
    left_minor            what the invoice asks for now, less what credit notes took back; 0 of a cancelled one
    wanted                whether one is to be issued of what has none, by the setting of its day
    """
    if state in (State.EXPORTED, State.ISSUED) and amount_minor != left_minor:
        return Standing.TO_CANCEL
    if state in (State.EXPORTED, State.ISSUED, State.REFUSED):
        assert state is not None
        return Standing(state.value)
    if wanted and left_minor > 0:
        return Standing.TO_ISSUE
    return Standing.CANCELLED if state is State.CANCELLED else None


def checked(answer: Answer, *, issuer: str, today: date) -> Answer:
    """What came back, once it can be right: a key with its check digit and of this issuer, whose number is the document's, a day
    that is not to come, a file that is a PDF. The number and the series that stand in a key need not be said.

    issuer   the seller's CNPJ; empty where it has none

    Raises KeyWrong, KeyOfAnother, NumberDiffers, NumberMissing, IssuedInFuture, WhyMissing, PdfWrong."""
    if answer.said is not Said.ISSUED:
        if not answer.why.strip():
            raise WhyMissing()
        return answer
    try:
        key = fiscal_key.read(answer.key, brazil=bool(issuer))
    except fiscal_key.WrongKey:
        raise KeyWrong(answer.key[:60]) from None
    if key.issuer and issuer and key.issuer != issuer:
        raise KeyOfAnother(key.issuer)
    number = answer.number.strip()
    if number and key.number and number.lstrip("0") != key.number:
        raise NumberDiffers(number, key.number)
    number = number or key.number
    if not number:
        raise NumberMissing()
    if answer.issued_on is None or answer.issued_on > today:
        raise IssuedInFuture()
    if answer.pdf is not None and (len(answer.pdf) > MOST_PDF_BYTES or paper(answer.pdf) is not Paper.PDF):
        raise PdfWrong(MOST_PDF_BYTES // 2**20)
    return replace(answer, key=key.text, number=number, series=answer.series.strip() or key.series)


def with_xml(answer: Answer, read: Facts, *, tax_id: str) -> Answer:
    """The answer, and what its XML says where nobody else said it. Raises OfAnotherBuyer, NumberDiffers, KeyWrong: who sends an XML
    of another document does not mean this one.

    tax_id   the buyer's, compact
    """
    if read.buyer and read.buyer != tax_id:
        raise OfAnotherBuyer(read.buyer)
    if answer.number.strip() and read.number and answer.number.strip().lstrip("0") != read.number.lstrip("0"):
        raise NumberDiffers(answer.number, read.number)
    plain = "".join(answer.key.split()).upper()
    if plain and read.key and not plain.endswith(read.key.upper()):
        raise KeyWrong(answer.key[:60])
    return replace(
        answer,
        number=answer.number or read.number,
        series=answer.series or read.series,
        key=answer.key or read.key,
        issued_on=answer.issued_on or read.issued_on,
        verification=answer.verification or read.verification,
    )
