"""What is done to a contract that is moved: it goes on with the newer versions when the cycle that its line names begins (CAT-5)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import batches, terms
from abono.domain.contracts.batches import BatchInfo
from abono.domain.contracts.errors import BatchStale
from abono.domain.contracts.models import Batch, BatchLine, Contract
from abono.flows.charges.cycles import cycle_of, open_cycle
from abono.flows.price_moves.apply import Kind
from abono.flows.tell import tell
from abono.flows.versions.preview import as_shown
from abono.kernel.periods import local_date
from abono.platform import events


def _promise(contract: Contract, line: BatchLine, _batch: BatchInfo, actor: str, now: datetime) -> None:
    """Give the cycle to come what the newer versions give, and tell the customer."""
    before, (before_year, after_year) = terms.named(contract.term), line.years_minor
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
            **(
                {"year_from_minor": before_year, "year_to_minor": after_year} if any(line.years_minor) else {}
            ),
            "begin_date": local_date(line.begins_at, contract.customer.time_zone).isoformat(),
        },
        now=now,
    )


VERSIONS = Kind(
    act="version_move",
    noun="batch",
    kept=Batch,
    get=batches.get,
    lines=batches.lines,
    watch=lambda _batch, _lines, now: lambda contract, line: as_shown(contract, line, now=now),
    promise=_promise,
    stale=BatchStale,
)
"""Moves to newer versions."""
