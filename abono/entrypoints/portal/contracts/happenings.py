"""What happened while a sandbox's clock moved, in words (TIM-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from abono.domain.contracts.changes import LAPSES
from abono.domain.contracts.due import END, RENEW, TRIAL_ENDS
from abono.domain.invoicing.actions import COLLECT, FOLLOW_UP, ISSUE
from abono.domain.notices.types import Told
from abono.domain.payments.kept_cards import EXPIRES
from abono.domain.restrictions.due import DEBT_ENDS
from abono.entrypoints.site.design.words import MEANS, Text
from abono.flows.advance_clock import Happening
from abono.flows.campaigns.expire import EXPIRE
from abono.flows.endings.credit_left import PAY_BACK
from abono.kernel.due import Means
from abono.kernel.money import EXPONENT
from abono.platform import formats
from abono.platform.events import Happening as Recorded

_WORDS: dict[str, Text] = {
    "contract.cycle_started": gettext_lazy("The next cycle began."),
    "package.expired": gettext_lazy("{expired} of the package was left and is lost."),
    "invoice.issued": gettext_lazy("Invoice {number} over {total} was issued."),
    "invoice.paid": gettext_lazy("Invoice {number} was paid: {total}."),
    "payment.declined": gettext_lazy("The card was declined: invoice {number} over {total} stays open."),
    "card.stopped": gettext_lazy("The bank said that the card is not to be charged by itself any more."),
    "payment.not_received": gettext_lazy(
        "The charge of invoice {number} over {total} never reached the bank: it stays open."
    ),
    "payment.late": gettext_lazy(
        "A payment came late: {amount} of fine and interest are on the next invoice."
    ),
    "mandate.agreed": gettext_lazy("Automatic Pix was authorized."),
    "mandate.refused": gettext_lazy("Automatic Pix was refused at the bank."),
    "mandate.ended": gettext_lazy("Automatic Pix ended."),
    "payment.for_no_invoice": gettext_lazy("{total} came for an invoice that was paid already."),
    "contract.trial_moved": gettext_lazy("The end of the trial was moved."),
    "contract.terms_changed": gettext_lazy("The plan or the channel package of the contract changed."),
    "invoice.cancelled": gettext_lazy("Invoice {number} was cancelled: nothing is to be paid of it."),
    "sending.package_80": gettext_lazy("The package reached 80%."),
    "sending.package_100": gettext_lazy("The package was used up."),
    "sending.limit_90": gettext_lazy("The limit is near: its use is at 90%."),
    "sending.blocked": gettext_lazy("Sending was blocked at the limit."),
    "sending.own_cap": gettext_lazy("Sending was stopped by the organization's own cap."),
    "sending.released": gettext_lazy("Sending was opened again."),
    "sends.uncovered": gettext_lazy("Sends left that the package does not cover."),
    "payment_request.made": gettext_lazy("{means}: {amount} were asked for, for invoice {number}."),
    "payment_request.asked": gettext_lazy("{means}: the bank was told to ask for {amount}."),
    "payment_request.payable": gettext_lazy("{means}: {amount} can be paid now."),
    "payment_request.paid": gettext_lazy("{means}: what was asked for, {amount}, was paid."),
    "payment_request.refused": gettext_lazy("{means}: the bank does not take what was asked for, {amount}."),
    "payment_request.ended": gettext_lazy("{means}: what was asked for, {amount}, cannot be paid any more."),
    "payment_request.tried_again": gettext_lazy("{means}: {amount} are tried once more."),
    "payment_link.made": gettext_lazy("A link was made that pays an invoice without signing in."),
    "campaign.cancelled": gettext_lazy("A campaign ended; what it had set aside went back to the package."),
    "campaign.expired": gettext_lazy(
        "A campaign ended that nobody closed in time; what it had set aside went back to the package."
    ),
    "licence.denied": gettext_lazy("Somebody found no free licence."),
    "licence.reclaimed": gettext_lazy("A licence ended that nobody gave back."),
    "change.applied": gettext_lazy("A change of plan came into force."),
    "change.given_up": gettext_lazy("A change of plan was given up."),
    "change.withdrawn": gettext_lazy("A change of plan was withdrawn."),
    "change.lapsed": gettext_lazy("A change of plan was given up: nobody confirmed or approved it in time."),
    "contract.activated": gettext_lazy("The contract became active."),
    "contract.restricted": gettext_lazy("The contract was restricted."),
    "contract.released": gettext_lazy("The restriction of the contract was lifted."),
    "contract.ends_for_debt": gettext_lazy(
        "The organization was told when the contract ends if nothing is paid."
    ),
    "contract.ending": gettext_lazy("The contract was marked to end with its cycle."),
    "contract.cancellation_withdrawn": gettext_lazy("The cancellation of the contract was taken back."),
    "contract.ended": gettext_lazy("The contract ended."),
    "customer.clock_moved": gettext_lazy("The clock stopped at this moment. Due: {due}."),
    "credit.granted": gettext_lazy("{amount} became credit."),
    "credit.used": gettext_lazy("{amount} of the credit paid of an invoice."),
    "credit.returned": gettext_lazy("{amount} of credit came back."),
    "credit.overpaid": gettext_lazy("{amount} that came beyond what was owed became credit."),
    "credit.refunded": gettext_lazy("{amount} of credit go back to whoever paid."),
    "credit.restored": gettext_lazy("{amount} could not go back and are credit again."),
}
_DUE: dict[str, Text] = {
    RENEW.name: gettext_lazy("the next cycle begins"),
    TRIAL_ENDS.name: gettext_lazy("somebody is told that the trial ends soon"),
    END.name: gettext_lazy("the contract ends"),
    DEBT_ENDS.name: gettext_lazy("a contract that is restricted for a debt is looked at"),
    PAY_BACK.name: gettext_lazy("what is left of the credit is paid back"),
    COLLECT.name: gettext_lazy("the card is charged"),
    EXPIRES.name: gettext_lazy("somebody is told that a card expires soon"),
    ISSUE.name: gettext_lazy("an invoice is issued"),
    EXPIRE.name: gettext_lazy("a campaign ends"),
    LAPSES.name: gettext_lazy("a change of plan that waits is given up"),
    FOLLOW_UP.name: gettext_lazy("an invoice that nobody paid is looked at"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list; `happened_at` is on the sandbox's clock."""

    text: str
    happened_at: datetime


def told(happened: Iterable[Happening], language: str) -> list[Line]:
    """In order. An event without words of its own is told by its name in the record."""
    return [Line(_text(one, language), one.happened_at) for one in happened]


def _text(one: Happening, language: str) -> str:
    if isinstance(one, Told):
        title = one.notice.wording.title
        if not one.to:
            return gettext("You were told: {title}").format(title=title)
        return gettext("You were told: {title} (e-mail to {to})").format(title=title, to=", ".join(one.to))
    words = _WORDS.get(one.name)
    return one.name if words is None else str(words).format_map(_facts(one, language))


def _facts(one: Recorded, language: str) -> dict[str, str]:
    """Amounts of the record as the language writes them."""
    facts: dict[str, Any] = dict(one.data)
    currency = str(facts.get("currency", ""))
    shown = {name: str(value) for name, value in facts.items()}
    if "total_minor" in facts:
        shown["total"] = formats.minor(facts["total_minor"], currency, language)
    if "expired_micro" in facts:
        shown["expired"] = formats.micro(
            facts["expired_micro"], currency, language, decimals=EXPONENT[currency]
        )
    if "amount_minor" in facts:
        shown["amount"] = formats.minor(abs(facts["amount_minor"]), currency, language)
    if one.name.startswith("payment_request."):
        shown["means"] = str(MEANS[Means(facts["means"])])
    if "due" in facts:
        due = [str(_DUE.get(kind, kind)) for kind in facts["due"]]
        shown["due"] = ", ".join(dict.fromkeys(due)) or gettext("nothing")
    return shown
