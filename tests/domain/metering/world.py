"""Padaria Sol's package, Ferretería Luna's beside it, and short words for what happens to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.catalog.actions import know_free_periods
from abono.domain.catalog.models import Channel, Package, Route, SessionPrice
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.metering import actions as metering
from abono.domain.metering import queries
from abono.domain.metering.opening import open_cycle
from abono.domain.metering.types import (
    Balance,
    HoldAnswer,
    HoldRequest,
    NewCycle,
    Outcome,
    SettleAnswer,
    SettleRequest,
    keyed,
)
from abono.kernel import rating
from abono.kernel.ids import event_key, uuid7
from abono.kernel.periods import Period
from tests.books import check_metering
from tests.database import empty_catalog

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUNE_1 = datetime(2026, 6, 1, 3, tzinfo=UTC)  # midnight in São Paulo
JULY_1 = datetime(2026, 7, 1, 3, tzinfo=UTC)
AUGUST_1 = datetime(2026, 8, 1, 3, tzinfo=UTC)
JUNE, JULY = Period(JUNE_1, JULY_1), Period(JULY_1, AUGUST_1)
NOON = JUNE_1 + 9 * DAY + 12 * HOUR

CENT = 10_000  # millionths
REAL = 1_000_000


class World:
    """A catalog of two packages, and contracts with an open cycle of June and the next one ready."""

    def __init__(self) -> None:
        empty_catalog()
        for position, (code, by_country, uses) in enumerate(
            [
                ("whatsapp", True, ["mass_send", "sales", "chatbot"]),
                ("sms", True, ["mass_send"]),
                ("webchat", False, ["sales", "chatbot"]),
            ]
        ):
            Channel.objects.create(code=code, by_country=by_country, position=position, uses=uses)
        self.whatsapp = route_of("whatsapp", "company", "BR")
        self.answer = route_of("whatsapp", "contact", "BR")
        self.sms = route_of("sms", "message", "BR")
        self.webchat = route_of("webchat", "session", "*")
        self.unpriced = route_of("sms", "message", "PE")
        self.brl_100 = self.package(
            "brl-100", 100, {self.whatsapp: 55, self.answer: 30, self.sms: 10, self.webchat: 0}
        )
        self.brl_250 = self.package(
            "brl-250", 250, {self.whatsapp: 53, self.answer: 30, self.sms: 8, self.webchat: 0}
        )

    def package(self, code: str, value: int, cents: dict[int, int]) -> UUID:
        """A package of `value` reais, with prices in cents by route, in force since 2020."""
        package = Package.objects.create(
            code=code, version=1, currency="BRL", value_minor=value * 100, on_sale_from=JUNE_1
        )
        for route, price in cents.items():
            self.price(package.id, route, price * CENT, since=datetime(2020, 1, 1, tzinfo=UTC))
        return package.id

    def price(
        self, package_id: UUID, route: int, price_micro: int, *, since: datetime, **rules: object
    ) -> None:
        """`rules` are columns of the row (CAT-9)."""
        SessionPrice.objects.create(
            package_id=package_id, route_id=route, valid_from=since, price_micro=price_micro, **rules
        )
        if "free_period" in rules:
            know_free_periods(every=str(rules["free_period"]), zone=str(rules["free_zone"]))

    def route(self, channel: str, kind: str, country: str) -> int:
        return Route.objects.get(channel_id=channel, kind=kind, country=country).id

    def contract(self, *, value: int = 100, limit_percent: int | None = 100, included: int = 100) -> Contract:
        """A contract on the package of BRL 100, with its value in reais set as the test likes it."""
        contract = Contract(uuid7(), self)
        for period in (JUNE, JULY):
            open_cycle(
                NewCycle(
                    contract_id=contract.id,
                    cycle=period,
                    package_id=self.brl_100,
                    value_micro=value * REAL,
                    ceiling_micro=rating.ceiling(value * REAL, limit_percent),
                    included_interactions=included,
                )
            )
        return contract


class Contract:
    """One contract, in the words of its programs."""

    def __init__(self, contract_id: UUID, world: World) -> None:
        self.id = contract_id
        self.world = world

    def request(
        self,
        name: str,
        route: int | None = None,
        *,
        at: datetime = NOON,
        units: int = 1,
        contact: str | None = None,
        sender: str | None = None,
    ) -> HoldRequest:
        key, reference = keyed(name)
        whom = None if contact is None else event_key(contact)
        where = self.world.sms if route is None else route
        return HoldRequest(self.id, key, where, at, reference, units, whom, sender)

    def hold(self, name: str, route: int | None = None, **more: Any) -> HoldAnswer:
        return metering.hold([self.request(name, route, **more)])[0]

    def hold_many(
        self, count: int, route: int | None = None, *, at: datetime = NOON, name: str = "many"
    ) -> list[HoldAnswer]:
        return metering.hold([self.request(f"{name} {n}", route, at=at) for n in range(count)])

    def record(
        self, name: str, route: int | None = None, *, at: datetime = NOON, told: Outcome = Outcome.SENT
    ) -> HoldAnswer:
        return metering.record([self.request(name, route, at=at)], [told])[0]

    def settle(
        self,
        name: str,
        outcome: Outcome = Outcome.SENT,
        *,
        at: datetime = NOON,
        kind: str | None = None,
        units: int | None = None,
    ) -> SettleAnswer:
        return metering.settle([SettleRequest(self.id, event_key(name), outcome, at, kind, units)])[0]

    def event(
        self,
        name: str,
        at: datetime,
        *,
        contact: str = "+55 11 90000-0001",
        kind: str = "contact_message",
        channel: str = "whatsapp",
        now: datetime | None = None,
    ) -> ContactEvent:
        return ContactEvent(self.id, event_key(name), event_key(contact), channel, kind, at, now or at)

    def observe(
        self,
        name: str,
        at: datetime,
        *,
        contact: str = "+55 11 90000-0001",
        kind: str = "contact_message",
        channel: str = "whatsapp",
        now: datetime | None = None,
    ) -> ObserveStatus:
        event = self.event(name, at, contact=contact, kind=kind, channel=channel, now=now)
        return interactions.observe([event])[0]

    def cycle(self, at: datetime = NOON) -> Balance:
        return queries.balance(contract_id=self.id, at=at)

    def raise_to_250(self, *, limit_percent: int = 100, at: datetime = NOON) -> None:
        metering.raise_cycle(
            contract_id=self.id,
            at=at,
            package_id=self.world.brl_250,
            value_micro=250 * REAL,
            ceiling_micro=rating.ceiling(250 * REAL, limit_percent),
        )

    def levels(self) -> list[tuple[str, int]]:
        """What was warned of, in order, with how often package or limit had been raised."""
        return [(str(found.level), found.raised) for found in queries.thresholds(self.id)]


def books_are_clean() -> bool:
    return check_metering() == []


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def route_of(channel: str, kind: str, country: str) -> int:
    return Route.objects.create(channel_id=channel, kind=kind, country=country).id
