"""One cycle of a contract as the usage page tells it: channels, days, costs, with the names of the invoice (FIN-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import ChannelInfo, PackageInfo, RouteKey
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.types import NewLine
from abono.domain.metering import queries as metering
from abono.domain.metering.rules import Level
from abono.domain.metering.types import Balance
from abono.domain.usage import queries as usage
from abono.domain.usage.rules import Pace, pace, total_at_end, within
from abono.domain.usage.types import DayUse, RouteUse
from abono.entrypoints.portal.standing import Standing, in_cycle
from abono.flows.billing.project import Projection, project_invoice
from abono.flows.charges.costs import costs_of_cycle
from abono.kernel.money import Money, total
from abono.kernel.periods import boundary_day, last_date
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class Use:
    """One kind of send to one country, or a whole channel, with names; amounts in millionths."""

    name: str  # of the channel; empty where it stands above already
    kind: str
    country: str  # empty for a channel that is priced the same everywhere
    sent: int
    units: int  # of these: segments, minutes
    sent_micro: int
    held: int
    held_micro: int
    beyond_micro: int  # what of `sent_micro` the package does not pay
    share: str  # of all that was used; empty for a part, whose channel has it
    part: bool = False  # of the channel above it


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a contract. `number` is 0 for the first one; moments of days in `zone`."""

    contract: ContractInfo
    balance: Balance
    number: int
    current: bool
    channels: tuple[ChannelInfo, ...]
    zone: str
    language: str
    opened: Sequence[Balance]  # all cycles, and the one that follows

    @property
    def first_day(self) -> date:
        return boundary_day(self.balance.cycle.start, self.zone)

    @property
    def last_day(self) -> date:
        """The last local day that belongs to the cycle: its end is exclusive (TIM-3)."""
        return last_day(self.balance, self.zone)


@dataclass(frozen=True, slots=True)
class CycleUse(Cycle):
    """What it used, and what that costs."""

    standing: Standing
    package: PackageInfo  # of the cycle: the contract may have another one since
    routes: tuple[RouteUse, ...]
    days: tuple[DayUse, ...]
    lines: tuple[NewLine, ...]  # what it costs so far
    projection: Projection | None  # of the current cycle, while another one follows
    beyond: Mapping[RouteKey, int]  # what of each route the package does not pay, as invoices tell it (FIN-4)

    @property
    def sent_micro(self) -> int:
        return sum(use.sent_micro for use in self.routes)

    @property
    def held_micro(self) -> int:
        return sum(use.held_micro for use in self.routes)

    @property
    def sent(self) -> int:
        return sum(use.sent for use in self.routes)

    @property
    def costs(self) -> list[tuple[str, Money]]:
        """Fees of the cycle and what went beyond its allowances, each named as on the invoice."""
        return [(line_label(line.kind, line.name, self.language), line.amount) for line in self.lines]

    @property
    def cost(self) -> Money:
        return total([line.amount for line in self.lines], self.contract.currency)

    @property
    def by_channel(self) -> list[Use]:
        """In the order of the catalog; a channel that was used in several ways stands above its parts."""
        found: list[Use] = []
        used = [(one, [use for use in self.routes if use.channel == one.code]) for one in self.channels]
        whole = formats.shares(
            [sum(use.sent_micro for use in uses) for _one, uses in used], self.sent_micro, self.language
        )
        for (channel, uses), share in zip(used, whole, strict=True):
            kinds = {kind.code: kind.label for kind in channel.kinds}
            parts = [
                self._use(
                    "" if len(uses) > 1 else channel.label,
                    [use],
                    share="" if len(uses) > 1 else share,
                    kind=kinds.get(use.kind, use.kind),
                    country=formats.country_name(use.country, self.language) if channel.by_country else "",
                    part=len(uses) > 1,
                )
                for use in uses
            ]
            found += [self._use(channel.label, uses, share=share), *parts] if len(uses) > 1 else parts
        return found

    def _use(
        self,
        name: str,
        uses: Sequence[RouteUse],
        *,
        share: str,
        kind: str = "",
        country: str = "",
        part: bool = False,
    ) -> Use:
        sent_micro = sum(use.sent_micro for use in uses)
        return Use(
            name=name,
            kind=kind,
            country=country,
            sent=sum(use.sent for use in uses),
            units=sum(use.units for use in uses),
            sent_micro=sent_micro,
            held=sum(use.held for use in uses),
            held_micro=sum(use.held_micro for use in uses),
            beyond_micro=sum(self.beyond.get((use.channel, use.kind, use.country), 0) for use in uses),
            share=share,
            part=part,
        )

    def pace(self, now: datetime) -> Pace | None:
        """How the package goes, if it goes on as until now; None when nothing says so, as while sending is closed."""
        balance = self.balance
        if self.contract.state in (State.RESTRICTED, State.ENDED) and now < balance.cycle.end:
            return None
        passed = [
            threshold.crossed_at
            for threshold in metering.thresholds(balance.contract_id)
            if threshold.cycle_start == balance.cycle.start and threshold.level is Level.PACKAGE_100
        ]
        return pace(
            total_micro=balance.total_micro,
            value_micro=balance.value_micro,
            cycle=balance.cycle,
            now=now,
            passed_at=max(passed, default=None),
        )

    def at_this_pace(self, now: datetime) -> int | None:
        """Package use at the end of the cycle, in millionths, if it goes on as until now; None when too early."""
        return total_at_end(total_micro=self.balance.total_micro, cycle=self.balance.cycle, now=now)


def begun(opened: Sequence[Balance], now: datetime) -> list[Balance]:
    """Cycles that have begun, newest first; the next one is there before it begins."""
    return [balance for balance in opened if balance.cycle.start <= now]


def cycle_use(cycle: Cycle, *, now: datetime) -> CycleUse:
    """The cycle with everything that was used in it."""
    contract, balance = cycle.contract, cycle.balance
    routes, days, ordered = usage.use_of_cycle(
        contract_id=contract.id, cycle=balance.cycle, zone=cycle.zone, in_order=balance.overage_micro > 0
    )
    where = in_cycle(contract, balance, at=now, language=cycle.language)
    projection = None
    if cycle.current:
        billed = where.billed_of_current
        projection = project_invoice(contract_id=contract.id, opened=cycle.opened, billed=billed)
    costs = costs_of_cycle(contract_id=contract.id, cycle=balance) if projection is None else projection.costs
    return CycleUse(
        contract=contract,
        balance=balance,
        number=cycle.number,
        current=cycle.current,
        channels=cycle.channels,
        zone=cycle.zone,
        language=cycle.language,
        opened=cycle.opened,
        standing=where,
        package=catalog.package(balance.package_id),
        routes=tuple(routes),
        days=tuple(days),
        lines=tuple(costs),
        projection=projection,
        beyond=within(ordered, since_micro=balance.value_micro, until_micro=balance.used_micro),
    )


def last_day(balance: Balance, zone: str) -> date:
    return last_date(balance.cycle.end, zone)
