"""What concerns one contract is one statement on the node where it lives: one moment, and no work for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns import queries as campaign_queries
from abono.domain.interactions import queries as interaction_queries
from abono.domain.interactions.hot import OBSERVE
from abono.domain.metering import actions as metering
from abono.domain.metering import hot, queries
from abono.domain.metering.types import HoldStatus
from abono.domain.settings.known import LATE_GRACE
from abono.domain.usage import queries as usage
from abono.domain.usage import send_lines
from abono.flows.check_books import check_metering
from abono.kernel.ids import uuid7
from abono.platform.postgres import batches
from abono.platform.postgres.batches import Call
from tests.domain.metering.world import JUNE, JUNE_1, NOON, Contract, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def padaria(transactional_db: None) -> Contract:
    return World().contract()


@contextmanager
def _told() -> Iterator[list[str]]:
    """What the coordinator says about its plans meanwhile."""
    connection.ensure_connection()
    told: list[str] = []

    def listen(message: psycopg.errors.Diagnostic) -> None:
        told.append(message.message_primary or "")

    connection.connection.add_notice_handler(listen)
    with connection.cursor() as cursor:
        cursor.execute("SET client_min_messages = debug1")
        yield told
        cursor.execute("RESET client_min_messages")
    connection.connection.remove_notice_handler(listen)


@pytest.mark.parametrize(
    "call", [hot.HOLD, hot.RECORD, hot.SETTLE, OBSERVE], ids=["hold", "record", "settle", "observe"]
)
def test_a_batch_of_one_contract_is_handed_to_its_node(padaria: Contract, call: Call):
    key, at = str(padaria.id), NOON
    event = {
        hot.HOLD: (key, at, str(uuid7()), hot.what(padaria.world.sms), "NULL", None),
        hot.RECORD: (key, at, str(uuid7()), hot.what(padaria.world.sms), "NULL", None, "1"),
        hot.SETTLE: (key, at, str(uuid7()), hot.how(1)),
        OBSERVE: (key, str(uuid7()), str(uuid7()), "sms", "contact_message", at, at, LATE_GRACE.shipped),
    }[call]

    def run(statement: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return list(zip(*cursor.fetchone(), strict=True))

    with _told() as told:
        assert len(batches.ask(call, [event] * 3, run=run)) == 3
    assert "pushing down the function call" in told


READS: dict[str, Callable[[UUID], object]] = {
    "balance": lambda key: queries.balance(contract_id=key, at=NOON),
    "cycles": lambda key: queries.cycles(key),
    "use by route": lambda key: usage.use_by_route(contract_id=key, cycle_start=JUNE_1),
    "use by day": lambda key: usage.use_of_cycle(contract_id=key, cycle=JUNE, zone="America/Sao_Paulo"),
    "every send": lambda key: list(send_lines.every_send(send_lines.Chosen(key, JUNE_1, channel="sms"))),
    "interactions": lambda key: interaction_queries.interactions_by_channel(
        contract_id=key, cycle_start=JUNE_1
    ),
    "thresholds": lambda key: queries.thresholds(key),
    "campaigns": lambda key: campaign_queries.campaigns(contract_id=key),
    "books": lambda key: check_metering(contract_id=key),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_page_about_one_contract_asks_one_node_once(padaria: Contract, read: Callable[[UUID], object]):
    padaria.hold("a")
    with connection.cursor() as cursor:
        cursor.execute("SET citus.log_remote_commands = off")
    with _told() as told:
        read(padaria.id)
    assert [line for line in told if "subplan" in line or "push down" in line] == []


def test_campaigns_are_listed_page_by_page(padaria: Contract):
    for n in range(3):
        campaigns.hold_campaign(
            contract_id=padaria.id,
            campaign_id=uuid7(),
            wishes=[campaigns.Wish(padaria.world.sms, n + 1)],
            now=NOON + timedelta(minutes=n),
        )
    first = campaign_queries.campaigns(contract_id=padaria.id, limit=2)
    rest = campaign_queries.campaigns(
        contract_id=padaria.id, before=(first[-1].held_at, first[-1].campaign_id), limit=2
    )
    assert [found.lines[0].count for found in [*first, *rest]] == [3, 2, 1]


def test_a_batch_of_many_contracts_is_answered_in_its_order(transactional_db: None):
    world = World()
    several = [world.contract() for _ in range(6)]
    asked = [contract.request(f"{n}") for n in range(20) for contract in several]
    answers = metering.hold(asked)
    assert {answer.status for answer in answers} == {HoldStatus.HELD}
    again = metering.hold(list(reversed(asked)))
    assert [answer.left_micro for answer in reversed(again)] == [answer.left_micro for answer in answers]
    assert check_metering() == []
