"""What is done to a contract that is adjusted: it gets prices of its own from the cycle that its line names on (CAT-13, CAT-11)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from abono.domain.adjustments import actions, queries
from abono.domain.adjustments.errors import AdjustmentStale
from abono.domain.adjustments.models import Adjustment, AdjustmentLine
from abono.domain.adjustments.states import Part
from abono.domain.adjustments.types import AdjustmentInfo, PartPrice
from abono.domain.contracts import arrangements
from abono.domain.contracts.models import Contract
from abono.flows import locks
from abono.flows.adjustments.reckon import KINDS, as_shown
from abono.flows.price_moves.apply import Kind
from abono.flows.tell import tell
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import events


def _watch(
    one: AdjustmentInfo, lines: Collection[AdjustmentLine], now: datetime
) -> Callable[[Contract, AdjustmentLine], bool]:
    """Months of the index stay as they are, and no month counts twice."""
    with locks.index(one.index_id):
        values = actions.percents(one.index_id)
    counted = queries.last_months(line.contract_id for line in lines)
    return lambda contract, line: as_shown(contract, line, values, counted=counted.get(contract.id), now=now)


def _promise(
    contract: Contract, line: AdjustmentLine, one: AdjustmentInfo, actor: str, now: datetime
) -> None:
    actions.use(one.index_id, line.first_month, line.last_month)
    rising = [price for price in line.part_prices if price.rises]
    made = [_arrange(contract, line, price, one, actor=actor, now=now) for price in rising]
    if made:
        actions.note_made(line, made)
        say(contract, line, one, why="", actor=actor, now=now)


def _arrange(
    contract: Contract,
    line: AdjustmentLine,
    price: PartPrice,
    one: AdjustmentInfo,
    *,
    actor: str,
    now: datetime,
) -> dict[str, str]:
    """The new price from its day on, in the place of one that the contract has already, and as long as that."""
    kind, why = KINDS[price.part], reason(one, line)
    before = [
        held for held in contract.arranged(line.begins_at) if (held.kind, held.of) == (kind.value, price.of)
    ]
    ended = None
    for known in before:
        ended = arrangements.end(contract, known, until=line.begins_at, why=why, actor=actor, now=now)
    made = arrangements.arrange(
        contract,
        kind=kind,
        of=price.of,
        quantity=1,
        price_micro=price.after_micro,
        since=line.begins_at,
        until=before[0].until if before else None,
        why=why,
        actor=actor,
        now=now,
    )
    return {"made": str(made.id), "instead_of": "" if ended is None else str(ended.id)}


def reason(one: AdjustmentInfo, line: AdjustmentLine) -> str:
    """Why it costs that, the same in all languages: `IPCA 2026-04…2027-03: × 1.04683210`."""
    return f"{one.index} {line.first_month:%Y-%m}…{line.last_month:%Y-%m}: × {line.factor}"


def say(
    contract: Contract,
    line: AdjustmentLine,
    one: AdjustmentInfo,
    *,
    why: str,
    actor: str,
    now: datetime,
) -> None:
    """Record and tell that prices rise, or, with a reason, that they do not."""
    events.record(
        name="contract.adjustment_withdrawn" if why else "contract.adjusted",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        why=why,
        before={"monthly_minor": line.before_minor},
        after={"monthly_minor": line.before_minor if why else line.after_minor},
        data={
            "number": contract.number,
            "currency": contract.currency,
            "adjustment": public("adj", line.adjustment_id),
            "index": one.index,
            "first_month": f"{line.first_month:%Y-%m}",
            "last_month": f"{line.last_month:%Y-%m}",
            "factor": str(line.factor),
            "prices": line.prices,
            "from": line.begins_at.isoformat(),
        },
    )
    tell(
        customer_id=contract.customer_id,
        kind="adjustment_withdrawn" if why else "adjusted",
        key=str(line.adjustment_id),
        facts={
            "number": contract.number,
            "currency": contract.currency,
            "index": one.index_name,
            "first_month": line.first_month.isoformat(),
            "last_month": line.last_month.isoformat(),
            "factor": str(line.factor),
            "from_minor": line.before_minor,
            "to_minor": line.before_minor if why else line.after_minor,
            "begin_date": local_date(line.begins_at, contract.customer.time_zone).isoformat(),
            **({"why": why} if why else _of_each(line)),
        },
        now=now,
    )


def _of_each(line: AdjustmentLine) -> dict[str, object]:
    """What each extra costs then, and a plan by the year."""
    names = {Part.EXTRA_INTERACTION: "interaction_price_micro", Part.EXTRA_LICENCE: "licence_price_micro"}
    prices = line.part_prices
    found: dict[str, object] = {names[one.part]: one.after_micro for one in prices if one.part in names}
    for year in [one for one in prices if one.a_year]:
        found |= {"year_was_price_micro": year.before_micro, "year_price_micro": year.after_micro}
    return found


ADJUSTMENTS = Kind(
    act="adjustment",
    noun="adjustment",
    kept=Adjustment,
    get=queries.get,
    lines=queries.lines,
    watch=_watch,
    promise=_promise,
    stale=AdjustmentStale,
)
"""Adjustments by an index."""
