"""What a customer is told of an invoice that nobody pays, and of a contract that is restricted (END-1, END-2, END-4)."""

from __future__ import annotations

from abono.domain.notices.kind import FINANCIAL, HOME, INVOICE, PAYMENT_LINK, Case, Kind, always
from abono.domain.notices.types import Facts
from abono.kernel.errors import _

_ASKED = ("invoice", "invoice_id", "number", "total_minor", "currency", "due_date")
_ROWS = ((_("Invoice"), "invoice"), (_("Due on"), "due_date"), (_("Contract"), "number"))
_THEN = _(
    "If it is not paid before {restricted_date}, the contract is restricted on that day: nothing can be sent, and nobody can sign in to the software."
)


_STAYS = _(
    "The contract is restricted already: all opens again once everything that has been overdue for too long is paid."
)


def _restricts(facts: Facts) -> bool:
    return "restricted_date" in facts


def _of_fraud(facts: Facts) -> bool:
    return facts["cause"] == "fraud"


def _by_seller_too(facts: Facts) -> bool:
    return bool(facts.get("by_seller_too"))


def _runs(facts: Facts) -> bool:
    return bool(facts["runs"])


def _not_late(name: str, title: str) -> Kind:
    return Kind(
        name=name,
        title=title,
        body=(_("It is not paid yet. If you paid it meanwhile, you need not do anything."),),
        needs=_ASKED,
        figure="{total}",
        caption=_("due on {due_date}"),
        rows=_ROWS,
        page=INVOICE,
        button=_("See the invoice"),
    )


OF_OVERDUE: dict[str, Kind] = {
    "invoice_due_soon": _not_late(_("An invoice is due soon"), _("Invoice {invoice} is due on {due_date}")),
    "invoice_due": _not_late(_("An invoice is due today"), _("Invoice {invoice} is due today")),
    "invoice_overdue": Kind(
        name=_("An invoice is overdue"),
        title=_("Invoice {invoice} is overdue"),
        body=(_("It was due on {due_date} and is not paid."),),
        cases=(Case(_restricts, (_THEN,)), Case(always, (_STAYS,))),
        needs=(*_ASKED, "payment_link_id"),
        figure="{total}",
        caption=_("still to be paid"),
        rows=_ROWS,
        page=PAYMENT_LINK,
        button=_("Pay the invoice"),
    ),
    "contract_restricted": Kind(
        name=_("A contract was restricted"),
        title=_("Your contract {number} is restricted"),
        body=(
            _("Nothing can be sent, and nobody can sign in to the software. What is there stays as it is."),
        ),
        cases=(
            Case(
                _of_fraud,
                (
                    _("The seller restricted it, for the reason below."),
                    _("Only the seller can lift that: write to {seller_email}."),
                ),
                HOME,
                _("See the contract"),
            ),
            Case(
                _by_seller_too,
                (
                    _(
                        "An invoice has been overdue for too long. The seller restricted the contract as well: that stays after the payment, and only the seller can lift it. Write to {seller_email}."
                    ),
                ),
            ),
            Case(
                always,
                (
                    _(
                        "An invoice has been overdue for too long. Once it is paid, all opens again at once; the settings stay reachable until then."
                    ),
                ),
            ),
        ),
        needs=("number", "cause"),
        rows=(
            (_("Reason"), "why"),
            (_("Contract"), "number"),
            (_("Invoice"), "invoice"),
            (_("Still to be paid"), "total"),
        ),
        page=FINANCIAL,
        button=_("See the invoices"),
    ),
    "contract_released": Kind(
        name=_("A contract is restricted no more"),
        title=_("A restriction of your contract {number} was lifted"),
        body=(),
        cases=(
            Case(_runs, (_("Sending is open again, and people can come in."),)),
            Case(
                always,
                (_("The contract stays restricted for another cause: the page of the contract says which."),),
            ),
        ),
        needs=("number", "cause", "runs"),
        rows=((_("Contract"), "number"), (_("Reason"), "why")),
        page=HOME,
        button=_("See the contract"),
    ),
}
