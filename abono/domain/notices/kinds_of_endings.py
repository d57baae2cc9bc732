"""What a customer is told of the end of a contract, and of money that goes back (CON-10, END-3, END-5, PAY-9)."""

from __future__ import annotations

from abono.domain.notices.kind import INVOICE, PLANS, SOMEBODY_DID, Case, Kind, always
from abono.domain.notices.types import Facts
from abono.kernel.errors import _


def _something_goes_back(facts: Facts) -> bool:
    return bool(facts["refunded_minor"]) and "card" in facts


def _is_billed(facts: Facts) -> bool:
    return bool(facts["total_minor"])


def _ended_by_debt(facts: Facts) -> bool:
    return bool(facts.get("for_debt"))


def _something_is_left(facts: Facts) -> bool:
    return "left_minor" in facts


_GOES_BACK = _(
    "What is left of your credit, {left}, goes back to the cards that paid, or by Pix where you paid so; we write again as soon as it has. What cannot go back so we owe you: write to {seller_email} and say to which account we may pay it."
)
_LAST = _("What was used and not billed yet, {total}, is on a last invoice, which is charged as ever.")
_NOTHING = _("Nothing of it was left to bill.")
_UNPAID = _("It was restricted, and what was overdue was not paid: that is to be paid all the same.")
_LEFT = _(
    "What is left, {left}, cannot go back the way it came: we owe it to you. Write to {seller_email} and say to which account we may pay it."
)


_REFUND = ("number", "invoice", "invoice_id", "refunded_minor", "currency")
_ROWS = (
    (_("Amount"), "refunded"),
    (_("Goes back to"), "card"),
    (_("Invoice"), "invoice"),
    (_("Contract"), "number"),
)

OF_ENDINGS = {
    "contract_cancelled": Kind(
        name=_("A contract was cancelled"),
        title=_("Your contract {number} is cancelled"),
        body=(
            _("All works up to {last_date}. Then the contract ends, and a last invoice bills what was used."),
            _(
                "Until then you can take this back on the page of the contract: it goes on as if nothing had been."
            ),
        ),
        cases=(
            Case(
                lambda facts: bool(facts.get("months_to_come")),
                (
                    _(
                        "The plan is paid for until then; channel package, use and extra licences are billed each month as before."
                    ),
                ),
            ),
        ),
        needs=("number", "last_date"),
        rows=(
            (_("Last day"), "last_date"),
            (_("Contract"), "number"),
            (_("Reason"), "why"),
        ),
        page=PLANS,
        button=_("See the contract, or take it back"),
        unexpected=SOMEBODY_DID,
    ),
    "contract_kept": Kind(
        name=_("The cancellation of a contract was taken back"),
        title=_("Your contract {number} goes on"),
        body=(_("It was to end after {last_date}. That was taken back, and it is renewed as before."),),
        needs=("number", "last_date"),
        rows=((_("Contract"), "number"), (_("Reason"), "why")),
        page=PLANS,
        button=_("See the contract"),
        unexpected=SOMEBODY_DID,
    ),
    "contract_ended": Kind(
        name=_("A contract has ended"),
        title=_("Your contract {number} has ended"),
        body=(_("Its last day was {last_date}. Service has stopped, and no further cycle is billed."),),
        needs=("number", "last_date", "currency", "total_minor"),
        cases=(
            Case(lambda facts: _ended_by_debt(facts) and _is_billed(facts), (_UNPAID, _LAST)),
            Case(_ended_by_debt, (_UNPAID,)),
            Case(lambda facts: _something_is_left(facts) and _is_billed(facts), (_LAST, _GOES_BACK)),
            Case(_something_is_left, (_NOTHING, _GOES_BACK)),
            Case(_is_billed, (_LAST,)),
            Case(always, (_NOTHING,)),
        ),
        rows=((_("Last day"), "last_date"), (_("Contract"), "number")),
        page=PLANS,
        button=_("See the contract"),
    ),
    "contract_regretted": Kind(
        name=_("A contract was ended with a full refund"),
        title=_("Your contract {number} has ended"),
        body=(
            _(
                "It was ended within the days in which a contract can be given back. Service has stopped, and nothing of it is owed any more."
            ),
        ),
        needs=("number", "currency", "refunded_minor"),
        rows=(
            (_("Goes back"), "refunded"),
            (_("Goes back to"), "card"),
            (_("Contract"), "number"),
        ),
        cases=(
            Case(
                lambda facts: _something_goes_back(facts) and _something_is_left(facts),
                (
                    _(
                        "{refunded} goes back to {card}. We write again as soon as it has; then it takes the bank some days to show it."
                    ),
                    _LEFT,
                ),
            ),
            Case(_something_is_left, (_LEFT,)),
            Case(
                _something_goes_back,
                (
                    _(
                        "All that you paid, {refunded}, goes back to {card}. We write again as soon as it has; then it takes the bank some days to show it."
                    ),
                ),
            ),
        ),
        page=PLANS,
        button=_("See the contract"),
        unexpected=SOMEBODY_DID,
    ),
    "refund_asked": Kind(
        name=_("Money goes back to you"),
        title=_("{refunded} goes back to you"),
        body=(),
        cases=(
            Case(
                lambda facts: bool(facts.get("card")),
                (_("We write again as soon as it has; then it takes the bank some days to show it."),),
            ),
            Case(
                always,
                (
                    _(
                        "It cannot go back the way it came, so we pay it by transfer. Write to {seller_email} if we do not know your account yet; we write again as soon as it is paid."
                    ),
                ),
            ),
        ),
        needs=(*_REFUND, "why"),
        rows=(*_ROWS, (_("Reason"), "why")),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "refund_done": Kind(
        name=_("Money went back to you"),
        title=_("{refunded} went back to you"),
        body=(_("It may take your bank some days to show it."),),
        needs=_REFUND,
        rows=_ROWS,
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "refund_failed": Kind(
        name=_("Money could not go back to you"),
        title=_("{refunded} could not go back to you"),
        body=(_("We owe you this amount. Write to {seller_email} and say to which account we may pay it."),),
        needs=_REFUND,
        rows=_ROWS,
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "refund_paid_out": Kind(
        name=_("Money that could not go back the way it came was paid otherwise"),
        title=_("We paid you {refunded} otherwise"),
        body=(_("It could not go back the way it came, so we paid it on another one."),),
        needs=_REFUND,
        rows=(
            (_("Amount"), "refunded"),
            (_("Reference"), "reference"),
            (_("Invoice"), "invoice"),
            (_("Contract"), "number"),
        ),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "refund_credited": Kind(
        name=_("Money that could not go back the way it came is credit"),
        title=_("{refunded} is your credit"),
        body=(_("It could not go back the way it came. It pays your next invoice."),),
        needs=_REFUND,
        rows=_ROWS[:1] + _ROWS[2:],
        page=INVOICE,
        button=_("See the invoice"),
    ),
}
