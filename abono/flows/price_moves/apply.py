"""Do exactly what a preview showed, once, for all of its contracts or for none (CAT-5, CAT-13)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import price_moves, terms
from abono.domain.contracts.models import Contract
from abono.domain.contracts.price_moves import PriceMove, PriceMoveInfo, PriceMoveLine
from abono.domain.contracts.states import RENEWED, State
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.flows import locks, second_person
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.held import read
from abono.flows.price_moves.effects import moved_by
from abono.kernel.errors import Refusal
from abono.platform.use_case import use_case


@dataclass(frozen=True, slots=True)
class Kind[Info: PriceMoveInfo, Line: PriceMoveLine]:
    """What is of one kind of move only.

    act       what a second person is asked for by, and `noun` what its preview is called there
    kept      where its previews are kept
    get       a preview by its id. Raises that there is none
    lines     its contracts as it showed them, by number
    watch     of a preview and its lines, at real time: holds what else has to stay as it is until all is done. Returns whether a
              contract, which is held and goes on up to its day, would be shown as its line says, on that day at the latest
    promise   gives a contract its prices from its day on, and tells its customer: as whom, on the customer's clock
    stale     what refuses all of it for the contract of a number
    """

    act: str
    noun: str
    kept: type[PriceMove]
    get: Callable[[UUID], Info]
    lines: Callable[[UUID], list[Line]]
    watch: Callable[[Info, Collection[Line], datetime], Callable[[Contract, Line], bool]]
    promise: Callable[[Contract, Line, Info, str, datetime], None]
    stale: Callable[[str], Refusal]


@use_case
def apply_move[Info: PriceMoveInfo, Line: PriceMoveLine](
    kind: Kind[Info, Line], move_id: UUID, *, actor: str, now: datetime, approved: bool = False
) -> bool:
    """Let the other prices of all contracts of a preview wait for their days, and tell each customer the day and the amounts.

    now       real time; what has changed since is judged on each customer's clock
    approved  a second person has agreed (`flows.approvals`)

    A second time it changes nothing and returns False. If anything that the preview showed has moved meanwhile nothing
    is done for anybody. Raises that there is no such preview, that it is stale, SecondPersonNeeded.
    """
    one = kind.get(move_id)
    lines = {line.contract_id: line for line in kind.lines(move_id)}
    if one.applied_at is None:
        second_person.require(SECOND_PERSON_PRICES, moved_by(lines.values()), approved=approved, at=now)
    with locks.contracts(list(lines)) as found:
        if kind.get(move_id).applied_at is not None:
            return False
        read(found)
        waits = set(terms.ahead().filter(contract_id__in=lines).values_list("contract_id", flat=True))
        as_shown = kind.watch(one, lines.values(), now)
        for contract in found:
            line = lines[contract.id]
            ahead = contract.id not in waits and _ahead(contract, line, now=now)
            if not ahead or not as_shown(contract, line):
                raise kind.stale(contract.number)
        price_moves.accept(kind.kept, move_id, actor=actor, now=now)
        for contract in found:
            kind.promise(contract, lines[contract.id], one, actor, contract.customer_now(now))
        return True


def _ahead(contract: Contract, line: PriceMoveLine, *, now: datetime) -> bool:
    """Whether a contract goes on, and the cycle that its line names is still to come, when it said."""
    return (
        State(contract.state) in RENEWED
        and contract.cycle_number is not None
        and contract.cycle_number < line.cycle_number
        and cycle_of(contract, line.cycle_number).start == line.begins_at
        and contract.customer_now(now) < line.begins_at
    )
