"""What each customer would pay before and after: kept, so that exactly this can be done (CAT-5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.models import Package, Plan
from abono.domain.catalog.types import PlanPriceInfo
from abono.domain.contracts import batches
from abono.domain.contracts.batches import NewLine, Version
from abono.domain.contracts.errors import NoSuchBatch, NothingToMove, TooManyToMove
from abono.domain.contracts.models import BatchLine, Contract
from abono.domain.contracts.states import Arranged
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.held import Held, agreed, arranged, at_own, priced
from abono.flows.charges.paid_for import paid_for
from abono.flows.charges.rises import Rises, begins
from abono.flows.price_moves.effects import Effect, common
from abono.flows.price_moves.reckon import MOST, reckon_each
from abono.platform.use_case import use_case


@use_case
def preview_versions(
    *, plan_code: str, package_code: str, contract_ids: Collection[UUID] = (), actor: str, now: datetime
) -> UUID:
    """Find the contracts in force whose plan or package has a newer version on sale, and keep what they pay before
    and after. Nothing else is changed. Returns the id of the preview.

    plan_code, package_code   what is moved to its newest version; empty: not the plan, not the package
    contract_ids              of these contracts only; of all when there is none

    Raises PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency, NothingToMove, TooManyToMove.
    """
    plan = package = None
    if plan_code:
        plan = Plan.objects.get(id=catalog.plan_on_sale(code=plan_code, at=now).id)
    if package_code:
        package = Package.objects.get(id=catalog.package_on_sale(code=package_code, at=now).id)
    known, older = _Known({}, {}), Q(pk__in=[])
    if plan is not None:
        older |= Q(term__plan__code=plan.code) & ~Q(term__plan=plan)
    if package is not None:
        older |= Q(term__package__code=package.code) & ~Q(term__package=package)
    lines = reckon_each(
        older,
        lambda found: [_line(contract, plan, package, known, now=now) for contract in found],
        only=contract_ids,
        none=NothingToMove(),
        too_many=TooManyToMove(MOST),
    )
    return batches.create(plan=plan, package=package, lines=lines, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Moved(Effect):
    """What a preview says of one contract.

    dearer, cheaper   how many session prices differ then
    """

    plans: tuple[Version, Version]
    packages: tuple[Version, Version]
    dearer: int
    cheaper: int


def effects(batch_id: UUID) -> list[Moved]:
    """What a preview says, contract by contract, by number. Raises NoSuchBatch."""
    known: dict[tuple[UUID, UUID], tuple[int, int]] = {}
    found = []
    for line in batches.lines(batch_id):
        pair = line.package_before_id, line.package_after_id
        if pair not in known:
            known[pair] = _session_prices(*pair, at=line.begins_at)
        found.append(_moved(line, *known[pair]))
    if not found:
        raise NoSuchBatch()
    return found


def _moved(line: BatchLine, dearer: int, cheaper: int) -> Moved:
    plans = [Version(one.code, one.name, one.version) for one in (line.plan_before, line.plan_after)]
    packages = [Version(one.code, one.code, one.version) for one in (line.package_before, line.package_after)]
    return Moved(
        **common(line),
        plans=(plans[0], plans[1]),
        packages=(packages[0], packages[1]),
        dearer=dearer,
        cheaper=cheaper,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What versions cost, read once: of plans with their interval and currency, of pairs of packages."""

    plans: dict[tuple[UUID, str, str], PlanPriceInfo]
    packages: dict[tuple[UUID, UUID], int]

    def price(self, plan_id: UUID, contract: Contract) -> PlanPriceInfo:
        """At the prices of its own that the contract has (CAT-11)."""
        key = plan_id, contract.term.package.currency, contract.term.interval
        if key not in self.plans:
            self.plans[key] = catalog.plan_price(plan_id=key[0], currency=key[1], interval=key[2])
        return at_own(self.plans[key], _own(contract))

    def dearer(self, before: UUID, after: UUID, *, at: datetime) -> int:
        if (before, after) not in self.packages:
            self.packages[before, after] = _session_prices(before, after, at=at)[0]
        return self.packages[before, after]


def _rises(contract: Contract, plan_after: Plan, package_after: Package, known: _Known) -> Rises:
    assert contract.cycle_end is not None
    before = known.price(contract.plan.id, contract)
    after = known.price(plan_after.id, contract)
    parts = ("price_minor", "extra_interaction_micro", "extra_licence_minor")
    own_fee = Arranged.PACKAGE in _own(contract)
    bigger = not own_fee and package_after.value_minor > contract.package.value_minor
    return Rises(
        plan=any(getattr(after, part) > getattr(before, part) for part in parts),
        package=bigger or known.dearer(contract.package.id, package_after.id, at=contract.cycle_end) > 0,
    )


def _own(contract: Contract) -> dict[Arranged, int]:
    """Prices of its own from the next cycle on, in millionths (CAT-11)."""
    assert contract.cycle_end is not None
    codes = contract.plan.code, contract.package.code
    found = contract.arranged(contract.cycle_end)
    return {Arranged(one.kind): one.price_micro for one in found if one.of in codes}


def _line(
    contract: Contract, plan: Plan | None, package: Package | None, known: _Known, *, now: datetime
) -> NewLine:
    plan_after = plan if plan is not None and plan.code == contract.plan.code else contract.plan
    package_after = (
        package if package is not None and package.code == contract.package.code else contract.package
    )

    first = begins(contract, _rises(contract, plan_after, package_after, known), now=now)
    return NewLine(
        contract_id=contract.id,
        plan_before_id=contract.term.plan_id,
        plan_after_id=plan_after.id,
        package_before_id=contract.term.package_id,
        package_after_id=package_after.id,
        cycle_number=first.number,
        begins_at=first.at,
        **_paid(contract, first.number, plan_after, package_after),
        waits=first.waits or "",
    )


def as_shown(contract: Contract, line: BatchLine, *, now: datetime) -> bool:
    """Whether the contract has the versions that its line says, pays before and after what it says, and may be told now of a rise
    on its day (CAT-13); and whether what it is moved to is on sale still."""
    targets = line.plan_after.on_sale_until, line.package_after.on_sale_until
    moved = line.plan_after_id != line.plan_before_id, line.package_after_id != line.package_before_id
    paid = _paid(contract, line.cycle_number, line.plan_after, line.package_after)
    rises = _rises(contract, line.plan_after, line.package_after, _Known({}, {}))
    return (
        (contract.term.plan_id, contract.term.package_id) == (line.plan_before_id, line.package_before_id)
        and begins(contract, rises, now=now).at <= line.begins_at
        and not any(until is not None and part for until, part in zip(targets, moved, strict=True))
        and all(getattr(line, name) == minor for name, minor in paid.items())
    )


def _paid(contract: Contract, number: int, plan_after: Plan, package_after: Package) -> dict[str, int]:
    """What the last cycle with its own versions costs, and the first one with these, by the names of its line."""
    before = _held(contract, number - 1, contract.plan, contract.package)
    after = _held(contract, number, plan_after, package_after)
    return {
        "before_minor": before.monthly.minor,
        "after_minor": after.monthly.minor,
        "year_before_minor": before.yearly.minor,
        "year_after_minor": after.yearly.minor,
    }


def _held(contract: Contract, number: int, plan: Plan, package: Package) -> Held:
    """What the contract is for in a cycle with these versions, at prices of its own that count then (CAT-11)."""
    pays = paid_for(contract, cycle_of(contract, number))
    term = contract.at(pays.cycle.start)
    sold = priced(plan.id, contract.currency, term.interval)
    what = Held(*sold, catalog.package(package.id), term.extra_licences)
    return agreed(what, arranged(contract, pays))


def _session_prices(before: UUID, after: UUID, *, at: datetime) -> tuple[int, int]:
    """How many are dearer and how many cheaper; one that is not there any more counts as dearer."""
    if before == after:
        return 0, 0
    old = {row.route_id: row.price_micro for row in catalog.session_prices(package_id=before, at=at)}
    new = {row.route_id: row.price_micro for row in catalog.session_prices(package_id=after, at=at)}
    dearer = sum(route not in new or new[route] > price for route, price in old.items())
    return dearer, sum(route in new and new[route] < price for route, price in old.items())
