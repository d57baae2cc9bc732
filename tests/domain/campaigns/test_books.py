"""Campaigns in the books: what the database refuses, what the check finds, what others see of them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from abono.domain.campaigns import queries as campaign_queries
from abono.domain.metering.types import Outcome
from abono.domain.usage import queries as usage
from abono.domain.usage.send_lines import Chosen, every_send
from tests import sql
from tests.books import check_metering
from tests.domain.campaigns.world import REJECTED, SENT, Campaigns
from tests.domain.metering.world import CENT, HOUR, JUNE_1, NOON, World


@pytest.mark.rule("PKG-6")
@pytest.mark.parametrize(
    "code_forgets",
    [
        "UPDATE metering_campaign_slice SET open = -1",
        "UPDATE metering_campaign_line SET sent = places + 1",
        "UPDATE metering_cycle SET held_micro = ceiling_micro + 1",
        "UPDATE metering_campaign SET state = 2",
    ],
)
def test_the_database_refuses_what_code_forgets(spring: Campaigns, world: World, code_forgets: str):
    spring.hold((world.sms, 10))
    with pytest.raises(IntegrityError), transaction.atomic():
        _execute(code_forgets)


DAMAGES = [
    (
        "UPDATE metering_campaign_slice SET sent = sent + 1, open = open - 1 WHERE slice = 2",
        "campaign_sent",
    ),
    ("UPDATE metering_campaign_slice SET open = open - 1 WHERE slice = 2", "campaign_places"),
    ("UPDATE metering_campaign_slice SET rejected = rejected + 1 WHERE slice = 2", "campaign_rejected"),
    ("UPDATE metering_campaign_line SET sent = sent + 1 WHERE places < 20", "campaign_sent"),
    ("UPDATE metering_campaign SET total_micro = total_micro + 1", "campaign_total"),
    ("DELETE FROM metering_campaign_slice", "campaign_places"),
    ("DELETE FROM metering_campaign_line", "campaign_total"),
    ("UPDATE metering_send SET campaign_id = NULL", "campaign_sent"),
    ("DELETE FROM metering_settlement", "campaign_sends_without_end"),
    ("DELETE FROM metering_campaign", "campaign_slices_without_campaign"),
    ("UPDATE metering_cycle SET held_micro = held_micro - 1 WHERE held_micro > 0", "held_micro"),
    ("UPDATE metering_cycle SET used_micro = used_micro + 1 WHERE held_micro > 0", "used_micro"),
]


@pytest.mark.rule("OPS-2")
def test_damage_to_campaigns_is_found(spring: Campaigns, world: World):
    spring.hold((world.sms, 100))
    spring.settle_all([(f"{n}", world.sms, REJECTED if n % 3 else SENT) for n in range(20)])
    spring.hold((world.sms, 10), name="ended")
    spring.settle("in the ended one", name="ended")
    spring.close(name="ended")
    assert check_metering() == []
    for damage, what in DAMAGES:
        with sql.taken_back():
            sql.run(damage)
            assert what in {difference.what for difference in check_metering()}, damage


def test_settling_reads_by_index_also_over_tables_that_were_empty_when_it_was_planned(
    spring: Campaigns, world: World
):
    _execute("DISCARD PLANS")
    spring.hold((world.sms, 1_000))
    spring.settle("planned")
    _execute(
        "INSERT INTO metering_send SELECT %s, gen_random_uuid(), %s, %s, 0, 0, %s FROM generate_series(1, 20000)",
        spring.contract.id,
        JUNE_1,
        NOON,
        world.webchat,
    )
    before = _scans()
    spring.settle_all([(f"{n}", world.sms, SENT) for n in range(100)])
    spring.settle_all([(f"{n}", world.sms, SENT) for n in range(100)])
    assert _scans() == before
    _execute("DELETE FROM metering_send WHERE campaign_id IS NULL")


def test_campaigns_are_listed_newest_first(spring: Campaigns, world: World):
    for hour, name in enumerate(["a", "b", "c"]):
        spring.hold((world.sms, 1), name=name, at=NOON + hour * HOUR)
    spring.close(name="b")
    contract_id = spring.contract.id
    assert [c.reference for c in campaign_queries.campaigns(contract_id=contract_id)] == ["c", "b", "a"]
    first = campaign_queries.campaigns(contract_id=contract_id, limit=2)
    rest = campaign_queries.campaigns(
        contract_id=contract_id, before=(first[-1].held_at, first[-1].campaign_id), limit=2
    )
    assert [c.reference for c in rest] == ["a"]


def test_sends_of_a_campaign_are_seen_as_all_others(spring: Campaigns, world: World):
    spring.hold((world.sms, 10))
    spring.settle("one")
    (line,) = every_send(Chosen(spring.contract.id, JUNE_1))
    assert (line.name, line.outcome, line.price_micro) == ("one", Outcome.SENT, 10 * CENT)
    (use,) = usage.use_by_route(contract_id=spring.contract.id, cycle_start=JUNE_1)
    assert use.sent_micro == spring.contract.cycle().used_micro


def _execute(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)  # type: ignore[arg-type]


def _scans() -> int:
    return int(
        sql.run(
            "SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname = ANY (%s)",
            ["metering_send_default", "metering_settlement_default", "metering_campaign_slice"],
        )[0][0]
    )
