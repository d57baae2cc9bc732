"""Money that matches nothing: ask the gateway once more, or say what became of it (PAY-12)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.payments import actions as payments
from abono.domain.payments import queries as payment_queries
from abono.domain.payments import unmatched, waiting
from abono.domain.payments.ports.port import GatewayUnavailable
from abono.domain.payments.states import Why
from abono.flows import locks
from abono.flows.billing.credit import give_back
from abono.flows.collecting.chase import ask
from abono.flows.paid.by_credit import use_credit
from abono.platform.use_case import use_case


def look_again(*, money_id: UUID, real: datetime) -> None:
    """Ask the gateway once more about the charge; an answer that is right by now is applied.

    Money of nobody stays as it is. Raises NoSuchMoney, GatewayUnavailable.
    """
    money = unmatched.get(money_id)
    attempt = None if money.attempt_id is None else payment_queries.get_attempt(money.attempt_id)
    if attempt is not None:
        try:
            with waiting.CHARGES.place():
                ask(attempt, real=real)
        except waiting.Busy:
            raise GatewayUnavailable() from None


def given_back(*, money_id: UUID, how: str, actor: str, real: datetime) -> None:
    """The money went back at the gateway; an invoice for which another sum was taken can be paid anew.

    how   what became of it, in the words of whoever looked: one line, kept in the record

    Raises NoSuchMoney.
    """
    money = unmatched.get(money_id)
    if money.why is Why.DIFFERS and money.invoice_id is not None and money.attempt_id is not None:
        with locks.invoice(money.invoice_id) as (contract, invoice):
            unmatched.close(money_id=money_id, how=how, actor=actor, real=real)
            payments.give_up_differing(attempt_id=money.attempt_id, real=real)
            now = customers.moment_of(contract.customer_id, real=real).now
            if InvoiceState(invoice.state) is InvoiceState.DRAFT:  # as when its charge is declined
                give_back(invoice, actor="system", now=now)
            use_credit(contract, actor="system", now=now)  # what came while it was looked at
    else:
        _close(money_id=money_id, how=how, actor=actor, real=real)


@use_case
def _close(*, money_id: UUID, how: str, actor: str, real: datetime) -> None:
    unmatched.close(money_id=money_id, how=how, actor=actor, real=real)
