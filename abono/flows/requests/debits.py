"""Pix that nobody pushes: the renewal of a contract is charged under its mandate, announced and tried again as the rules of Pix
Automático say; what comes to nothing is asked for as any other Pix (PAY-11)."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.payments import waiting
from abono.domain.payments.ports.mandates import (
    Debit,
    DebitReply,
    DebitStanding,
    MandateGateway,
    announced_between,
    next_try,
)
from abono.domain.payments.ports.push import PushReply, Standing
from abono.domain.payments.pushed import agreed, requests
from abono.domain.payments.pushed.agreed import MandateInfo
from abono.domain.payments.pushed.requests import RequestInfo, Wanted
from abono.domain.payments.registry import mandate_gateway
from abono.flows import locks
from abono.flows.billing.invoices import facts
from abono.flows.billing.under_mandate import pays_under
from abono.flows.next_try import left_alone_until, terms_of
from abono.flows.requests.hear import apply, tell_uncharged
from abono.flows.requests.payer import payer_of
from abono.flows.tell import tell
from abono.kernel.due import Means
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import day_start, local_date

STAYS = timedelta(days=8)  # money may come of the last try, seven days after the first
_STANDING = {
    DebitStanding.ANNOUNCED: Standing.ASKED,
    DebitStanding.SCHEDULED: Standing.ASKED,
    DebitStanding.PAID: Standing.PAID,
    DebitStanding.REFUSED: Standing.REFUSED,
    DebitStanding.ENDED: Standing.ENDED,
    DebitStanding.UNKNOWN: Standing.UNKNOWN,
}
_UNKNOWN, _NEVER_ASKED = DebitReply(DebitStanding.UNKNOWN), DebitReply(DebitStanding.ENDED, code="too_late")
_WAITS = (DebitStanding.ANNOUNCED, DebitStanding.SCHEDULED)


def charge(*, invoice_id: UUID, moment: Moment) -> None:
    """Announce the charge of an issued renewal, if it was told that it is charged so, once."""
    with locks.invoice(invoice_id) as (contract, invoice):
        debit = _begin(contract, invoice, moment=moment)
    if debit is not None:
        with suppress(waiting.Busy):  # it is in the agenda
            announce(debit, moment=moment)


def _begin(contract: Contract, invoice: Invoice, *, moment: Moment) -> RequestInfo | None:
    """The charge that is to be announced; None where there is none, or not any more."""
    known = [one for one in requests.of_invoice(invoice.id) if one.mandate is not None]
    if known or State(invoice.state) is not State.PENDING or invoice.due_date is None:
        return known[0] if known and requests.never_payable(known[0]) and known[0].open else None
    mandate = None if invoice.issued_at is None else pays_under(contract, invoice, at=invoice.issued_at)
    if mandate is None:
        return None
    today = local_date(moment.now, contract.customer.time_zone)
    if not mandate.agreed or today > announced_between(invoice.due_date)[1]:
        tell_uncharged(contract, invoice, key=str(invoice.id), now=moment.now)
        return None
    zone, ahead = contract.customer.time_zone, moment.now - moment.real  # of a sandbox
    return requests.begin(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        title=invoice.title,
        wanted=Wanted(
            means=Means.PIX,
            gateway=mandate.gateway,
            amount=Money(invoice.owed_minor, invoice.currency),
            due_date=invoice.due_date,
            until=day_start(invoice.due_date + STAYS, zone) - ahead,
            payer=payer_of(contract, invoice),
            late=None,
            mandate=mandate.id,
        ),
        actor="system",
        now=moment.now,
        real=moment.real,
    )


def announce(debit: RequestInfo, *, moment: Moment) -> None:
    """Under its own key: however often, it is announced once. Where that is too late, nothing is charged. Raises waiting.Busy."""
    supplier, mandate = _of(debit)
    if supplier is None or debit.due_date is None:
        return
    with waiting.CHARGES.place():
        late = _today(debit, moment) > announced_between(debit.due_date)[1]
        if late or not mandate.agreed:
            said = supplier.find_debit(debit.id.hex) or _NEVER_ASKED
        else:
            said = supplier.announce(_debit(debit, mandate))
    _apply(debit, said, moment=moment)


def look_at_debit(debit: RequestInfo, *, wanted: bool, moment: Moment) -> None:
    """How it stands; what was not paid on its day is tried again, what is not `wanted` is taken back. Raises waiting.Busy."""
    supplier, mandate = _of(debit)
    if supplier is None:
        return
    days, today = _days(debit, moment), _today(debit, moment)
    with waiting.CHARGES.place():
        if debit.open and not (wanted and mandate.agreed):
            said = supplier.take_back(debit.id.hex)
        else:
            said = supplier.find_debit(debit.id.hex) or _UNKNOWN
            if debit.open and said.standing in _WAITS:
                said = _again(supplier, debit, said, days, today)
    _apply(debit, said, moment=moment)


def _again(
    supplier: MandateGateway, debit: RequestInfo, said: DebitReply, days: Collection[int] | None, today: date
) -> DebitReply:
    """What becomes of one that its bank has not paid: nothing until the day of its last try is over.

    days   after its own on which it is tried again; None while its customer is left alone
    """
    assert debit.due_date is not None
    tries = said.tries or (debit.due_date,)
    if max(tries) >= today or days is None:
        return said
    day = next_try(debit.due_date, tries, days, today)
    if day is None:
        return replace(said, standing=DebitStanding.ENDED)
    return supplier.try_again(debit.id.hex, day)


def _days(debit: RequestInfo, moment: Moment) -> Collection[int] | None:
    with locks.invoice(debit.invoice_id, customer_id=debit.customer_id) as (contract, _invoice):
        alone = left_alone_until(contract.customer, now=moment.now) is not None
        return None if alone else terms_of(contract, now=moment.now).days


def _apply(debit: RequestInfo, said: DebitReply, *, moment: Moment) -> None:
    """Book what came, and tell of a try that is to come."""
    reply = PushReply(_STANDING[said.standing], amount=said.amount, code=said.code, received=said.received)
    apply(debit, reply, moment=moment)
    if said.standing not in _WAITS or len(said.tries) < 2:
        return
    with locks.invoice(debit.invoice_id, customer_id=debit.customer_id) as (contract, invoice):
        if requests.note_try(debit.id, max(said.tries), now=moment.now):
            tell(
                customer_id=debit.customer_id,
                kind="debit_again",
                key=f"{debit.id}:{max(said.tries)}",
                facts={**facts(contract, invoice), "charge_date": max(said.tries)},
                now=moment.now,
            )


def _of(debit: RequestInfo) -> tuple[MandateGateway | None, MandateInfo]:
    assert debit.mandate is not None
    return mandate_gateway(debit.gateway), agreed.get(debit.mandate)


def _debit(debit: RequestInfo, mandate: MandateInfo) -> Debit:
    assert debit.due_date is not None
    title = invoices.get(debit.invoice_id).title
    return Debit(debit.id.hex, mandate.reference, debit.amount, debit.due_date, title)


def _today(debit: RequestInfo, moment: Moment) -> date:
    return local_date(moment.now, customers.get(debit.customer_id).time_zone)
