"""A customer who promised to pay is left alone until a day: no card is asked, nobody is reminded or restricted (PAY-8)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.customers import actions as customers
from abono.domain.invoicing import queries as invoices
from abono.flows import locks
from abono.flows.next_try import MOMENT, is_asked_for, plan
from abono.flows.restriction.debt import follow, relieve
from abono.kernel.periods import day_start, local_date
from abono.platform.use_case import use_case


@use_case
def leave_alone(*, customer_id: UUID, until: date | None, why: str, actor: str, now: datetime) -> None:
    """Until that local day; None: from now on all goes on as usual, and what was missed is made up for.

    why   for the record, one line; the customer can read it

    A contract that is restricted for what is overdue opens until then, and is restricted again on that day if it is not paid.
    Raises NoSuchCustomer, LeftAloneNotSoon.
    """
    with locks.customer(customer_id) as organization:
        if not customers.leave_alone(customer_id=customer_id, until=until, why=why, actor=actor, now=now):
            return
        since = day_start(local_date(now, organization.time_zone), organization.time_zone) - MOMENT
        with locks.contracts([one.id for one in contracts.list_for_customer(customer_id)]) as theirs:
            for contract in theirs:
                relieve(contract, actor=actor, now=now)
                for head in invoices.open_of(contract.id):
                    if head.late_from is not None:
                        follow(contract, head.id, head.late_from, head.reminded_on.values(), now=now)
            for head in invoices.pending(customer_id=customer_id):
                with locks.invoice(head.id) as (contract, invoice):
                    if is_asked_for(invoice):
                        plan(contract, invoice, after=since, now=now)
