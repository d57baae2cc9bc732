"""From a bank's return file to what it means for our slips (PAY-4, PAY-7): by the code of the occurrence alone."""

from __future__ import annotations

from hashlib import sha256

from abono.domain.payments.ports.push import BadFile, Happening, Received, ReturnFile, ReturnLine
from abono.gateways.bank_boleto.account import Account
from abono.gateways.bank_boleto.layouts import Layout, Titles
from abono.gateways.bank_boleto.occurrences import happening
from abono.gateways.bank_boleto.reasons import said
from abono.gateways.bank_boleto.records import Header, Record, layout_of, records
from abono.kernel.errors import Sentence, _
from abono.kernel.money import Money


def read(account: Account, content: bytes) -> ReturnFile:
    """What the file says, title by title in its order, read as they are asked for. Raises BadFile, with any of them too."""
    layout = layout_of(content, account)
    told = records(content, layout, account)
    header = next(told)
    assert isinstance(header, Header)
    name = _name(account, header, content)
    news = (_line(record, layout, account.bank, name) for record in told if isinstance(record, Record))
    return ReturnFile(account.bank, header.number or 0, header.made_on, news)


def _name(account: Account, header: Header, content: bytes) -> str:
    """Names this file among all that there will be: numbers of files begin anew some day, and one bank gives none."""
    day = f"{header.made_on:%Y%m%d}" if header.made_on else ""
    number = header.number if header.number is not None else sha256(content).hexdigest()[:12]
    return "-".join((account.bank, account.agency, account.account.lstrip("0"), day, str(number)))


def _line(record: Record, layout: Layout, bank: str, file: str) -> ReturnLine:
    what = happening(bank, layout.length, record.occurrence)
    return ReturnLine(
        line=record.line,
        happening=what,
        reference=_reference(record.number, layout.titles),
        title=record.name,
        code=record.occurrence,
        reasons=record.reasons,
        said=said(bank, layout.length, record.occurrence, record.reasons),
        received=_received(record, layout.titles, file) if what is Happening.PAID else None,
        qr=record.qr,
        happened_on=record.happened_on,
    )


def _received(record: Record, where: Titles, file: str) -> Received:
    """The money of a settled title. Raises BadFile where its sum or day is missing."""
    amount = record.amount + (record.fee if where.net and not _gross(record) else 0)
    if not record.amount or record.happened_on is None:
        raise BadFile("layout", record.line, Sentence(_("a settlement without its sum or its day"), {}))
    return Received(
        reference=f"{file}-{record.line}",
        amount=Money(amount, "BRL"),
        paid_on=record.happened_on,
        credited_on=record.credited_on,
        fee=Money(record.fee, "BRL") if record.fee else None,
        late=Money(record.late, "BRL") if 0 < record.late <= amount else None,
    )


def _gross(record: Record) -> bool:
    """Whether a bank that books less its fee did not take it off this time: then the sum is just what was due."""
    return record.amount == record.face - record.rebates + record.late


def _reference(number: str, where: Titles) -> str:
    """The bank's number of a title as `PushReply.reference` has it: without check digit, in as many digits as we write."""
    if not where.digits:
        return number
    return number[: len(number) - where.checks].lstrip("0").zfill(where.digits)
