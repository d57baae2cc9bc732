"""Many workers on one campaign, its end in the middle of them, and workers that die: the books stay right."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from abono.domain.campaigns import actions as campaigns
from abono.domain.campaigns import hot
from abono.domain.campaigns.errors import CampaignDoesNotFit, SendingBlocked
from abono.domain.campaigns.types import CampaignSettleStatus, CampaignState
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldStatus, Outcome
from abono.domain.uncovered.types import ToldStatus
from abono.kernel.ids import event_key, uuid7
from abono.platform.postgres.batches import ask
from tests.concurrency.test_metering import all_at_once
from tests.domain.campaigns.world import REJECTED, SENT, Campaigns
from tests.domain.metering.world import (
    CENT,
    DAY,
    HOUR,
    JULY_1,
    JUNE_1,
    NOON,
    REAL,
    World,
    route_of,
    rows,
)
from tests.domain.uncovered.test_told import tell
from tests.examples import first_by_day

Status = CampaignSettleStatus


def tally(answers: list[Counter[CampaignSettleStatus]]) -> Counter[CampaignSettleStatus]:
    return sum(answers, Counter())


@pytest.mark.rule("PKG-5")
@pytest.mark.rule("PKG-6", part="any number of callers")
@pytest.mark.parametrize("slice_places", first_by_day([40, 1, 10_000]))
def test_32_workers_never_draw_more_than_was_held(world: World, slice_places: int):
    spring = Campaigns(world.contract(), slice_places=slice_places)
    spring.hold((world.sms, 500), (world.whatsapp, 50))

    def work(thread: int) -> Counter[CampaignSettleStatus]:
        answers: Counter[CampaignSettleStatus] = Counter()
        for turn in range(4):
            size = 1 if turn % 2 else 10  # 22 sends and 4 on the other line
            batch = [(f"{thread}.{turn}.{n}", world.sms, SENT) for n in range(size)]
            batch += [
                (f"{thread}.{turn}.w", world.whatsapp, SENT),
                (f"{thread}.{turn}.r", world.sms, REJECTED),
            ]
            answers.update(answer.status for answer in spring.settle_all(batch))
        return answers

    told = tally(all_at_once(work))
    # SMS: 32 × (2 × 10 + 2 × 1) = 704 for 500 places. WhatsApp: 32 × 4 = 128 for 50. Rejected: 128.
    assert told == {Status.SETTLED: 500 + 50 + 128, Status.NO_PLACE: 204 + 78}
    assert spring.counts() == [(500, 500, 128), (50, 50, 0)]
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, (500 * 10 + 50 * 55) * CENT)


@pytest.mark.rule("PKG-9")
def test_the_same_reports_from_32_workers_in_any_order_draw_once(world: World):
    spring = Campaigns(world.contract(), slice_places=10)
    spring.hold((world.sms, 500))

    def work(thread: int) -> Counter[CampaignSettleStatus]:
        reports = [(f"{n}", world.sms, SENT) for n in range(100)]
        random.Random(thread).shuffle(reports)
        return Counter(answer.status for answer in spring.settle_all(reports))

    assert tally(all_at_once(work)) == {Status.SETTLED: 100, Status.REPLAYED: 31 * 100}
    assert spring.counts() == [(500, 100, 0)]


@pytest.mark.rule("PKG-6", part="any number of callers")
def test_campaigns_and_sends_at_once_never_pass_the_limit(world: World):
    spring = Campaigns(world.contract(value=10))  # R$ 20 in all: 200 SMS
    too_early: list[CampaignDoesNotFit] = []

    def work(thread: int) -> int:
        """How many SMS were granted."""
        if thread % 2:
            return sum(spring.contract.hold(f"{thread}.{n}").status is HoldStatus.HELD for n in range(10))
        granted = 0
        for turn in range(5):
            try:
                spring.hold((world.sms, 7), name=f"{thread}.{turn}")
                granted += 7
            except SendingBlocked:
                pass
            except CampaignDoesNotFit as refused:
                too_early.extend([refused] if refused.fit >= 7 else [])
        return granted

    granted = sum(all_at_once(work))
    assert too_early == []
    assert granted * 10 * CENT == spring.contract.cycle().held_micro <= 20 * REAL
    assert granted > 200 - 7


@pytest.mark.rule("PKG-9")
def test_the_same_campaign_from_32_threads_is_held_once(world: World):
    spring = Campaigns(world.contract())
    answers = all_at_once(lambda _: spring.hold((world.sms, 100)))
    assert Counter(answer.replayed for answer in answers) == {False: 1, True: 31}
    assert spring.contract.cycle().held_micro == 10 * REAL


@pytest.mark.rule("PKG-4", "PKG-5")
@pytest.mark.parametrize("how", ["expired", "closed"])
def test_a_campaign_that_ends_while_32_workers_settle_loses_no_answer(world: World, how: str):
    spring = Campaigns(world.contract(), slice_places=5)
    spring.hold((world.sms, 1_000))

    def work(thread: int) -> list[str]:
        """The sends that were told to be settled."""
        if thread < 4:
            spring.settle(f"first of {thread}")
            if how == "expired":
                campaigns.expire_due(now=NOON + DAY)
            else:
                spring.close()
            return [f"first of {thread}"]
        settled = []
        for turn in range(10):
            names = [f"{thread}.{turn}.{n}" for n in range(3)]
            answers = spring.settle_all([(name, world.sms, SENT) for name in names])
            assert {answer.status for answer in answers} <= {Status.SETTLED, Status.ENDED}
            settled += [
                name for name, answer in zip(names, answers, strict=True) if answer.status is Status.SETTLED
            ]
        return settled

    told = [name for names in all_at_once(work) for name in names]
    booked = rows("metering_send")
    assert spring.counts() == [(1_000, booked, 0)]
    assert len([name for name in told if not name.startswith("first")]) <= booked <= len(told)
    assert spring.find().state is (CampaignState.EXPIRED if how == "expired" else CampaignState.CLOSED)
    cycle = spring.contract.cycle()
    assert (cycle.held_micro, cycle.used_micro) == (0, booked * 10 * CENT)


@pytest.mark.rule("PKG-4", "PKG-6", "OPS-1")
def test_workers_killed_in_the_middle_lose_and_double_nothing(world: World):
    spring = Campaigns(world.contract(limit_percent=None), slice_places=20)
    spring.hold((world.sms, 1_000_000))
    felt, finished = Event(), Event()

    def work(thread: int) -> list[str]:
        """Sends that were acknowledged. Each batch is repeated until it is answered; the last after a kill."""
        told: list[str] = []
        while len(told) < 60 or not felt.is_set():
            names = [f"{thread}.{len(told) + n}" for n in range(5)]
            try:
                answers = spring.settle_all([(name, world.sms, SENT) for name in names])
            except (OperationalError, InterfaceError):
                felt.set()
                connection.close()
                continue
            assert {answer.status for answer in answers} <= {Status.SETTLED, Status.REPLAYED}
            told += names
        return told

    with ThreadPoolExecutor(1) as killers:
        killer = killers.submit(_kill_settlers, finished)
        try:
            told = [name for names in all_at_once(work, 8) for name in names]
        finally:
            finished.set()
        killer.result()
    assert len(told) == len(set(told)) == rows("metering_send") == rows("metering_settlement")
    assert spring.counts() == [(1_000_000, len(told), 0)]
    assert spring.contract.cycle().used_micro == len(told) * 10 * CENT


def _kill_settlers(finished: Event) -> None:
    """End the connections of whoever is settling, until 20 were hit."""
    hit = 0
    try:
        while hit < 20 and not finished.wait(0.02):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND state <> 'idle' AND query LIKE %s",
                    ["%metering_campaign_settle%"],
                )
                hit += cursor.fetchone()[0]
    finally:
        connection.close()


@pytest.mark.rule("PKG-5")
def test_a_writer_that_keeps_its_slice_does_not_keep_the_others_or_plain_sends_waiting(world: World):
    spring = Campaigns(world.contract(), slice_places=10)
    spring.hold((world.sms, 100))
    held, done = Event(), Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                spring.settle("slow")
                held.set()
                assert done.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow_one = pool.submit(slow)
        try:
            assert held.wait(30)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 100")  # whoever waits fails
            assert spring.settle("quick").status is Status.SETTLED
            assert spring.contract.hold("plain").status is HoldStatus.HELD
            assert spring.contract.cycle().used_micro == 10 * CENT  # the slow one has not committed
        finally:
            done.set()
        slow_one.result()
    assert spring.contract.cycle().used_micro == 20 * CENT


@pytest.mark.rule("PKG-6", "LIM-4")
def test_everything_at_once_keeps_the_books(world: World):
    contract = world.contract(value=10)
    spring = Campaigns(contract, slice_places=3)
    for name in ("spring", "autumn"):
        spring.hold((world.sms, 50), (world.webchat, 20), name=name)

    def work(thread: int) -> None:
        dice = random.Random(thread)
        for turn in range(12):
            name = dice.choice(["spring", "autumn"])
            match dice.randrange(8):
                case 0:
                    contract.hold(f"send {dice.randrange(40)} of {thread}")
                case 1:
                    spring.close(name=name) if turn > 8 else spring.settle("s", name=name)
                case 2:
                    metering.expire(now=NOON + DAY, contract_id=contract.id)
                case 3:
                    contract.settle(f"send {dice.randrange(40)} of {thread}", Outcome.REJECTED)
                case _:
                    route = dice.choice([world.sms, world.webchat])
                    outcome = dice.choice([SENT, SENT, REJECTED])
                    spring.settle_all(
                        [(f"{dice.randrange(80)} {route}", route, outcome) for _ in range(4)], name=name
                    )

    all_at_once(work, 16)
    for name in ("spring", "autumn"):
        spring.close(name=name)
    assert contract.cycle().total_micro <= 20 * REAL


@pytest.mark.rule("CAT-9", part="free quantity")
def test_batches_over_campaigns_take_what_is_free_once_and_never_wait_for_one_another_in_a_circle(
    world: World,
):
    reply = route_of("whatsapp", "reply", "BR")
    rules = {"free_quantity": 50, "free_scope": "sender", "free_period": "month", "free_zone": "UTC"}
    world.price(world.brl_100, reply, 5 * CENT, since=JUNE_1, **rules)
    spring = Campaigns(world.contract(), slice_places=10_000)  # one slice for each, for which all wait
    names = [f"campaign {n}" for n in range(6)]
    for n, name in enumerate(names):
        spring.hold((world.sms if n % 2 else reply, 200), name=name)
    keys = {name: str(event_key(name)) for name in names}

    def work(thread: int) -> list[tuple[int, int]]:
        draw, found = random.Random(thread), []
        for turn in range(6):
            batch = [
                (
                    *(str(spring.contract.id), NOON, keys[names[n]], str(uuid7())),
                    *(str(world.sms if n % 2 else reply), "1", "NULL", "NULL", "NULL", "NULL", "one"),
                )
                for n in draw.sample(range(6), 2)
            ]
            found += [tuple(answer) for answer in ask(hot.SETTLE, batch)]
            if turn % 3 == 0:
                spring.contract.hold(f"{thread}.{turn}", reply, sender="one")
        return found

    told = [answer for found in all_at_once(work, 16) for answer in found]
    assert {status for status, _price in told} == {Status.SETTLED.value}
    assert len(told) == 16 * 6 * 2
    free = sum(price == 0 for _status, price in told)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(taken) FROM metering_free")
        assert cursor.fetchone()[0] == 50
        cursor.execute("SELECT count(*) FROM metering_send WHERE price_micro = 0 AND campaign_id IS NULL")
        assert free + cursor.fetchone()[0] == 50


@pytest.mark.rule("PKG-12", "PKG-9")
def test_what_is_told_by_many_with_moments_of_their_own_draws_once_or_is_kept_once(world: World):
    contract = world.contract(value=10, limit_percent=0)
    moments = (
        JULY_1 - HOUR,
        JULY_1 + HOUR,
        JULY_1 - 20 * DAY,
        JULY_1 + 90 * DAY,
    )  # the last lies in no cycle

    def work(thread: int) -> Counter[ToldStatus]:
        names = [f"{n}" for n in range(60)]
        random.Random(thread).shuffle(names)
        answers: Counter[ToldStatus] = Counter()
        for n in range(0, 60, 20):
            events = [(contract, name, world.whatsapp, moments[thread % 4]) for name in names[n : n + 20]]
            answers.update(status for status, *_ in tell(*events, now=JULY_1 + HOUR))
        return answers

    told = sum(all_at_once(work, 16), Counter())
    assert told[ToldStatus.RECORDED] + told[ToldStatus.UNCOVERED] == 60
    assert (rows("metering_send"), rows("metering_uncovered")) == (
        told[ToldStatus.RECORDED],
        told[ToldStatus.UNCOVERED],
    )
