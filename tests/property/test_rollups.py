"""Use of a cycle, whenever it is added up: always what the entries say."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.types import CampaignReport, Wish
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldRequest, Outcome, SettleRequest
from abono.domain.usage import queries as usage
from abono.domain.usage import rollups
from abono.domain.usage.types import DayUse, RouteUse
from abono.kernel.errors import Refusal
from abono.kernel.ids import event_key, first_id
from abono.kernel.periods import Period, local_date
from tests.domain.metering.world import (
    DAY,
    HOUR,
    JULY,
    JULY_1,
    JUNE,
    JUNE_1,
    NOON,
    Contract,
    World,
    books_are_clean,
)
from tests.examples import through_the_database

ZONES = ["America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]
ROUTES = ["sms", "webchat", "whatsapp"]

moments = st.sampled_from(
    [
        JUNE_1,
        JUNE_1 + 44 * timedelta(minutes=1),
        NOON - DAY,
        NOON,
        NOON + HOUR,
        JULY_1 - HOUR,
        JULY_1,
        JULY_1 + 3 * DAY,
    ]
)
# An id says a moment, and seldom that at which it is held; or it says nothing.
ids = st.one_of(
    st.builds(lambda at, n: UUID(int=first_id(at).int + (7 << 76) + n), moments, st.integers(1, 3)),
    st.sampled_from([event_key(f"{n}") for n in range(5)]),
)
names = st.sampled_from([event_key("spring"), event_key("autumn")])
events = st.lists(st.tuples(ids, st.sampled_from(ROUTES), moments), min_size=1, max_size=5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), events),
        st.tuples(st.just("hold"), events),
        st.tuples(st.just("record"), events),
        st.tuples(
            st.just("settle"), st.lists(st.tuples(ids, st.sampled_from(Outcome)), min_size=1, max_size=5)
        ),
        st.tuples(st.just("roll"), moments),
        st.tuples(st.just("roll"), moments),
        st.tuples(st.just("seal"), moments),
        st.tuples(st.just("rebuild"), moments),
        st.tuples(st.just("campaign"), st.tuples(names, moments)),
        st.tuples(st.just("report"), st.tuples(names, st.lists(ids, min_size=1, max_size=3), moments)),
        st.tuples(st.just("close"), names),
    ),
    min_size=4,
    max_size=16,
)


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.mark.rule("FIN-5", "TIM-5")
@through_the_database(40)
@given(steps=steps, zone=st.sampled_from(ZONES))
def test_use_is_what_the_entries_say_whenever_it_is_added_up(
    world: World, steps: list[tuple[str, Any]], zone: str
):
    contract = world.contract(value=3)
    for name, argument in steps:
        _step(contract, name, argument)
        for cycle in (JUNE, JULY):
            start = cycle.start
            assert usage.use_by_route(contract_id=contract.id, cycle_start=start) == by_route(contract, start)
            routes, days, _ordered = usage.use_of_cycle(contract_id=contract.id, cycle=cycle, zone=zone)
            assert (routes, days) == (by_route(contract, start), by_day(contract, cycle, zone))
    assert books_are_clean()
    for start in (JUNE_1, JULY_1):
        use, balance = usage.use_by_route(contract_id=contract.id, cycle_start=start), contract.cycle(start)
        assert sum(line.sent_micro for line in use) == balance.used_micro
        assert sum(line.held_micro for line in use) == balance.held_micro


def _step(contract: Contract, name: str, argument: Any) -> None:
    world = contract.world
    match name:
        case "hold" | "record":
            call = metering.hold if name == "hold" else metering.record
            call([HoldRequest(contract.id, send, getattr(world, route), at) for send, route, at in argument])
        case "settle":
            metering.settle([SettleRequest(contract.id, send, outcome, NOON) for send, outcome in argument])
        case "roll":
            rollups.roll(now=argument + timedelta(minutes=11), contract_id=contract.id)
        case "seal":  # a roll-up that was killed before it added up
            rollups._seal(contract_id=contract.id, cycle_start=JUNE_1, to=argument)
        case "rebuild":
            rollups.rebuild(now=argument, contract_id=contract.id)
        case _:
            with suppress(Refusal):
                _campaign_step(contract, name, argument)


def _campaign_step(contract: Contract, name: str, argument: Any) -> None:
    match name:
        case "campaign":
            campaign, at = argument
            campaigns.hold_campaign(
                contract_id=contract.id, campaign_id=campaign, wishes=[Wish(contract.world.sms, 5)], now=at
            )
        case "report":
            campaign, sends, at = argument
            reports = [
                CampaignReport(send, contract.world.sms, Outcome.REJECTED if n else Outcome.SENT)
                for n, send in enumerate(sends)
            ]
            campaigns.settle_campaign(contract_id=contract.id, campaign_id=campaign, reports=reports, now=at)
        case "close":
            campaigns.close_campaign(contract_id=contract.id, campaign_id=argument, now=NOON)


type Entry = tuple[datetime, tuple[str, str, str], int, int | None]


def _entries(contract: Contract, start: datetime) -> list[Entry]:
    """Every send of the cycle one by one, and every place that an open campaign holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.held_at, r.channel, r.kind, r.country, s.price_micro, t.outcome FROM metering_send s"
            " JOIN catalog_route r ON r.id = s.route_id LEFT JOIN metering_settlement t USING (contract_id, send_id)"
            " WHERE s.contract_id = %s AND s.cycle_start = %s"
            " UNION ALL SELECT c.held_at, r.channel, r.kind, r.country, l.price_micro, NULL FROM metering_campaign c"
            " JOIN metering_campaign_line l USING (contract_id, campaign_id) JOIN catalog_route r ON r.id = l.route_id"
            " CROSS JOIN generate_series(1, l.places - (SELECT count(*) FROM metering_send s"
            "  JOIN metering_settlement t USING (contract_id, send_id) WHERE s.contract_id = c.contract_id"
            "  AND s.campaign_id = c.campaign_id AND s.route_id = l.route_id AND t.outcome = 1))"
            " WHERE c.contract_id = %s AND c.cycle_start = %s AND c.state = 1",
            [contract.id, start] * 2,
        )
        return [
            (at, (channel, kind, country), price, end) for at, channel, kind, country, price, end in cursor
        ]


def by_route(contract: Contract, start: datetime) -> list[RouteUse]:
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 6)
    for _at, route, price, outcome in _entries(contract, start):
        line = found[route]
        match outcome:
            case 1:
                line[0], line[1] = line[0] + 1, line[1] + price
            case None:
                line[2], line[3] = line[2] + 1, line[3] + price
            case _:
                line[outcome + 2] += 1
    return [RouteUse(*route, *line, line[0]) for route, line in sorted(found.items())]  # of one unit each


def by_day(contract: Contract, cycle: Period, zone: str) -> list[DayUse]:
    found: dict[tuple[Any, str], list[int]] = defaultdict(lambda: [0, 0])
    for at, route, price, outcome in _entries(contract, cycle.start):
        if outcome in (1, None):
            line = found[local_date(at, zone), route[0]]
            line[0], line[1] = line[0] + 1, line[1] + price
    return [DayUse(day, channel, *line) for (day, channel), line in sorted(found.items())]
