"""Go on to a contract's next cycle; one contract, or many in one statement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from abono.domain.contracts.due import note_renewal, note_renewals
from abono.domain.contracts.models import Contract
from abono.kernel.periods import Period
from abono.platform import events
from abono.platform.postgres.adding import beside
from abono.platform.postgres.arrays import Texts, columns


def begin_cycle(contract: Contract, *, number: int, cycle: Period, actor: str, now: datetime) -> None:
    """Go on to the next cycle."""
    enter_cycle(contract, number=number, cycle=cycle, actor=actor, now=now)
    contract.save(update_fields=_CYCLE)


_CYCLE = ("cycle_number", "cycle_start", "cycle_end")


def enter_cycle(contract: Contract, *, number: int, cycle: Period, actor: str, now: datetime) -> None:
    """The same for who saves it."""
    before = _cycle(contract)
    _enter(contract, number, cycle)
    events.record(
        name="contract.cycle_started",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=_cycle(contract),
    )
    note_renewal(contract, now=now)


def enter_cycles(begun: Collection[tuple[Contract, int, Period]], *, actor: str, now: datetime) -> None:
    """The same of many that run and are not cancelled, each into its cycle of a number. `save_cycles` writes them."""
    texts = dict[tuple[int | None, datetime | None, datetime | None], str]()

    def told(contract: Contract) -> str:
        at = contract.cycle_number, contract.cycle_start, contract.cycle_end
        return texts.get(at) or texts.setdefault(at, events.text(_cycle(contract)))

    those = []
    for contract, number, cycle in begun:
        before = told(contract)
        _enter(contract, number, cycle)
        those.append(events.One(contract.id, contract.customer_id, before, told(contract)))
    events.record_each(name="contract.cycle_started", subject="contract", those=those, actor=actor, now=now)
    note_renewals([contract for contract, _number, _cycle in begun], now=now)


def _enter(contract: Contract, number: int, cycle: Period) -> None:
    contract.cycle_number = number
    contract.cycle_start, contract.cycle_end = cycle.start, cycle.end


def save_cycles(contracts: Collection[Contract]) -> None:
    """Of many that entered theirs, in one statement."""
    texts = Texts(str)
    rows = (
        (str(one.id), str(one.cycle_number), texts[one.cycle_start], texts[one.cycle_end])
        for one in contracts
    )
    with beside() as cursor:
        cursor.execute(_SAVE_CYCLES, columns(rows))


_SAVE_CYCLES = """
UPDATE contracts_contract c SET cycle_number = n.number, cycle_start = n.since, cycle_end = n.until
  FROM unnest(%s::uuid[], %s::integer[], %s::timestamptz[], %s::timestamptz[]) AS n(id, number, since, until)
 WHERE c.id = n.id
"""


def _cycle(contract: Contract) -> dict[str, object]:
    """The cycle that a contract is in, as events tell of it."""
    start, end = contract.cycle_start, contract.cycle_end
    return {
        "cycle": contract.cycle_number,
        "start": None if start is None else start.isoformat(),
        "end": None if end is None else end.isoformat(),
    }
