"""Do exactly what a preview showed: each contract gets prices of its own from the cycle that it names on (CAT-13, CAT-11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from abono.domain.adjustments import actions, queries
from abono.domain.adjustments.errors import AdjustmentStale, AdjustmentWrong, NotWithdrawable
from abono.domain.adjustments.models import AdjustmentLine
from abono.domain.adjustments.states import Part
from abono.domain.adjustments.types import AdjustmentInfo, PartPrice
from abono.domain.contracts import arrangements, terms
from abono.domain.contracts.models import Arrangement, Contract
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.flows import locks, second_person
from abono.flows.adjustments.preview import Effect, part_prices
from abono.flows.adjustments.reckon import KINDS, as_seen
from abono.flows.tell import tell
from abono.kernel.ids import public
from abono.kernel.money import Money, total
from abono.kernel.periods import local_date
from abono.kernel.rating import div_half_up, to_money
from abono.kernel.written import readable
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def apply_adjustment(*, adjustment_id: UUID, actor: str, now: datetime, approved: bool = False) -> bool:
    """Let the new prices of all contracts of a preview wait for their cycles, and tell each customer the day, the amounts
    and the factor.

    now       real time; what has changed since is judged on each customer's clock
    approved  a second person has agreed (`flows.approvals`)

    A second time it changes nothing and returns False. If anything that the preview showed has moved meanwhile nothing
    is done for anybody. Raises NoSuchAdjustment, AdjustmentStale, SecondPersonNeeded.
    """
    one = queries.get(adjustment_id)
    if one.applied_at is None:
        second_person.require(SECOND_PERSON_PRICES, [monthly_rise(one)], approved=approved, at=now)
    lines = {line.contract_id: line for line in queries.lines(adjustment_id)}
    with locks.contracts(list(lines)) as found, locks.index(one.index_id):
        if queries.get(adjustment_id).applied_at is not None:
            return False
        _refuse_stale(one, found, lines, now=now)
        actions.accept(adjustment_id, actor=actor, now=now)
        for contract in found:
            line = lines[contract.id]
            actions.use(one.index_id, line.first_month, line.last_month)
            _promise(contract, line, one, actor=actor, now=contract.customer_now(now))
        return True


def monthly_rise(one: AdjustmentInfo) -> Money:
    """How much customers together pay more each month; of a fee of a year its twelfth."""
    lines = queries.lines(one.id)
    return total(
        [_rise(line.before_minor, line.after_minor, part_prices(line), one.currency) for line in lines],
        one.currency,
    )


def rise_of(found: Iterable[Effect], currency: str) -> Money:
    """The same of what is shown."""
    return total([_rise(one.before.minor, one.after.minor, one.prices, currency) for one in found], currency)


def _rise(before_minor: int, after_minor: int, prices: Iterable[PartPrice], currency: str) -> Money:
    year = sum(price.after_micro - price.before_micro for price in prices if price.a_year)
    return Money(after_minor - before_minor, currency) + to_money(div_half_up(year, 12), currency)


def needs_second(rise: Money, *, at: datetime) -> bool:
    """Whether a second person has to agree to so much a month (ACC-5)."""
    return second_person.needed(SECOND_PERSON_PRICES, [rise], at=at)


@use_case
def withdraw_line(*, adjustment_id: UUID, contract_id: UUID, why: str, actor: str, now: datetime) -> None:
    """Take back the new prices of one contract before they begin, and tell its customer: what it paid before goes on. A
    second time it changes nothing.

    now   real time

    Raises NoSuchAdjustment, AdjustmentWrong, NotWithdrawable.
    """
    if not readable(why) or len(why.strip()) > 500:
        raise AdjustmentWrong("why")
    queries.line(adjustment_id, contract_id)
    with locks.contract(contract_id) as contract:
        line, shown = queries.line(adjustment_id, contract_id), contract.customer_now(now)
        if line.withdrawn_at is not None:
            return
        made = _still_there(contract, line)
        if not made or line.begins_at <= shown:
            raise NotWithdrawable(contract.number)
        why = why.strip()
        for price, instead_of in made:
            arrangements.end(contract, price, until=price.since, why=why, actor=actor, now=shown)
            if instead_of is not None:
                arrangements.reopen(contract, instead_of, until=price.until, why=why, actor=actor, now=shown)
        actions.take_back(line, why=why, actor=actor, now=shown)
        _say(contract, line, queries.get(adjustment_id), why=why, actor=actor, now=shown)


def _refuse_stale(
    one: AdjustmentInfo, found: Iterable[Contract], lines: dict[UUID, AdjustmentLine], *, now: datetime
) -> None:
    """Raises AdjustmentStale."""
    values = actions.percents(one.index_id)
    taken = set(terms.ahead().filter(contract_id__in=lines).values_list("contract_id", flat=True))
    counted = queries.last_months(lines)
    for contract in found:
        seen = as_seen(contract, lines[contract.id], values, counted=counted.get(contract.id), now=now)
        if contract.id in taken or not seen:
            raise AdjustmentStale(contract.number)


def _promise(
    contract: Contract, line: AdjustmentLine, one: AdjustmentInfo, *, actor: str, now: datetime
) -> None:
    rising = [price for price in part_prices(line) if price.rises]
    made = [_arrange(contract, line, price, one, actor=actor, now=now) for price in rising]
    if made:
        actions.note_made(line, made)
        _say(contract, line, one, why="", actor=actor, now=now)


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


def _still_there(contract: Contract, line: AdjustmentLine) -> list[tuple[Arrangement, Arrangement | None]]:
    """The prices that it made, with those that ended for them; none where somebody ended one since."""
    known = {str(one.id): one for one in contract.arrangements_now}
    if any(one["made"] not in known or known[one["made"]].until == line.begins_at for one in line.made):
        return []
    return [(known[one["made"]], known.get(one["instead_of"])) for one in line.made]


def _say(
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
    prices = part_prices(line)
    found: dict[str, object] = {names[one.part]: one.after_micro for one in prices if one.part in names}
    for year in [one for one in prices if one.a_year]:
        found |= {"year_was_price_micro": year.before_micro, "year_price_micro": year.after_micro}
    return found
