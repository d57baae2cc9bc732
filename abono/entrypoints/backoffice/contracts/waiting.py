"""What of one contract waits for somebody's word, and the page on which it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from abono.domain.approvals import queries as approvals
from abono.domain.contracts.states import ChangeState
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing.states import Reason, State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import refunds, unmatched
from abono.domain.payments.states import RefundState
from abono.domain.uncovered import queries as uncovered
from abono.entrypoints.backoffice.invoices.going_back import place
from abono.entrypoints.site.design.words import Text
from abono.flows.quotes.seen import Seen
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import formats

_HELD: dict[ChangeState, Text] = {
    ChangeState.APPROVAL: gettext_lazy("A change waits for the seller’s word"),
    ChangeState.CONFIRM: gettext_lazy("A change waits for the link in a mail to the customer"),
}
_DRAFTS: dict[Reason, Text] = {
    Reason.ONE_OFF: gettext_lazy("Draft of a one-off invoice"),
    Reason.RENEWAL: gettext_lazy("Invoice of a new cycle, to be looked at"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """`about` says more of it, where there is more to say; `until` when it is over by itself."""

    what: Text
    url: str
    amount: Money | None
    about: str = ""
    until: datetime | None = None


def waiting_of(
    contract: ContractInfo,
    changes: Sequence[Seen],
    bills: Sequence[InvoiceDetail],
    *,
    language: str,
    now: datetime,
) -> list[Waiting]:
    """`changes` and `bills` are the newest of the contract. Four statements."""
    return [
        *_of_changes(changes, now),
        *_of_drafts(bills),
        *_of_money(contract),
        *_of_uncovered(contract, language),
    ]


def _of_changes(changes: Sequence[Seen], now: datetime) -> Iterator[Waiting]:
    for one in changes:
        if one.held(at=now):
            url = reverse("backoffice:change", args=[one.public_id])
            yield Waiting(_HELD[one.state], url, one.quote.today, until=one.held_until)


def _of_drafts(bills: Sequence[InvoiceDetail]) -> Iterator[Waiting]:
    for one in bills:
        if one.state is State.DRAFT and one.reason in _DRAFTS:
            about = _("Parked:") + f" {one.parked_why}" if one.parked_why else ""
            url = reverse("backoffice:draft", args=[one.public_id])
            yield Waiting(_DRAFTS[one.reason], url, Money(one.total_minor, one.currency), about)


def _of_money(contract: ContractInfo) -> Iterator[Waiting]:
    """What a second person has to agree to, what did not go back to a card, and what came and pays for nothing."""
    for asked in approvals.waiting(customer_id=contract.customer_id):
        amount = next(iter(asked.amounts), None)
        url = reverse("backoffice:approval", args=[asked.public_id])
        yield Waiting(_("A second person has to agree"), url, amount, asked.why)
    for back in refunds.unpaid(contract.customer_id):
        url = reverse("backoffice:invoice-standing", args=[public("inv", back.invoice_id)])
        by_hand = back.state is RefundState.OWED
        said = _("A refund is to be paid by hand") if by_hand else _("A refund did not go back: we owe it")
        yield Waiting(said, url, back.amount, place(back))
    for money in unmatched.open_money(customer_id=contract.customer_id):
        url = f"{reverse('backoffice:money')}#{money.public_id}"
        yield Waiting(_("Money to look at"), url, money.taken)


def _of_uncovered(contract: ContractInfo, language: str) -> Iterator[Waiting]:
    sends = sum(one.sends for one in uncovered.groups(contract.id))
    if sends:
        said = ngettext("{count} send that no package covers", "{count} sends that no package covers", sends)
        url = reverse("backoffice:uncovered-decide", args=[contract.public_id])
        yield Waiting(said.format(count=formats.number(sends, language)), url, None)
