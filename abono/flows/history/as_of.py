"""What was true of a contract at a moment, and why.

Told from lists that only grow, as they were known at that moment. What cannot be told that way is None, and `untold`
says so: a guess would look like the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import arrangements, known
from abono.domain.contracts.arrangements import ArrangementInfo
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.known import Since
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.contracts.types import MoveInfo
from abono.domain.credit import queries as credit
from abono.domain.invoicing import past as invoices
from abono.domain.invoicing.past import Stood
from abono.domain.journal import queries as journal
from abono.domain.payments import receipts
from abono.flows.history.cycle_as_of import CycleAsOf, Running, cycle_as_of
from abono.kernel.errors import Kind, Refusal, _
from abono.kernel.periods import Period
from abono.platform import events
from abono.platform.given import given
from abono.platform.sole import sole


class NotSignedThen(Refusal):
    code = "contracts.not_signed_then"
    kind = Kind.INVALID
    message = _("The contract was not made yet at this moment. Choose one after it was signed.")
    signed_at: str  # moment, ISO 8601


class NotYet(Refusal):
    code = "contracts.not_yet"
    kind = Kind.INVALID
    message = _("This moment is still to come: choose one that is past.")


@dataclass(frozen=True, slots=True)
class Sold:
    """The version of a plan or package in force, from when, and by what. A package has no name of its own."""

    id: UUID
    code: str
    name: str
    version: int
    since: Since


@dataclass(frozen=True, slots=True)
class Licences:
    """Those of the plan, None where a contract on paper says how many; and those that were bought beside them."""

    included: int | None
    extra: int
    since: Since


@dataclass(frozen=True, slots=True)
class AsOf:
    """A contract at a moment of its customer's clock. Amounts are minor units of its currency.

    move               what brought it to its state; None where it was as it was signed
    invoices           issued by then, newest first, as they stood
    credit_minor       what was left of its credit
    receivable_minor   what was to be paid, by the journal
    """

    contract_id: UUID
    public_id: str
    number: str
    currency: str
    at: datetime
    state: State
    move: MoveInfo | None
    signed_at: datetime
    plan: Sold
    package: Sold
    package_value_minor: int
    licences: Licences
    interval: str
    arranged: tuple[ArrangementInfo, ...]
    cycle: CycleAsOf | None
    invoices: tuple[Stood, ...]
    credit_minor: int
    receivable_minor: int


def as_of(*, contract_id: UUID, at: datetime, real: datetime, customer_id: UUID | None = None) -> AsOf:
    """What was true at `at`, on the customer's clock; what happened at that very moment had happened.

    Raises NoSuchContract, for a `customer_id` that it is not of as well; NotSignedThen, NotYet.
    """
    related = Contract.objects.select_related("customer", "term__plan", "term__package")
    contract = sole(related.filter(id=contract_id, **given(customer_id=customer_id)))
    if contract is None:
        raise NoSuchContract()
    if at > contract.customer_now(real):
        raise NotYet()
    if at < contract.signed_at:
        raise NotSignedThen(contract.signed_at.isoformat())
    term, move, running = known.term(contract, at), known.last_move(contract, at), _running(contract, at)
    return AsOf(
        contract_id=contract.id,
        public_id=contract.public_id,
        number=contract.number,
        currency=contract.currency,
        at=at,
        state=State.PENDING if move is None else move.to_state,
        move=move,
        signed_at=contract.signed_at,
        plan=Sold(
            term.plan.id, term.plan.code, term.plan.name, term.plan.version, known.plan_since(contract, at)
        ),
        package=Sold(
            term.package.id, term.package.code, "", term.package.version, known.package_since(contract, at)
        ),
        package_value_minor=term.package.value_minor,
        licences=Licences(
            term.plan.included_licences, term.extra_licences, known.licences_since(contract, at)
        ),
        interval=term.interval,
        arranged=tuple(arrangements.known_at(contract.id, at)),
        cycle=None if running is None else cycle_as_of(contract, running, at),
        invoices=tuple(
            invoices.stood(
                contract.id,
                at,
                credit_used=credit.used_by(contract.id, at),
                received=receipts.received(contract.id, at),
            )
        ),
        credit_minor=credit.balance_at(contract.id, at),
        receivable_minor=journal.receivable_at(contract.id, at),
    )


def _running(contract: Contract, at: datetime) -> Running | None:
    """The cycle that the contract was in: the last that was begun by then."""
    if contract.activated_at is None or at < contract.activated_at:
        return None
    begun = events.about(contract.id, "contract.cycle_started", until=at)
    if begun:
        return Running(*_named(begun[-1].after))
    later = events.about(contract.id, "contract.cycle_started", until=datetime.max.replace(tzinfo=at.tzinfo))
    if later:
        return Running(*_named(later[0].before))
    assert contract.cycle is not None
    return Running(0, contract.cycle)


def _named(facts: dict[str, object] | None) -> tuple[int, Period]:
    """The cycle that an event of its beginning tells of."""
    assert facts is not None
    start, end = (datetime.fromisoformat(str(facts[side])) for side in ("start", "end"))
    return int(str(facts["cycle"])), Period(start, end)
