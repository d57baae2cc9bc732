"""What a cluster does with a batch, on a plain server: taken apart by contract, answered as the batch by itself is.

The server is made to look like a cluster by a trigger of the name that Citus gives its own; tests/citus asks a real one.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns import hot as campaign_calls
from abono.domain.metering import actions as metering
from abono.domain.metering import hot
from abono.domain.metering.types import HoldStatus, Outcome, SettleRequest, SettleStatus
from abono.kernel.ids import event_key, uuid7
from abono.platform.postgres import batches, citus
from tests.domain.metering.world import NOON, Contract, World


@pytest.fixture
def cluster(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on batches are taken apart, and by no test after this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION citus_truncate_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
            "CREATE TRIGGER looks_distributed AFTER TRUNCATE ON metering_cycle"
            " FOR EACH STATEMENT EXECUTE FUNCTION citus_truncate_trigger()"
        )
    assert citus.distributed.__wrapped__()
    monkeypatch.setattr(citus, "distributed", lambda: True)


def test_parts_come_in_the_order_of_contracts_and_answers_in_that_of_the_batch():
    batch = [("b", 0, "1"), ("a", 0, "2"), ("b", 0, "3"), ("c", 0, "4"), ("a", 0, "5")]
    parts = batches.parts(hot.HOLD, batch)
    assert [(part.key, list(part.places)) for part in parts] == [
        (("a",), [1, 4]),
        (("b",), [0, 2]),
        (("c",), [3]),
    ]
    answers = [(part, [(event[2],) for event in part.events]) for part in reversed(parts)]
    assert batches.together(answers) == [("1",), ("2",), ("3",), ("4",), ("5",)]


def test_reports_of_campaigns_are_taken_apart_by_campaign():
    batch = [("a", 0, "x"), ("a", 0, "y"), ("a", 0, "x")]
    assert [list(part.places) for part in batches.parts(campaign_calls.SETTLE, batch)] == [[0, 2], [1]]


@pytest.mark.rule("PKG-5", "PKG-7", "PKG-9")
def test_a_batch_over_contracts_is_answered_one_by_one(cluster: None, padaria: Contract, luna: Contract):
    asked = [who.request(f"{n}") for n in range(3) for who in (padaria, luna)]
    nobody = Contract(uuid7(), padaria.world).request("x")
    answers = metering.hold([*asked, nobody, asked[0]])
    assert [answer.status for answer in answers] == [
        *[HoldStatus.HELD] * 6,
        HoldStatus.NO_CYCLE,
        HoldStatus.REPLAYED,
    ]
    assert answers[4].left_micro == answers[5].left_micro < answers[0].left_micro == answers[1].left_micro
    ends = [SettleRequest(who.id, event_key("0"), Outcome.SENT, NOON) for who in (luna, padaria)]
    assert [answer.status for answer in metering.settle(ends * 2)] == [
        SettleStatus.SETTLED,
        SettleStatus.SETTLED,
        SettleStatus.REPLAYED,
        SettleStatus.REPLAYED,
    ]
    told = metering.record(
        [padaria.request("1"), luna.request("new"), luna.request("new", luna.world.webchat)]
    )
    assert [answer.status for answer in told] == [HoldStatus.HELD, HoldStatus.HELD, HoldStatus.CLASH]
    assert (padaria.cycle().used_micro, luna.cycle().used_micro) == (200_000, 200_000)


def test_reports_of_two_campaigns_go_each_to_its_own(cluster: None, padaria: Contract):
    keys = [uuid7(), uuid7()]
    for key in keys:
        campaigns.hold_campaign(
            contract_id=padaria.id,
            campaign_id=key,
            wishes=[campaigns.Wish(padaria.world.sms, 2)],
            now=NOON,
            lasts=timedelta(hours=1),
        )
    batch = [
        (str(padaria.id), NOON, str(key), str(uuid7()), str(padaria.world.sms), "1", *["NULL"] * 5)
        for key in [*keys, *keys, *keys]
    ]

    def run(statement: str, arguments: list[object]) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return list(zip(*cursor.fetchone(), strict=True))

    assert [status for status, _price in batches.ask(campaign_calls.SETTLE, batch, run=run)] == [
        1,
        1,
        1,
        1,
        6,
        6,
    ]


def test_a_plain_server_is_no_cluster(db: None):
    citus.distributed.cache_clear()
    if not citus.distributed():
        with pytest.raises(CommandError, match="the extension citus is not installed"):
            call_command("citus", "distribute", check=True)
