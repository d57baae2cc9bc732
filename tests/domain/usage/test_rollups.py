"""Adding up: what it leaves behind, what its check finds, and that pages then read little."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns.types import Wish
from abono.domain.metering import actions as metering
from abono.domain.metering.check import DIFFERENCES as CYCLES
from abono.domain.metering.check import differences
from abono.domain.metering.types import HoldRequest, Outcome, SettleRequest
from abono.domain.usage import queries as usage
from abono.domain.usage import rollups
from abono.domain.usage.types import RouteUse
from abono.kernel.ids import event_key
from abono.kernel.periods import day_start
from tests import sql
from tests.books import check_metering
from tests.domain.campaigns.world import Campaigns
from tests.domain.metering.world import CENT, DAY, HOUR, JULY_1, JUNE_1, NOON, Contract, World, rows
from tests.domain.usage.test_months import id_of

LONG_AFTER = JULY_1 + 9 * DAY


def _send(contract: Contract, n: int, outcome: Outcome | None = Outcome.SENT) -> None:
    """One with an id of its moment, one with a name: both an hour after the one before."""
    at = NOON + n * HOUR
    for send in (id_of(at, n), event_key(f"{n}")):
        metering.hold([HoldRequest(contract.id, send, contract.world.sms, at)])
        if outcome is not None:
            metering.settle([SettleRequest(contract.id, send, outcome, at)])


def _use(contract: Contract) -> list[RouteUse]:
    return usage.use_by_route(contract_id=contract.id, cycle_start=JUNE_1)


@pytest.mark.rule("FIN-5")
def test_each_send_is_added_up_once_and_open_ones_when_they_end(padaria: Contract):
    for n, outcome in enumerate([Outcome.SENT, Outcome.REJECTED, Outcome.EXPIRED, None]):
        _send(padaria, n, outcome)
    before = _use(padaria)
    assert before == [RouteUse("sms", "message", "BR", 2, 20 * CENT, 2, 20 * CENT, 2, 2, 2)]
    assert rollups.roll(now=NOON + DAY) == 8
    assert _use(padaria) == before
    assert rollups.roll(now=NOON + DAY) == 0
    assert rows("metering_use_apart") == 2
    metering.expire(now=NOON + 3 * DAY)
    after = _use(padaria)
    assert after == [RouteUse("sms", "message", "BR", 2, 20 * CENT, 0, 0, 2, 4, 2)]
    assert rollups.roll(now=NOON + DAY) == 2
    assert _use(padaria) == after
    assert rows("metering_use_apart") == 0


@pytest.mark.rule("CAT-9", part="unit")
def test_units_of_what_was_sent_are_added_up_too(padaria: Contract, spring: Campaigns):
    for name, units in (("a", 3), ("b", 1), ("open", 2), ("lost", 5)):
        padaria.hold(name, units=units)
    padaria.settle("a")
    padaria.settle("b")
    padaria.settle("lost", Outcome.REJECTED)
    campaigns.hold_campaign(
        contract_id=padaria.id,
        campaign_id=event_key("spring"),
        wishes=[Wish(padaria.world.sms, 9, 4)],
        now=NOON,
    )
    spring.settle("of a campaign")
    (use,) = before = _use(padaria)
    assert (use.sent, use.units) == (3, 3 + 1 + 4)
    rollups.roll(now=NOON + DAY)
    assert _use(padaria) == before
    padaria.settle("open")
    rollups.roll(now=NOON + DAY)
    (use,) = _use(padaria)
    assert (use.sent, use.units) == (4, 10)


@pytest.mark.rule("FIN-5")
def test_a_send_that_comes_late_is_neither_lost_nor_counted_twice(padaria: Contract):
    _send(padaria, 0)
    rollups.roll(now=LONG_AFTER)  # June is added up for good
    _send(padaria, 1)  # and yet someone was slow: both have a moment and an id of before
    padaria.hold("open")
    use = [RouteUse("sms", "message", "BR", 4, 40 * CENT, 1, 10 * CENT, 0, 0, 4)]
    assert _use(padaria) == use
    assert check_metering() == []
    rollups.roll(now=LONG_AFTER)
    assert _use(padaria) == use
    assert rows("metering_use_apart") == 1  # the open one


def test_many_sends_are_added_up_in_steps(padaria: Contract, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rollups, "_STEP", 3)
    for n in range(12):
        _send(padaria, n)
    before = _use(padaria)
    assert rollups.roll(now=LONG_AFTER) == 24
    assert _use(padaria) == before


@pytest.mark.rule("FIN-5")
def test_pages_do_not_read_what_is_added_up(padaria: Contract):
    webchat, moments = padaria.world.webchat, [NOON + timedelta(seconds=n) for n in range(2_000)]
    metering.record([HoldRequest(padaria.id, id_of(at), webchat, at) for at in moments])
    metering.record([padaria.request(f"{at}", webchat, at=at) for at in moments])
    rollups.roll(now=LONG_AFTER)
    _execute("ANALYZE metering_send, metering_use, metering_use_border")
    before = _read()
    _use(padaria)
    assert _read() == before


DAMAGES = [
    ("UPDATE metering_use SET sent = sent + 1", "rolled-up sent of route"),
    ("UPDATE metering_use SET sent_micro = sent_micro - 1", "rolled-up sent_micro of route"),
    ("UPDATE metering_use SET rejected = 7", "rolled-up rejected of route"),
    ("UPDATE metering_use SET expired = 7", "rolled-up expired of route"),
    ("UPDATE metering_use SET units = 7", "rolled-up units of route"),
    ("UPDATE metering_use SET quarter = quarter + interval '15 min'", "rolled-up sent of route"),
    ("DELETE FROM metering_use", "rolled-up sent of route"),
    ("DELETE FROM metering_use_apart", "rolled-up open of route"),
    ("DELETE FROM metering_use_border", "rolled-up sent of route"),
    ("UPDATE metering_use_border SET rolled_to = '9998-01-01Z'", "roll-up beyond what is sealed"),
    ("UPDATE metering_use_apart SET send_id = gen_random_uuid()", "sends set apart that are not there"),
]


@pytest.mark.rule("OPS-2")
def test_damage_to_roll_ups_is_found_and_can_be_repaired(padaria: Contract):
    _send(padaria, 0)
    _send(padaria, 1, None)
    rollups.roll(now=NOON + DAY)
    assert check_metering() == []
    for damage, what in DAMAGES:
        with sql.taken_back():
            sql.run(damage)
            found = check_metering()
            assert any(difference.what.startswith(what) for difference in found), damage
            assert {difference.contract_id for difference in found} == {padaria.id}, damage
            with pytest.raises(CommandError, match="booked"):
                call_command("rollups", "check")
            call_command("rollups", "rebuild", "--contract", str(padaria.id))
            assert check_metering() == [], damage


@pytest.mark.rule("OPS-2")
def test_books_are_proven_range_by_range_with_progress(
    padaria: Contract, luna: Contract, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("abono.domain.metering.check.CONTRACTS", 2)
    third = world.contract()
    told: list[int] = []
    assert check_metering(progress=told.append) == []
    assert told == [2, 3]
    with transaction.atomic():
        _execute("UPDATE metering_cycle SET held_micro = held_micro + 1 WHERE cycle_start = %s", JUNE_1)
        assert [found.contract_id for found in differences(CYCLES)] == [padaria.id, luna.id, third.id]
        assert [found.contract_id for found in check_metering(contract_id=luna.id)] == [luna.id]
        transaction.set_rollback(True)


@pytest.mark.rule("TIM-5")
def test_local_days_of_every_zone_begin_at_a_quarter_of_an_hour():
    for zone in sorted(available_timezones()):
        for day in range(0, 366 * 2, 5):
            start = day_start(date(2026, 1, 1) + timedelta(days=day), zone)
            assert start.timestamp() % 900 == 0, (zone, start)


def _read() -> int:
    return int(
        sql.run(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
            " WHERE relname ~ '^metering_(send|settlement)_'"
        )[0][0]
    )


def _execute(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)  # type: ignore[arg-type]
