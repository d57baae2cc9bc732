"""Cancel a contract for the end of its cycle, and take that back until then (END-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import cancellations, changes
from abono.domain.contracts.errors import ContractNotRunning, NotEnding
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import RUNNING, ChangeState, State
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.metering import actions as metering
from abono.domain.metering import queries as cycles
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.flows import locks
from abono.flows.billing.project import Projection, project_invoice
from abono.flows.billing.renew import catch_up
from abono.flows.charges.cycles import open_next
from abono.flows.charges.paid_for import paid_for
from abono.flows.quotes.step_down import begins, take_back_step_down
from abono.flows.tell import tell
from abono.kernel.money import Money
from abono.kernel.periods import last_date
from abono.kernel.rating import to_money
from abono.platform.idempotency import Ask


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling a contract would do, or did.

    ends_at        until when all works, exclusive: the end of its cycle, of a paid year the end of that (CAT-10)
    cancelled      whether it is cancelled
    last_invoice   as things stand; None while other months come before it
    left           of the package now: what is left of it at the end is lost (PKG-3)
    puts_aside     whether a change that waits would never come
    """

    contract_id: UUID
    ends_at: datetime
    cancelled: bool
    last_invoice: Projection | None
    left: Money
    puts_aside: bool


def preview_cancellation(
    *, contract_id: UUID, customer_id: UUID | None = None, now: datetime
) -> Cancellation:
    """Nothing is written. Raises NoSuchContract, ContractNotRunning."""
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        return _seen(contract, now=now)


def cancel(
    *, contract_id: UUID, customer_id: UUID | None = None, why: str = "", actor: str, now: datetime
) -> Cancellation:
    """It ends with its cycle, or with its paid year. Changes that would not begin before that never do. Doing it again changes
    nothing.

    why   who cancels need not say it

    Raises NoSuchContract, ContractNotRunning; PaymentUnderWay while it is not clear whether a change is paid.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        catch_up(contract, now=now)
        seen = _seen(contract, now=now)
        if seen.cancelled:
            return seen
        put_aside(contract, seen.ends_at, actor=actor, now=now)
        cancellations.cancel(contract, ends_at=seen.ends_at, why=why, actor=actor, now=now)
        if contract.is_last_cycle:
            metering.drop_later(contract_id=contract.id, at=seen.ends_at)
        to_come = {} if contract.is_last_cycle else {"months_to_come": True}
        _tell(contract, "contract_cancelled", seen.ends_at, why, now=now, **to_come)
        return _seen(contract, now=now)


def take_back(
    *,
    contract_id: UUID,
    customer_id: UUID | None = None,
    why: str = "",
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> Cancellation:
    """It goes on as before; changes that were put aside stay so. Possible until the moment of its end.

    ask   the call with its key, where the door has one: if it took it back before, nothing is left to do (API-2)

    Raises NoSuchContract, NotEnding.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        if ask is not None and "kept" in ask.led_to:
            return _seen(contract, now=now)
        catch_up(contract, now=now)
        running = State(contract.state) in RUNNING and not contract.has_run_out(now)
        if contract.ends_at is None or not running:
            raise NotEnding(contract.number)
        was = contract.ends_at
        cancellations.take_back(contract, why=why, actor=actor, now=now)
        open_next(contract)
        _tell(contract, "contract_kept", was, why, now=now)
        if ask is not None:
            ask.note(kept=str(contract.id))
        return _seen(contract, now=now)


def _seen(contract: Contract, *, now: datetime) -> Cancellation:
    if State(contract.state) not in RUNNING or contract.cycle is None or contract.has_run_out(now):
        raise ContractNotRunning(contract.number)
    ends_at = contract.ends_at or paid_for(contract, contract.cycle).plan.period.end
    last = ends_at <= contract.cycle.end or contract.is_last_cycle
    balance = cycles.find_balance(contract_id=contract.id, at=now)
    return Cancellation(
        contract.id,
        ends_at,
        contract.ends_at is not None,
        project_invoice(contract_id=contract.id, ends=True) if last else None,
        to_money(0 if balance is None else balance.unused_micro, contract.currency),
        bool(_too_late(contract, ends_at)),
    )


def put_aside(contract: Contract, ends_at: datetime, *, actor: str, now: datetime) -> None:
    """Changes that would not begin before its end never do. The caller holds the contract. Raises PaymentUnderWay."""
    for state, change in _too_late(contract, ends_at):
        _give_up(contract, state, change, actor=actor, now=now)


def _too_late(contract: Contract, ends_at: datetime) -> list[tuple[ChangeState, Change]]:
    """Its changes that wait, but for steps down of which something begins before its end."""
    found = changes.under_way(contract.id).items()
    return [
        (state, change)
        for state, change in found
        if state is not ChangeState.SCHEDULED or min(begins(change)) >= ends_at
    ]


def _give_up(contract: Contract, state: ChangeState, change: Change, *, actor: str, now: datetime) -> None:
    if state is ChangeState.SCHEDULED:
        take_back_step_down(contract, change, actor=actor, now=now)
    elif state is ChangeState.WAITING:
        invoice = invoices.of_change(change.id)
        if invoice is not None and payments.undecided([invoice.id]):
            raise PaymentUnderWay()
        changes.move(change, ChangeState.GIVEN_UP, actor=actor, now=now)
        invoicing.discard(contract_id=contract.id, prefix=keys.change(change.id), now=now)
    else:
        changes.move(change, ChangeState.WITHDRAWN, actor=actor, now=now)


def _tell(
    contract: Contract, kind: str, ends_at: datetime, why: str, *, now: datetime, **facts: object
) -> None:
    tell(
        customer_id=contract.customer_id,
        kind=kind,
        key=f"{contract.id}:{now.isoformat()}",
        facts={
            "number": contract.number,
            "last_date": last_date(ends_at, contract.customer.time_zone),
            **({"why": why} if why else {}),
            **facts,
        },
        now=now,
    )
