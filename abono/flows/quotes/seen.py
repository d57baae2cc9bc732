"""A change as pages and programs see it: its quote, and what became of it (CHG-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import changes, terms
from abono.domain.contracts.models import Change
from abono.domain.contracts.states import CAME_TO_NOTHING, HELD_CHANGE, ChangeState, State
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.parts import Quote
from abono.flows.quotes.quote import quoted_again
from abono.kernel.ids import public


@dataclass(frozen=True, slots=True)
class Seen:
    """`valid_until` is of the quote, exclusive; `country` of its customer; `cycle_end` of the contract's current cycle; until `held_until` somebody's
    word is waited for (CHG-6); `answer` is why the seller refused it, `decided_by` who of theirs said yes or no; `came` tells that what held at once came to
    hold; `runs` that its contract can be changed, `stands` that this has what it had when it was quoted."""

    id: UUID
    public_id: str
    contract_id: UUID
    customer_id: UUID
    country: str
    currency: str
    state: ChangeState
    quote: Quote
    asked_by: str
    asked_at: datetime
    valid_until: datetime
    accepted_at: datetime | None
    held_until: datetime | None
    ended_at: datetime | None
    answer: str
    decided_by: str
    cycle_end: datetime | None
    came: bool
    runs: bool
    stands: bool

    @property
    def word(self) -> str:
        """The state as people are told it: of one that was withdrawn, whether only what was to come is (CHG-3)."""
        rest = self.came and self.state is ChangeState.WITHDRAWN
        return "rest_withdrawn" if rest else self.state.value

    def held(self, *, at: datetime) -> bool:
        """Whether somebody's word is waited for (CHG-6)."""
        return self.state in HELD_CHANGE and self.held_until is not None and at < self.held_until

    @property
    def came_to_nothing(self) -> bool:
        """Whether it was accepted, and nothing of it ever held or was charged."""
        return not self.came and self.state in CAME_TO_NOTHING

    @property
    def contract(self) -> str:
        """Its public id."""
        return public("ctr", self.contract_id)


def find(change_id: UUID, *, customer_id: UUID | None = None) -> Seen:
    """One of a customer's, where that is given. Raises NoSuchChange."""
    return seen_of(changes.get(change_id, customer_id=customer_id))


def accepted_of(contract_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[Seen]:
    """Changes that were accepted, newest first."""
    return [seen_of(one) for one in changes.accepted_of(contract_id, before=before, limit=limit)]


def held_of(contract_id: UUID, *, at: datetime) -> Seen | None:
    """The change that waits for somebody's word (CHG-6); None where none does."""
    found = changes.under_way(contract_id)
    held = (seen_of(found[state]) for state in HELD_CHANGE if state in found)
    return next((one for one in held if one.held(at=at)), None)


def still_as_seen(change_id: UUID, *, now: datetime) -> bool:
    """Whether accepting it would do what was seen: the comparison that acceptance makes, without holding anything. Raises
    NoSuchChange, and as `quoted`."""
    change = changes.get(change_id)
    return quoted_again(change.contract, change, held_id=change.id, now=now) == quote_of(change)


def seen_of(change: Change) -> Seen:
    return Seen(
        id=change.id,
        public_id=change.public_id,
        contract_id=change.contract_id,
        customer_id=change.contract.customer_id,
        country=change.contract.customer.country,
        currency=change.contract.currency,
        state=ChangeState(change.state),
        quote=quote_of(change),
        asked_by=change.accepted_by or change.asked_by,
        asked_at=change.asked_at,
        valid_until=change.valid_until,
        accepted_at=change.accepted_at,
        held_until=change.held_until,
        ended_at=change.ended_at,
        answer=change.answer,
        decided_by=change.decided_by,
        cycle_end=change.contract.cycle_end,
        came=change.was is not None,
        runs=State(change.contract.state) is State.ACTIVE,
        stands=terms.holds(change.before) == terms.holds(change.contract.term),
    )
