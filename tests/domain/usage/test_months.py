"""Entries by month: made ahead, detached when old, and nobody who asks for a total sees a difference."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from abono.domain.metering import actions as metering
from abono.domain.metering.layout import ENTRIES
from abono.domain.metering.types import HoldRequest, HoldStatus, Outcome, SettleRequest
from abono.domain.uncovered.actions import Which, decide
from abono.domain.usage import detach, rollups
from abono.domain.usage import queries as usage
from abono.kernel.ids import event_key, first_id, uuid7
from abono.platform.postgres import partitions
from tests import sql
from tests.books import check_metering
from tests.domain.campaigns.world import Campaigns
from tests.domain.metering.world import CENT, DAY, HOUR, JUNE, JUNE_1, NOON, Contract
from tests.domain.uncovered.test_told import tell

LATER = datetime(2028, 7, 2, 12, tzinfo=UTC)  # June 2026 is older than 24 whole months
ZONE = "America/Sao_Paulo"


def id_of(moment: datetime, n: int = 0) -> UUID:
    """A UUIDv7 that somebody made at that moment."""
    return UUID(int=first_id(moment).int + (7 << 76) + (2 << 62) + n)


def hold(contract: Contract, send: UUID, at: datetime = NOON, route: int | None = None) -> HoldStatus:
    chosen = contract.world.sms if route is None else route
    return metering.hold([HoldRequest(contract.id, send, chosen, at)])[0].status


def settle(contract: Contract, send: UUID, outcome: Outcome = Outcome.SENT) -> None:
    metering.settle([SettleRequest(contract.id, send, outcome, NOON)])


def take_id(contract: Contract, send: UUID) -> None:
    """Of a send that was told of and is billed as uncovered: its row is of no cycle."""
    tell((contract, str(send), None))
    decide(contract_id=contract.id, which=Which(), bill=True, typed_micro=1, why="…", actor="olga", now=NOON)


def lies_in(table: str, send: UUID) -> str:
    return str(sql.run(f"SELECT tableoid::regclass::text FROM {table} WHERE send_id = %s", send)[0][0])


def test_a_new_database_has_the_months_to_come(db: None):
    months = [p.month for p in partitions.partitions(ENTRIES) if p.table == "metering_send" and p.month]
    assert len(months) == 1 + partitions.AHEAD
    assert partitions.partition_name("metering_send", months[0]) == f"metering_send_p{months[0]:%Y%m}"
    assert partitions.create_ahead(ENTRIES, now=datetime.combine(months[0], datetime.min.time(), UTC)) == []


def test_an_id_lies_in_the_month_that_it_says(padaria: Contract):
    partitions.create_ahead(ENTRIES, now=NOON, ahead=1)
    for send, name in [
        (id_of(datetime(2026, 6, 1, tzinfo=UTC)), "p202606"),
        (id_of(datetime(2026, 6, 30, 23, 59, 59, 999_000, UTC)), "p202606"),
        (id_of(datetime(2026, 7, 1, tzinfo=UTC)), "p202607"),
        (id_of(datetime(1999, 1, 1, tzinfo=UTC)), "default"),
        (id_of(datetime(9999, 1, 1, tzinfo=UTC)), "default"),
        (event_key("an order number"), "other"),
    ]:
        assert hold(padaria, send) is HoldStatus.HELD
        settle(padaria, send)
        assert lies_in("metering_send", send) == f"metering_send_{name}"
        assert lies_in("metering_settlement", send) == f"metering_settlement_{name}"
        assert hold(padaria, send) is HoldStatus.REPLAYED


@pytest.mark.parametrize("small_pages", [8_192, -1])  # searched while callers wait, or while they go on
def test_a_month_that_the_default_partition_has_begun_is_left_to_it(
    padaria: Contract, small_pages: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(partitions, "_SMALL_PAGES", small_pages)
    send = id_of(datetime(2026, 8, 5, tzinfo=UTC))
    hold(padaria, send)
    made = partitions.create_ahead(ENTRIES, now=datetime(2026, 6, 15, tzinfo=UTC), ahead=3)
    # What is under way is not made beside many.
    wanted = ["202606"] * (small_pages > 0) + ["202607", "202609"]
    assert made == [f"metering_{table}_p{month}" for month in wanted for table in ("send", "settlement")]
    assert hold(padaria, send) is HoldStatus.REPLAYED
    assert hold(padaria, id_of(datetime(2026, 8, 6, tzinfo=UTC))) is HoldStatus.HELD


@pytest.mark.rule("OPS-2", "FIN-5")
def test_totals_stay_when_entries_are_detached(padaria: Contract, luna: Contract, spring: Campaigns):
    partitions.create_ahead(ENTRIES, now=NOON, ahead=1)
    july_id = id_of(
        datetime(2026, 7, 1, 1, tzinfo=UTC)
    )  # July in UTC, and still the cycle of June in São Paulo
    for n in range(6):
        hold(padaria, id_of(NOON, n), NOON + n * HOUR, padaria.world.whatsapp if n % 2 else None)
        settle(padaria, id_of(NOON, n), Outcome(1 + n % 3))
    hold(padaria, july_id, JUNE.end - HOUR)
    settle(padaria, july_id)
    hold(luna, id_of(NOON))
    settle(luna, id_of(NOON))
    spring.hold((padaria.world.sms, 3))
    spring.settle_all([(str(id_of(NOON + DAY, n)), padaria.world.sms, Outcome.SENT) for n in range(2)])
    spring.close()
    take_id(luna, id_of(NOON, 99))
    metering.expire(now=LATER)
    before = _seen(padaria)

    rollups.roll(now=LATER)
    (june,) = [found for found in detach.detach_old(now=LATER, kept=24) if found.month == date(2026, 6, 1)]
    assert june.why_not is None
    assert june.tables == ("metering_send_p202606_detached", "metering_settlement_p202606_detached")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM metering_send_p202606_detached")
        assert cursor.fetchone() == (10,)
        cursor.execute("SELECT count(*) FROM metering_send")
        assert cursor.fetchone() == (1,)
    assert _seen(padaria) == before
    assert check_metering() == []
    assert rollups.rebuild(now=LATER) == 2  # those of July; what was detached is not touched
    assert _seen(padaria) == before
    # What was detached is still held against the totals.
    _execute(
        "UPDATE metering_cycle SET used_micro = used_micro + 1 WHERE contract_id = %s AND used_micro > 0",
        luna.id,
    )
    assert [difference.what for difference in check_metering()] == ["used_micro"]
    _execute(
        "UPDATE metering_cycle SET used_micro = used_micro - 1 WHERE contract_id = %s AND used_micro > 0",
        luna.id,
    )

    assert [found.why_not for found in detach.detach_old(now=LATER.replace(month=8), kept=24)] == [
        None
    ]  # July
    assert _seen(padaria) == before
    assert check_metering() == []


@pytest.mark.parametrize(
    ("obstacle", "why"),
    [
        ("open", "sends are open"),
        ("not rolled", "sends are not added up for good"),
        ("later cycle", "belong to later cycles"),
        ("wrong", "a roll-up is wrong"),
    ],
)
def test_a_month_goes_only_when_everything_in_it_is_added_up_for_good(
    padaria: Contract, obstacle: str, why: str
):
    partitions.create_ahead(ENTRIES, now=NOON, ahead=0)
    send = id_of(NOON)
    hold(padaria, send, NOON)
    if obstacle != "open":
        settle(padaria, send)
    if obstacle == "later cycle":
        late = LATER - 3 * DAY
        _execute(
            "UPDATE metering_cycle SET cycle_end = %s WHERE contract_id = %s AND cycle_start = %s",
            late,
            padaria.id,
            JUNE_1,
        )
    if obstacle != "not rolled":
        rollups.roll(now=LATER)
    if obstacle == "wrong":
        _execute("UPDATE metering_use SET sent_micro = sent_micro + 1")
    (found,) = detach.detach_old(now=LATER, kept=24)
    assert found.why_not is not None
    assert why in found.why_not
    assert found.tables == ()
    assert lies_in("metering_send", send) == "metering_send_p202606"
    if obstacle == "wrong":
        _execute("UPDATE metering_use SET sent_micro = sent_micro - 1")


def test_an_old_month_stays_as_long_as_it_is_wanted(padaria: Contract):
    partitions.create_ahead(ENTRIES, now=NOON, ahead=0)
    assert detach.detach_old(now=datetime(2028, 6, 30, tzinfo=UTC), kept=24) == []
    assert detach.detach_old(now=LATER, kept=25) == []


def test_the_command_shows_and_makes_them(db: None, capsys: pytest.CaptureFixture[str]):
    call_command("partitions", "ahead", "--months", "4")
    assert "made metering_send_p" in capsys.readouterr().out
    call_command("partitions", "ahead", "--months", "4")
    assert "nothing to make" in capsys.readouterr().out
    call_command("partitions")
    shown = capsys.readouterr().out
    assert "metering_settlement_default" in shown
    call_command("partitions", "detach")
    assert "nothing is old enough" in capsys.readouterr().out


def test_a_hold_and_its_settlement_touch_one_partition_of_many(padaria: Contract):
    """Also when their statements were planned before there were so many."""
    hold(padaria, uuid7())
    partitions.create_ahead(ENTRIES, now=NOON, ahead=30)
    sends = [id_of(NOON, n) for n in range(50)]
    before = _scanned()
    metering.hold([HoldRequest(padaria.id, send, padaria.world.sms, NOON) for send in sends])
    metering.hold(
        [HoldRequest(padaria.id, send, padaria.world.sms, NOON) for send in sends]
    )  # looks each of them up
    metering.settle([SettleRequest(padaria.id, send, Outcome.SENT, NOON) for send in sends])
    metering.settle([SettleRequest(padaria.id, send, Outcome.SENT, NOON) for send in sends])
    touched = {name for name, count in _scanned().items() if count > before.get(name, 0)}
    assert touched == {"metering_send_p202606", "metering_settlement_p202606"}
    assert padaria.cycle().used_micro == 50 * 10 * CENT


def _seen(contract: Contract) -> tuple[object, ...]:
    """Everything that pages, invoices and callers ask of a cycle that is over."""
    return (
        contract.cycle(),
        usage.use_of_cycle(contract_id=contract.id, cycle=JUNE, zone=ZONE),
    )


def _scanned() -> dict[str, int]:
    return dict(
        sql.run(
            "SELECT relname, coalesce(idx_scan, 0) + seq_scan FROM pg_stat_xact_user_tables"
            " WHERE relname ~ '^metering_(send|settlement)_'"
        )
    )


def _execute(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)  # type: ignore[arg-type]
