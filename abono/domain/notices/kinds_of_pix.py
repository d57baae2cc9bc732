"""What a customer is told of automatic Pix: that somebody asked for it, what became of it, and of charges that did not go through
(PAY-11). That one is coming is said where the invoice is announced."""

from __future__ import annotations

from abono.domain.notices.kind import AUTOMATIC_PIX, INVOICE, Case, Kind, always
from abono.domain.notices.kinds_of_cards import has
from abono.domain.notices.types import Facts
from abono.kernel.errors import _

_NEEDS = ("number", "most_minor", "currency", "begins_date")
_ROWS = ((_("Contract"), "number"), (_("Most that is charged at a time"), "most"))
_BY_HAND = _(
    "Your next invoices are paid by Pix with a code, as before. You can ask for automatic Pix again at any time."
)
_OF_INVOICE = ("invoice", "invoice_id", "number", "total_minor", "currency")


def _by_payer(facts: Facts) -> bool:
    return bool(facts.get("by_payer"))


def _never_agreed(facts: Facts) -> bool:
    return bool(facts.get("never_agreed"))


BY_MANDATE = (  # of a new invoice
    Case(
        has("debit_date"),
        (
            _(
                "Your bank pays it by automatic Pix on {debit_date}. You need not do anything; until the day before you can pay"
                " it otherwise."
            ),
        ),
    ),
    Case(
        has("most_minor"),
        (
            _(
                "It is above {most}, the most that you allowed for automatic Pix: pay it by Pix on its page, by then."
            ),
        ),
    ),
)
OF_PIX = {
    "mandate_asked": Kind(
        name=_("Automatic Pix asked for"),
        title=_("Authorize automatic Pix in the app of your bank"),
        body=(
            _(
                "Somebody of {organization} asked to pay its invoices by automatic Pix. It holds once whoever has the account of"
                " {organization} authorizes it in the app of the bank: the code is on this page."
            ),
            _(
                "Each charge is announced at least two days before. Above {most} nothing is charged by itself."
            ),
        ),
        needs=_NEEDS,
        figure="{most}",
        caption=_("at most, for each charge"),
        rows=_ROWS,
        page=AUTOMATIC_PIX,
        button=_("See the code"),
    ),
    "mandate_agreed": Kind(
        name=_("Automatic Pix authorized"),
        title=_("Automatic Pix is authorized"),
        body=(
            _(
                "The invoice of each month is charged to the account from now on, without anybody having to pay it. We tell you of each one"
                " before, and you can cancel it at any time, here or at your bank."
            ),
            _(
                "What is above {most}, and other invoices than those of each month, are paid by Pix with a code."
            ),
        ),
        needs=_NEEDS,
        figure="{most}",
        caption=_("at most, for each charge"),
        rows=_ROWS,
        page=AUTOMATIC_PIX,
        button=_("See automatic Pix"),
    ),
    "mandate_refused": Kind(
        name=_("Automatic Pix refused"),
        title=_("Automatic Pix was not authorized"),
        body=(_("The bank says that it was refused. Nothing is charged by itself."), _BY_HAND),
        needs=_NEEDS,
        rows=_ROWS,
        page=AUTOMATIC_PIX,
        button=_("See automatic Pix"),
    ),
    "mandate_ended": Kind(
        name=_("Automatic Pix ended"),
        title=_("Automatic Pix has ended"),
        body=(),
        cases=(
            Case(
                _never_agreed,
                (_("Nobody authorized it at the bank. Nothing is charged by itself."), _BY_HAND),
            ),
            Case(
                _by_payer,
                (_("It was cancelled at the bank. Nothing is charged by itself any more."), _BY_HAND),
            ),
            Case(always, (_("It was cancelled. Nothing is charged by itself any more."), _BY_HAND)),
        ),
        needs=_NEEDS,
        rows=_ROWS,
        page=AUTOMATIC_PIX,
        button=_("See automatic Pix"),
    ),
    "debit_again": Kind(
        name=_("Automatic Pix tried again"),
        title=_("Invoice {invoice}: your bank tries again on {charge_date}"),
        body=(
            _(
                "Automatic Pix could not pay it on its day: perhaps there was not enough in the account. Have the amount there on"
                " {charge_date}, and it is paid. There are three more tries at most, within seven days."
            ),
        ),
        needs=(*_OF_INVOICE, "charge_date"),
        figure="{total}",
        caption=_("is charged on {charge_date}"),
        rows=((_("Invoice"), "invoice"),),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "debit_failed": Kind(
        name=_("Automatic Pix not paid"),
        title=_("Invoice {invoice} was not paid by automatic Pix"),
        body=(
            _(
                "Nothing more is charged for it by itself. Pay it on its page: by Pix with a code, or by card."
            ),
            _("It is due on {due_date}."),
        ),
        needs=(*_OF_INVOICE, "due_date"),
        figure="{total}",
        caption=_("due on {due_date}"),
        rows=((_("Invoice"), "invoice"),),
        page=INVOICE,
        button=_("Pay the invoice"),
    ),
}
