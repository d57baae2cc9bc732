"""Do exactly what a preview showed: each contract goes on with the newer versions when the cycle that it names begins (CAT-5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import batches, terms
from abono.domain.contracts.errors import BatchStale
from abono.domain.contracts.models import BatchLine, Contract
from abono.domain.contracts.states import RENEWED, State
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.flows import locks, second_person
from abono.flows.charges.cycles import cycle_of, open_cycle
from abono.flows.tell import tell
from abono.flows.versions.preview import effects, first_cycle
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def apply_versions(*, batch_id: UUID, actor: str, now: datetime, approved: bool = False) -> bool:
    """Let the contracts of a preview wait for their next cycles, and tell each customer the day and the amounts.

    now       real time; what has changed since is judged on each customer's clock
    approved  a second person has agreed (`flows.approvals`)

    A second time it changes nothing and returns False. If anything that the preview showed has moved meanwhile nothing
    is done for anybody. Raises NoSuchBatch, BatchStale, SecondPersonNeeded.
    """
    batch = batches.get(batch_id)
    if batch.applied_at is None:
        second_person.require(SECOND_PERSON_PRICES, monthly_change(batch_id), approved=approved, at=now)
    lines = {line.contract_id: line for line in batches.lines(batch_id)}
    with locks.contracts(list(lines)) as found:
        if batches.get(batch_id).applied_at is not None:
            return False
        taken = set(terms.ahead().filter(contract_id__in=lines).values_list("contract_id", flat=True))
        for contract in found:
            if contract.id in taken or not _as_seen(contract, lines[contract.id], now=now):
                raise BatchStale(contract.number)
        if not batches.accept(batch_id, actor=actor, now=now):
            return False
        for contract in found:
            _promise(contract, lines[contract.id], actor=actor, now=contract.customer_now(now))
        return True


def monthly_change(batch_id: UUID) -> list[Money]:
    """How much customers together pay more and less each month, in each currency; of a plan by the year the twelfth."""
    return _sums(one.change for one in effects(batch_id))


def needs_second(differences: Iterable[Money], *, at: datetime) -> bool:
    """Whether a second person has to agree to a move by which contracts differ by so much a month (ACC-5)."""
    return second_person.needed(SECOND_PERSON_PRICES, _sums(differences), at=at)


def _sums(differences: Iterable[Money]) -> list[Money]:
    """More and less both count, so that one does not hide the other."""
    sums: dict[str, int] = {}
    for one in differences:
        sums[one.currency] = sums.get(one.currency, 0) + abs(one.minor)
    return [Money(minor, currency) for currency, minor in sums.items()]


def _as_seen(contract: Contract, line: BatchLine, *, now: datetime) -> bool:
    """Whether everything is as the preview showed it, and the cycle that it names is still to come, so long after today as
    a rise has to be told (CAT-13)."""
    targets = line.plan_after.on_sale_until, line.package_after.on_sale_until
    moved = line.plan_after_id != line.plan_before_id, line.package_after_id != line.package_before_id
    return (
        State(contract.state) in RENEWED
        and (contract.term.plan_id, contract.term.package_id) == (line.plan_before_id, line.package_before_id)
        and contract.cycle_number is not None
        and contract.cycle_number < line.cycle_number
        and cycle_of(contract, line.cycle_number).start == line.begins_at
        and contract.customer_now(now) < line.begins_at
        and first_cycle(contract, line.plan_after, line.package_after, now=now).at <= line.begins_at
        and not any(until is not None and part for until, part in zip(targets, moved, strict=True))
    )


def _promise(contract: Contract, line: BatchLine, *, actor: str, now: datetime) -> None:
    """Give the cycle to come what the newer versions give, and tell the customer."""
    before = terms.named(contract.term)
    terms.change(
        contract,
        begins_at=line.begins_at,
        plan_id=line.plan_after_id,
        package_id=line.package_after_id,
        actor=actor,
        now=now,
    )
    assert contract.cycle_number is not None
    begins = cycle_of(contract, line.cycle_number)
    if line.cycle_number == contract.cycle_number + 1 and not open_cycle(contract, begins):
        raise BatchStale(contract.number)
    events.record(
        name="contract.versions_promised",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before={**before, "monthly_minor": line.before_minor},
        after={**terms.named(contract.at(line.begins_at)), "monthly_minor": line.after_minor},
        data={
            "number": contract.number,
            "currency": contract.currency,
            "batch": str(line.batch_id),
            "from": line.begins_at.isoformat(),
        },
    )
    tell(
        customer_id=contract.customer_id,
        kind="versions_change",
        key=str(line.batch_id),
        facts={
            "number": contract.number,
            "currency": contract.currency,
            "plan": line.plan_after.name,
            "package": line.package_after.code,
            "from_minor": line.before_minor,
            "to_minor": line.after_minor,
            **_of_year(line),
            "begin_date": local_date(line.begins_at, contract.customer.time_zone).isoformat(),
        },
        now=now,
    )


def _of_year(line: BatchLine) -> dict[str, int]:
    """What a plan that is sold by the year costs (CAT-10)."""
    if not (line.year_before_minor or line.year_after_minor):
        return {}
    return {"year_from_minor": line.year_before_minor, "year_to_minor": line.year_after_minor}
