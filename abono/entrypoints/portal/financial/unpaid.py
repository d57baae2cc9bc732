"""What stays unpaid until somebody acts: said on top of the pages on which a person can do something about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from abono.domain.invoicing.states import Outlook
from abono.entrypoints.portal.financial.shown import InvoiceRow
from abono.kernel.periods import local_date
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class Unpaid:
    """One invoice that needs somebody, in words: what failed, until when it is to be paid, what comes then."""

    row: InvoiceRow
    what: str
    then: str


def unpaid(rows: Iterable[InvoiceRow], language: str) -> list[Unpaid]:
    """Of the pending invoices those of which no charge brings the money, and those that are overdue."""
    return [
        Unpaid(row, _what(row, language), f"{_until(row, language)} {_then(row, language)}")
        for row in rows
        if row.collecting is not None
        and not row.confirming
        and (
            row.state == "overdue"
            or row.collecting.outlook is Outlook.AGAIN
            or row.collecting.outlook.needs_somebody
        )
    ]


def _what(row: InvoiceRow, language: str) -> str:
    assert row.collecting is not None
    text = {
        Outlook.AGAIN: _("The card was declined: invoice {invoice}, {amount}, is not paid."),
        Outlook.STOPPED: _("{card} is not charged by itself any more: invoice {invoice}, {amount}, is not paid."),
        Outlook.DECLINED: _("{card} was declined: invoice {invoice}, {amount}, is not paid."),
        Outlook.NOT_RECEIVED: _("The charge of invoice {invoice}, {amount}, never reached the bank: it is not paid."),
        Outlook.NO_CARD: _("There is no card to charge invoice {invoice}, {amount}, to: it is not paid."),
    }.get(row.collecting.outlook, _("Invoice {invoice}, {amount}, is not paid."))  # fmt: skip
    return text.format(
        card=row.collecting.card,
        invoice=row.invoice.title,
        amount=formats.money(row.owed, language),
    )


def _until(row: InvoiceRow, language: str) -> str:
    if row.invoice.due_date is None or row.late_from is None:
        return ""
    if row.state == "overdue":
        return _("It has been overdue since {day}.").format(day=formats.long_day(row.late_from, language))
    day = formats.long_day(row.invoice.due_date, language)
    return _("Pay it by {day}; after that day it is overdue.").format(day=day)


def _then(row: InvoiceRow, language: str) -> str:
    assert row.collecting is not None
    if row.collecting.outlook is Outlook.AGAIN and row.collecting.at is not None:
        day = formats.long_day(local_date(row.collecting.at, row.invoice.time_zone), language)
        return _("We ask {card} again on {day}; you can pay it before.").format(
            card=row.collecting.card, day=day
        )
    if row.collecting.outlook is Outlook.DEBITED and row.collecting.at is not None:
        day = formats.long_day(local_date(row.collecting.at, row.invoice.time_zone), language)
        return _("Your bank tries again by automatic Pix on {day}.").format(day=day)
    if row.collecting.outlook is Outlook.SCHEDULED:
        return _("The card in use is charged for it once more.")
    if row.collecting.outlook is Outlook.NO_CARD:
        return _("It is charged as soon as there is a card.")
    if row.collecting.wakes:
        return _("It is not asked of this card again: pay it, or let another card pay for your contract, which is charged for it at once.")  # fmt: skip
    return _("Nothing is charged for it by itself: it stays open until somebody pays it.")
