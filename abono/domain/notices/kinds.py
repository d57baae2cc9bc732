"""Everything that a customer is told (NOT-1): what it says, who hears it, and where to act.

Sentences are msgids. `{name}` stands for a fact as `wording` writes it: `total_minor` is named `{total}`,
`used_micro` `{used}`. `needs` are the facts without which a notice of the kind cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable

from abono.domain.notices.kind import (
    FINANCIAL,
    INVITATION,
    INVOICE,
    PAYMENT,
    PAYMENT_LINK,
    PLANS,
    SOMEBODY_DID,
    WALLET,
    Case,
    Kind,
    always,
)
from abono.domain.notices.kinds_of_cards import CARD_EXPIRES, WHAT_NEXT, has
from abono.domain.notices.kinds_of_changes import OF_CHANGES
from abono.domain.notices.kinds_of_endings import OF_ENDINGS
from abono.domain.notices.kinds_of_overdue import OF_OVERDUE
from abono.domain.notices.kinds_of_people import OF_PEOPLE
from abono.domain.notices.kinds_of_pix import BY_MANDATE, OF_PIX
from abono.domain.notices.kinds_of_staff import OF_KEYS, OF_STAFF
from abono.domain.notices.kinds_of_standing import LESS_THE_TAXES, OF_STANDING, nothing_owed
from abono.domain.notices.kinds_of_trials import OF_TRIALS, TRIAL_ROWS
from abono.domain.notices.kinds_of_use import OF_USE
from abono.domain.notices.types import Facts
from abono.kernel.errors import _


def _tried(facts: Facts) -> bool:
    return "fees_begin_date" in facts


def _nothing_to_pay(facts: Facts) -> bool:
    return facts["total_minor"] == 0


def _charged(facts: Facts) -> bool:
    return "charge_date" in facts


def _no_card(facts: Facts) -> bool:
    return bool(facts.get("no_card"))


def _means(word: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get("means") == word


def _hint(word: str) -> Callable[[Facts], bool]:
    return lambda facts: facts.get("hint") == word


def _way(word: str) -> Callable[[Facts], bool]:
    return lambda facts: facts["way"] == word


def _all_became_credit(facts: Facts) -> bool:
    return facts["credit_minor"] == facts["total_minor"]


def _some_became_credit(facts: Facts) -> bool:
    return bool(facts["credit_minor"])


_INVOICE = ((_("Invoice"), "invoice"), (_("Contract"), "number"))
_TAKEN_OFF = (
    (_("Total of the invoice"), "full"),
    (_("Taken back by credit notes"), "credited"),
    (_("Paid with credit"), "credit_used"),
    (_("Received before"), "part"),
)
_AS_CREDIT = _("{credit} of it was paid already: it is your credit now, and pays your next invoice.")
_DECLINED = _("Your card was declined. Nothing was charged.")

KINDS: dict[str, Kind] = {
    "document_password": Kind(
        name=_("Password of documents"),
        title=_("Your documents open in another way now"),
        body=(_("{by} changed the password of the documents that are downloaded or sent by mail."),),
        needs=("by", "way"),
        cases=(
            Case(
                _way("own"),
                (
                    _(
                        "They open with a password that {by} chose: ask at {organization} for it. It is in no mail."
                    ),
                ),
            ),
            Case(_way("tax_id"), (_("They open with the first six characters of the tax id."),)),
            Case(_way("open"), (_("They open without a password from now on."),)),
        ),
        page=FINANCIAL,
        button=_("See your documents"),
        unexpected=SOMEBODY_DID,
    ),
    "contract_active": Kind(
        name=_("Contract active"),
        title=_("Your contract is active"),
        body=(_("Plan {plan} with channel package {package} is ready: you can begin to send now."),),
        needs=("number", "plan", "package"),
        figure="{number}",
        caption=_("your contract number"),
        rows=((_("Software plan"), "plan"), (_("Channel package"), "package"), *TRIAL_ROWS),
        cases=(
            Case(
                _tried,
                (
                    _(
                        "It begins with a trial: nothing is charged before {fees_begin_date}. Until then you can give the contract back and owe nothing."
                    ),
                ),
            ),
        ),
        page=PLANS,
        button=_("See the contract"),
        unexpected=SOMEBODY_DID,
    ),
    "invitation": Kind(
        name=_("Invitation"),
        title=_("{organization} names you as its Administrator"),
        body=(
            _(
                "Contract {number} was made with your e-mail address. You become its Administrator once you accept."
            ),
            _("Until then nothing changes in your account. If you do not know this organization, decline."),
        ),
        needs=("number", "invitation_id", "name"),
        rows=((_("Contract"), "number"),),
        page=INVITATION,
        button=_("Accept or decline"),
        unexpected=_("If you did not expect this, decline, or do nothing. Questions: {seller_email}."),
        audience=(),
    ),
    "payment_unknown": Kind(
        name=_("Payment being confirmed"),
        title=_("We are confirming your payment"),
        body=(
            _("The bank has not answered clearly yet. We keep asking, and nothing is charged twice."),
            _("You need not do anything: we write again as soon as we know."),
        ),
        needs=("total_minor", "currency"),
        figure="{total}",
        caption=_("being confirmed"),
        rows=_INVOICE,
        page=PAYMENT,
        button=_("See the payment"),
        unexpected=SOMEBODY_DID,
    ),
    "payment_checked": Kind(
        name=_("Payment being checked"),
        title=_("We are checking your payment"),
        body=(
            _("What the bank reported is not what we asked for, so a person is looking at it."),
            _("You need not do anything. Please do not pay again: we write to you when it is settled."),
        ),
        needs=("total_minor", "currency"),
        figure="{total}",
        caption=_("being checked"),
        rows=_INVOICE,
        page=PAYMENT,
        button=_("See the payment"),
    ),
    "payment_failed": Kind(
        name=_("Payment failed"),
        title=_("A payment did not go through"),
        body=(),
        needs=("total_minor", "currency"),
        figure="{total}",
        caption=_("still to be paid"),
        rows=_INVOICE,
        cases=(
            Case(
                _hint("never_received"),
                (
                    _(
                        "Our request never reached the bank. Your card was not declined, and nothing was charged."
                    ),
                    _("You can pay again at any time."),
                ),
                page=PAYMENT,
                button=_("See the payment"),
            ),
            Case(_hint("number"), (_DECLINED, _("Most likely the number of the card is wrong."))),
            Case(_hint("expiry"), (_DECLINED, _("Most likely the card has expired, or its date is wrong."))),
            Case(
                _hint("cvv"),
                (_DECLINED, _("Most likely the security code on the back of the card is wrong.")),
            ),
            Case(
                _hint("online"), (_DECLINED, _("Most likely the card is not enabled for online purchases."))
            ),
            Case(
                _hint("balance"),
                (_DECLINED, _("Most likely the balance or the limit of the card is too low.")),
            ),
            Case(always, (_DECLINED, _("The bank that issued the card can say why."))),
        ),
        then=WHAT_NEXT,
        page=WALLET,
        button=_("Check the card"),
    ),
    "card_expires": CARD_EXPIRES,
    "payment_received": Kind(
        name=_("Payment received"),
        title=_("Payment received"),
        body=(_("Invoice {invoice} is paid. Thank you."),),
        then=(LESS_THE_TAXES,),
        needs=("invoice", "total_minor", "currency"),
        figure="{total}",
        caption=_("paid"),
        rows=_INVOICE,
        page=INVOICE,
        button=_("See the invoice"),
        unexpected=SOMEBODY_DID,
    ),
    "invoice_issued": Kind(
        name=_("New invoice"),
        title=_("Invoice {invoice}"),
        body=(_("Your new invoice is here, as a PDF with this message. It is due on {due_date}."),),
        cases=(
            Case(_nothing_to_pay, (_("There is nothing to pay."),)),
            Case(
                _charged,
                (_("It is charged to {card} on {charge_date}. You need not do anything."),),
            ),
            Case(
                _means("slip"),
                (
                    _(
                        "Its slip comes as soon as the bank has registered it, as a rule by the next business day."
                    ),
                ),
            ),
            *BY_MANDATE,
            Case(_means("pix"), (_("Pay it by Pix on its page, by then."),)),
            Case(
                has("stopped_card"),
                (
                    _(
                        "{stopped_card} is not charged by itself any more: pay it yourself, or use another card."
                    ),
                ),
            ),
            Case(
                _no_card,
                (_("There is no card in your wallet to charge: add one, and it is charged then."),),
                WALLET,
                _("Add a card"),
            ),
        ),
        needs=("invoice", "total_minor", "currency", "due_date"),
        figure="{total}",
        caption=_("due on {due_date}"),
        rows=(*_INVOICE, (_("Replaces invoice"), "replaces"), *_TAKEN_OFF),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "slip_ready": Kind(
        name=_("Slip to pay"),
        title=_("The slip of invoice {invoice}"),
        body=(
            _(
                "The bank has registered it: it can be paid in the app of a bank, at a cash machine or at a counter."
                " It is due on {due_date}."
            ),
            _("A payment by slip can take up to three business days to be here."),
        ),
        needs=("invoice", "invoice_id", "total_minor", "currency", "due_date", "line"),
        figure="{total}",
        caption=_("due on {due_date}"),
        rows=(
            (_("Invoice"), "invoice"),
            (_("Of it fine and interest"), "charges"),
            (_("Line to type or paste"), "line"),
        ),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "payment_link": Kind(
        name=_("Payment link"),
        title=_("Invoice {invoice} of {organization}, to be paid by card"),
        body=(
            _(
                "With this link the invoice can be paid without an account. It opens this invoice and nothing else."
            ),
            _("It works for thirty days, or until the invoice is paid. Your card is used once and not kept."),
        ),
        needs=("invoice", "total_minor", "currency", "due_date", "payment_link_id"),
        figure="{total}",
        caption=_("due on {due_date}"),
        rows=((_("Invoice"), "invoice"), *_TAKEN_OFF),
        page=PAYMENT_LINK,
        button=_("Pay the invoice"),
        unexpected=_(
            "You get this because somebody said that invoices of {organization} are yours to pay. If they are not, do nothing. Questions: {seller_email}."
        ),
        audience=(),
    ),
    "credit_note_issued": Kind(
        name=_("Credit note"),
        title=_("Credit note {credit_note}"),
        body=(_("We have taken back {total} of invoice {invoice}. Reason: {why}"),),
        cases=(
            Case(
                _all_became_credit,
                (_("The invoice was paid, so this is your credit now: it pays your next invoice."),),
            ),
            Case(_some_became_credit, (_AS_CREDIT, _("Nothing of the invoice is to be paid any more."))),
            Case(nothing_owed, (_("Nothing of the invoice is to be paid any more."),)),
            Case(always, (_("What is left to be paid of the invoice is {owed}."),)),
        ),
        needs=("credit_note", "invoice", "total_minor", "credit_minor", "owed_minor", "why", "currency"),
        figure="{total}",
        caption=_("taken back"),
        rows=(
            (_("Credit note"), "credit_note"),
            *_INVOICE,
            (_("Still to be paid"), "owed"),
            (_("Your credit now"), "balance"),
        ),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    "credit_used": Kind(
        name=_("Paid with credit"),
        title=_("Your credit paid of invoice {invoice}"),
        body=(_("{used} of it was paid with credit of your contract. No card was charged for that."),),
        cases=(
            Case(_nothing_to_pay, (_("Nothing of the invoice is to be paid any more."),)),
            Case(always, (_("What is left to be paid of the invoice is {total}."),)),
        ),
        needs=("invoice", "used_minor", "total_minor", "currency"),
        figure="{used}",
        caption=_("paid with credit"),
        rows=(*_INVOICE, (_("Still to be paid"), "total")),
        page=INVOICE,
        button=_("See the invoice"),
    ),
    **OF_USE,
    **OF_STAFF,
    **OF_KEYS,
    **OF_PEOPLE,
    **OF_CHANGES,
    **OF_ENDINGS,
    **OF_OVERDUE,
    **OF_STANDING,
    **OF_PIX,
    **OF_TRIALS,
    "versions_change": Kind(
        name=_("New conditions of the contract"),
        title=_("Your contract goes on with new conditions on {begin_date}"),
        body=(
            _(
                "Nothing changes before that day. On the page of the contract you see your plan and its prices."
            ),
        ),
        cases=(
            Case(
                lambda facts: "year_to_minor" in facts,
                (
                    _(
                        "From {begin_date} on, plan {plan} costs {year_to} a year, channel package {package} and extra licences {to} a month; until then they cost {year_from} and {from}."
                    ),
                ),
            ),
            Case(
                lambda _facts: True,
                (
                    _(
                        "From {begin_date} on, plan {plan} and channel package {package} cost {to} a month together; until then they cost {from}."
                    ),
                ),
            ),
        ),
        needs=("number", "currency", "plan", "package", "from_minor", "to_minor", "begin_date"),
        figure="{from} → {to}",
        caption=_("a month, before and after"),
        rows=(
            (_("From"), "begin_date"),
            (_("Software plan"), "plan"),
            (_("Channel package"), "package"),
            (_("Contract"), "number"),
        ),
        page=PLANS,
        button=_("See the contract"),
    ),
}
