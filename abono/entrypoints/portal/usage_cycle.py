"""One cycle of a contract as the usage page tells it: channels, days, costs, with the names of the invoice (FIN-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import ChannelInfo, PackageInfo
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.states import LineKind
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance, DayUse, RouteUse
from abono.entrypoints.portal.session_prices import country_name
from abono.entrypoints.portal.standing import Standing, in_cycle
from abono.kernel.money import Money, total
from abono.kernel.periods import local_date
from abono.kernel.rating import line_total, to_money

PACE_AFTER = timedelta(days=2)  # earlier, a pace says nothing


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """One kind of send to one country, with names; amounts in millionths."""

    channel: str
    kind: str
    country: str  # empty for a channel that is priced the same everywhere
    use: RouteUse


@dataclass(frozen=True, slots=True)
class CycleUse:
    """What one cycle used. `number` is 0 for the contract's first cycle; moments of days in `zone`."""

    standing: Standing
    balance: Balance
    package: PackageInfo  # of the cycle: the contract may have another one since
    number: int
    current: bool
    routes: tuple[RouteUse, ...]
    days: tuple[DayUse, ...]
    channels: tuple[ChannelInfo, ...]
    zone: str

    @property
    def contract(self) -> ContractInfo:
        return self.standing.contract

    @property
    def first_day(self) -> date:
        return local_date(self.balance.cycle.start, self.zone)

    @property
    def last_day(self) -> date:
        """The last local day that belongs to the cycle: its end is exclusive (TIM-3)."""
        return last_day(self.balance, self.zone)

    @property
    def sent_micro(self) -> int:
        return sum(use.sent_micro for use in self.routes)

    @property
    def sent(self) -> int:
        return sum(use.sent for use in self.routes)

    @property
    def costs(self) -> list[tuple[str, Money]]:
        """Fees of the cycle and what went beyond its allowances, each named as on the invoice."""
        contract, price, language = self.contract, self.standing.price, self.standing.language
        none = Money(0, contract.currency)
        plan = none if price is None else price.price
        extra_price = 0 if price is None else price.extra_interaction_micro
        beyond = to_money(self.balance.overage_micro, contract.currency)
        extra = line_total(self.balance.extra_interactions, extra_price, contract.currency)
        return [
            (line_label(LineKind.PLAN, contract.plan_name, language), plan),
            (line_label(LineKind.PACKAGE, self.package.code, language), self.package.value),
            (line_label(LineKind.OVERAGE, self.package.code, language), beyond),
            (line_label(LineKind.EXTRA_INTERACTIONS, contract.plan_name, language), extra),
        ]

    @property
    def cost(self) -> Money:
        return total([amount for _name, amount in self.costs], self.contract.currency)

    @property
    def by_channel(self) -> list[ChannelUse]:
        """In the order of the catalog."""
        found = []
        for channel in self.channels:
            kinds = {kind.code: kind.label for kind in channel.kinds}
            for use in self.routes:
                if use.channel == channel.code:
                    country = country_name(use.country, self.standing.language) if channel.by_country else ""
                    found.append(ChannelUse(channel.label, kinds.get(use.kind, use.kind), country, use))
        return found

    def at_this_pace(self, now: datetime) -> int | None:
        """Package use at the end of the cycle, in millionths, if it goes on as until now; None when too early."""
        elapsed = now - self.balance.cycle.start
        if not self.current or elapsed < PACE_AFTER or not self.balance.total_micro:
            return None
        whole = self.balance.cycle.end - self.balance.cycle.start
        second = timedelta(seconds=1)
        return self.balance.total_micro * (whole // second) // (elapsed // second)


def begun(contract: ContractInfo, now: datetime) -> list[Balance]:
    """Cycles that have begun, newest first; the next one is there before it begins."""
    return [balance for balance in metering.cycles(contract.id) if balance.cycle.start <= now]


def cycle_use(
    contract: ContractInfo, balance: Balance, among: Sequence[Balance], *, zone: str, language: str
) -> CycleUse:
    """One of the cycles that have begun (`among`, newest first), with everything that was used in it."""
    return CycleUse(
        standing=in_cycle(contract, balance, language=language),
        balance=balance,
        package=catalog.package(balance.package_id),
        number=len(among) - 1 - among.index(balance),
        current=balance is among[0],
        routes=tuple(metering.use_by_route(contract_id=contract.id, cycle_start=balance.cycle.start)),
        days=tuple(metering.use_by_day(contract_id=contract.id, cycle=balance.cycle, zone=zone)),
        channels=catalog.channels(language=language),
        zone=zone,
    )


def last_day(balance: Balance, zone: str) -> date:
    return local_date(balance.cycle.end - timedelta(microseconds=1), zone)
