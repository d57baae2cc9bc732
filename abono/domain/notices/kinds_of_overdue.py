"""What a customer is told of an invoice that nobody pays, and of a contract that is restricted (END-1, END-2, END-4, END-5)."""

from __future__ import annotations

from abono.domain.notices.kind import FINANCIAL, HOME, INVOICE, PAYMENT_LINK, Case, Kind, always
from abono.domain.notices.types import Facts
from abono.kernel.errors import _

_ASKED = ("invoice", "invoice_id", "number", "total_minor", "currency", "due_date")
_ROWS = ((_("Invoice"), "invoice"), (_("Due on"), "due_date"), (_("Contract"), "number"))
_THEN = _(
    "If it is not paid before {restricted_date}, the contract is restricted on that day: nothing can be sent, and nobody can sign in to the software."
)


_OPEN = _("Sending is open again, and people can come in.")
_GRANTED = _(
    "The package is worth {granted} for the days that are left of this cycle. What is not billed yet of those days, of the plan too, comes on your next invoice."
)
_ONCE_PAID = _(
    "An invoice has been overdue for too long. Once it is paid, all opens again at once; the settings stay reachable until then."
)
_ENDED = _("Its contract has ended; what is owed of it is to be paid all the same.")
_ENDS = _("If it is not paid before {ends_date}, the contract ends on that day.")
_STAYS = _(
    "The contract is restricted already: all opens again once everything that has been overdue for too long is paid."
)


def _restricts(facts: Facts) -> bool:
    return "restricted_date" in facts


def _has_ended(facts: Facts) -> bool:
    return bool(facts.get("ended"))


def _until_a_dispute_ends(facts: Facts) -> bool:
    return bool(facts.get("until_dispute_ends"))


def _of_fraud(facts: Facts) -> bool:
    return facts["cause"] == "fraud"


def _of_fraud_with_reason(facts: Facts) -> bool:
    return _of_fraud(facts) and "why" in facts


def _names_no_end(facts: Facts) -> bool:
    """As those that were kept before contracts ended for a debt."""
    return "ends_date" not in facts


def _by_seller_too(facts: Facts) -> bool:
    return bool(facts.get("by_seller_too"))


def _gives_again(facts: Facts) -> bool:
    return "granted_minor" in facts


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


_RESTRICTED_BY_SELLER = _("The seller restricted it. Only the seller can lift that: write to {seller_email}.")
OF_OVERDUE: dict[str, Kind] = {
    "invoice_due_soon": _not_late(_("An invoice is due soon"), _("Invoice {invoice} is due on {due_date}")),
    "invoice_due": _not_late(_("An invoice is due today"), _("Invoice {invoice} is due today")),
    "invoice_overdue": Kind(
        name=_("An invoice is overdue"),
        title=_("Invoice {invoice} is overdue"),
        body=(_("It was due on {due_date} and is not paid."),),
        cases=(Case(_restricts, (_THEN,)), Case(_has_ended, (_ENDED,)), Case(always, (_STAYS,))),
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
                _until_a_dispute_ends,
                (
                    _("A payment is contested at the bank. Once that is decided, it opens again by itself."),
                    _(
                        "If you did not contest it, or have settled it with your bank, write to {seller_email}."
                    ),
                ),
                HOME,
                _("See the contract"),
            ),
            Case(
                _of_fraud_with_reason,
                (_RESTRICTED_BY_SELLER, _("Reason: {why}")),
                HOME,
                _("See the contract"),
            ),
            Case(_of_fraud, (_RESTRICTED_BY_SELLER,), HOME, _("See the contract")),
            Case(_names_no_end, (_ONCE_PAID,)),
            Case(
                _by_seller_too,
                (
                    _(
                        "An invoice has been overdue for too long. The seller restricted the contract as well: that stays after the payment, and only the seller can lift it. Write to {seller_email}."
                    ),
                    _ENDS,
                ),
            ),
            Case(
                always,
                (_ONCE_PAID, _ENDS),
            ),
        ),
        needs=("number", "cause"),
        rows=(
            (_("Contract"), "number"),
            (_("Invoice"), "invoice"),
            (_("Still to be paid"), "total"),
        ),
        page=FINANCIAL,
        button=_("See the invoices"),
    ),
    "contract_ends_for_debt": Kind(
        name=_("A restricted contract is about to end"),
        title=_("Your contract {number} ends after {last_date} if nothing is paid"),
        body=(
            _(
                "It is restricted, for an invoice is overdue for too long. With its payment all opens again at once."
            ),
            _(
                "If it is not paid up to {last_date}, the contract ends: nobody can open it again, and a last invoice bills what was used."
            ),
        ),
        needs=("invoice", "invoice_id", "number", "total_minor", "currency", "last_date", "payment_link_id"),
        figure="{total}",
        caption=_("still to be paid"),
        rows=((_("Last day"), "last_date"), (_("Invoice"), "invoice"), (_("Contract"), "number")),
        page=PAYMENT_LINK,
        button=_("Pay the invoice"),
    ),
    "contract_released": Kind(
        name=_("A contract is restricted no more"),
        title=_("A restriction of your contract {number} was lifted"),
        body=(),
        cases=(
            Case(_gives_again, (_OPEN, _GRANTED)),
            Case(_runs, (_OPEN,)),
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
