"""What a customer is told of money that came without a gateway, and of what is given up or contested (INV-5, PAY-6)."""

from __future__ import annotations

from abono.domain.notices.kind import INVOICE, Case, Kind, always
from abono.domain.notices.types import Facts
from abono.kernel.errors import _


def _became_credit(facts: Facts) -> bool:
    return bool(facts["credit_minor"])


def nothing_owed(facts: Facts) -> bool:
    return facts["owed_minor"] == 0


def _came_too_late(facts: Facts) -> bool:
    return bool(facts.get("missing_minor"))


def _with_charges(facts: Facts) -> bool:
    return bool(facts.get("late_minor"))


def _less_the_taxes(facts: Facts) -> bool:
    return bool(facts.get("withheld_minor"))


def _was_paid(facts: Facts) -> bool:
    return bool(facts["paid"])


LESS_THE_TAXES = Case(
    _less_the_taxes,
    (_("{withheld} less came, as you withhold them for the tax office. Please send us the proof of that."),),
)
_LEFT = Case(always, (_("What is left to be paid of the invoice is {owed}."),))
_NOTHING_LEFT = Case(nothing_owed, (_("Nothing of the invoice is to be paid any more."),))
_RECEIPT = ("number", "invoice", "invoice_id", "received_minor", "received_date", "owed_minor", "currency")
_DISPUTE = ("number", "invoice", "invoice_id", "disputed_minor", "owed_minor", "paid", "currency")
_INVOICE = ((_("Invoice"), "invoice"), (_("Contract"), "number"))

OF_STANDING = {
    "payment_recorded": Kind(
        name=_("A payment came without a card"),
        title=_("We received {received} for invoice {invoice}"),
        body=(_("Thank you. It came on {received_date}."),),
        cases=(
            Case(
                _became_credit,
                (
                    _(
                        "{credit} of it is more than was asked for: it is your credit now, and pays your next invoice."
                    ),
                ),
            ),
            _NOTHING_LEFT,
            _LEFT,
        ),
        then=(
            LESS_THE_TAXES,
            Case(
                _came_too_late,
                (
                    _(
                        "It came after the due date of the slip. Fine and interest that did not come with it, {missing}, are on your"
                        " next invoice."
                    ),
                ),
            ),
            Case(
                _with_charges, (_("{late} of it are fine and interest, because it came after the due date."),)
            ),
        ),
        needs=(*_RECEIPT, "credit_minor"),
        figure="{received}",
        caption=_("received"),
        rows=(*_INVOICE, (_("Reference"), "reference"), (_("Still to be paid"), "owed")),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "payment_withdrawn": Kind(
        name=_("A payment was taken back"),
        title=_("The payment of {received} for invoice {invoice} was taken back"),
        body=(_("It was recorded by mistake, or the bank took it back."),),
        cases=(_NOTHING_LEFT, _LEFT),
        needs=_RECEIPT,
        rows=(
            *_INVOICE,
            (_("Taken back"), "received"),
            (_("Reference"), "reference"),
            (_("Still to be paid"), "owed"),
        ),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "fiscal_document_issued": Kind(
        name=_("A fiscal document was issued"),
        title=_("The fiscal document of invoice {invoice} is here: {fiscal_number}"),
        body=(_("It stands beside the invoice, where its files can be downloaded."),),
        needs=("number", "invoice", "invoice_id", "fiscal_number", "total_minor", "currency"),
        figure="{total}",
        caption=_("fiscal document"),
        rows=((_("Fiscal document"), "fiscal_number"), *_INVOICE),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "invoice_reopened": Kind(
        name=_("An invoice is asked for again"),
        title=_("Invoice {invoice} is to be paid after all"),
        body=(_("We had not asked for it any more. What is left to be paid of it is {total}."),),
        needs=("number", "invoice", "invoice_id", "total_minor", "currency"),
        figure="{total}",
        caption=_("to be paid"),
        rows=_INVOICE,
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "invoice_disputed": Kind(
        name=_("An invoice is disputed"),
        title=_("{disputed} of invoice {invoice} is disputed"),
        body=(_("Until that is decided, nothing of the invoice is asked for or given back."),),
        needs=_DISPUTE,
        rows=(*_INVOICE, (_("Disputed"), "disputed")),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "dispute_won": Kind(
        name=_("A dispute has ended: the invoice stands"),
        title=_("Invoice {invoice} stands"),
        body=(_("The dispute has ended."),),
        cases=(Case(_was_paid, (_("Your payment counts as before; there is nothing left to do."),)), _LEFT),
        needs=_DISPUTE,
        rows=(*_INVOICE, (_("Disputed"), "disputed"), (_("Still to be paid"), "owed")),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "dispute_lost": Kind(
        name=_("A dispute has ended: the money went back, or is not asked for"),
        title=_("The dispute of invoice {invoice} has ended"),
        body=(),
        cases=(
            Case(
                _was_paid,
                (
                    _(
                        "The bank gave {disputed} back. What is left to be paid of the invoice is {owed}; no card is charged for it by itself."
                    ),
                ),
            ),
            Case(always, (_("We do not ask for what is left of this invoice any more."),)),
        ),
        needs=_DISPUTE,
        rows=(*_INVOICE, (_("Disputed"), "disputed"), (_("Still to be paid"), "owed")),
        page=INVOICE,
        button=_("See the invoice"),
    ),
}
