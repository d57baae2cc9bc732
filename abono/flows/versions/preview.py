"""What each customer would pay before and after: kept, so that exactly this can be done (CAT-5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.models import Package, Plan
from abono.domain.catalog.types import PlanPriceInfo
from abono.domain.contracts import arrangements, batches
from abono.domain.contracts.batches import NewLine, Version
from abono.domain.contracts.errors import NoSuchBatch, NothingToMove, TooManyToMove
from abono.domain.contracts.models import BatchLine, Contract
from abono.domain.contracts.states import Arranged
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.held import Held, agreed, arranged, at_own, priced
from abono.flows.charges.paid_for import paid_for
from abono.flows.charges.rises import Begins, Rises, Waits, begins
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.kernel.rating import div_half_up
from abono.platform.use_case import use_case

MOST = 1_000  # contracts of one batch: all of them are held at once when it is applied


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
    found = batches.candidates(plan=plan, package=package, only=contract_ids, limit=MOST + 1)
    arrangements.read(found)
    if not found:
        raise NothingToMove()
    if len(found) > MOST:
        raise TooManyToMove(MOST)
    known = _Known({}, {})
    lines = [_line(contract, plan, package, known, now=now) for contract in found]
    return batches.create(plan=plan, package=package, lines=lines, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a preview says of one contract.

    day               the first local day with the newer versions
    before, after     plan, package and extra licences of a month; without a plan by the year
    years             what that plan costs a year, before and after (CAT-10)
    dearer, cheaper   how many session prices differ then
    waits             why that day is not the beginning of the next cycle (CAT-13)
    """

    contract_id: UUID
    customer: str
    number: str
    day: date
    plans: tuple[Version, Version]
    packages: tuple[Version, Version]
    before: Money
    after: Money
    years: tuple[Money, Money]
    dearer: int
    cheaper: int
    waits: Waits | None

    @property
    def difference(self) -> Money:
        return self.after - self.before

    @property
    def by_year(self) -> bool:
        return any(self.years)

    @property
    def change(self) -> Money:
        """How much more or less a month it is; of a plan by the year the twelfth."""
        before, after = self.years
        return self.difference + Money(div_half_up((after - before).minor, 12), before.currency)


def effects(batch_id: UUID) -> list[Effect]:
    """What a preview says, contract by contract, by number. Raises NoSuchBatch."""
    known: dict[tuple[UUID, UUID], tuple[int, int]] = {}
    found = []
    for line in batches.lines(batch_id):
        pair = line.package_before_id, line.package_after_id
        if pair not in known:
            known[pair] = _session_prices(*pair, at=line.begins_at)
        found.append(_effect(line, *known[pair]))
    if not found:
        raise NoSuchBatch()
    return found


def _effect(line: BatchLine, dearer: int, cheaper: int) -> Effect:
    contract, customer = line.contract, line.contract.customer
    plans = [Version(one.code, one.name, one.version) for one in (line.plan_before, line.plan_after)]
    packages = [Version(one.code, one.code, one.version) for one in (line.package_before, line.package_after)]
    return Effect(
        contract_id=contract.id,
        customer=customer.legal_name,
        number=contract.number,
        day=local_date(line.begins_at, customer.time_zone),
        plans=(plans[0], plans[1]),
        packages=(packages[0], packages[1]),
        before=Money(line.before_minor, contract.currency),
        after=Money(line.after_minor, contract.currency),
        years=(
            Money(line.year_before_minor, contract.currency),
            Money(line.year_after_minor, contract.currency),
        ),
        dearer=dearer,
        cheaper=cheaper,
        waits=Waits(line.waits) if line.waits else None,
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


def first_cycle(contract: Contract, plan_after: Plan, package_after: Package, *, now: datetime) -> Begins:
    """The first cycle in which a contract may have these versions (CAT-13)."""
    return begins(contract, _rises(contract, plan_after, package_after, _Known({}, {})), now=now)


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
    before = _held(contract, first.number - 1, contract.plan, contract.package)
    after = _held(contract, first.number, plan_after, package_after)
    return NewLine(
        contract_id=contract.id,
        plan_before_id=contract.term.plan_id,
        plan_after_id=plan_after.id,
        package_before_id=contract.term.package_id,
        package_after_id=package_after.id,
        cycle_number=first.number,
        begins_at=first.at,
        before_minor=before.monthly.minor,
        after_minor=after.monthly.minor,
        year_before_minor=before.yearly.minor,
        year_after_minor=after.yearly.minor,
        waits=first.waits or "",
    )


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
