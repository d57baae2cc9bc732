"""What a row of the price list says besides its price: units, the status that draws, what is free, and what a send
that was counted otherwise draws (CAT-9, PKG-4, PKG-13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.catalog.models import Channel
from abono.domain.metering import actions as metering
from abono.domain.metering.own_limits import set_own_limits
from abono.domain.metering.types import HoldStatus, Outcome, SettleRequest, SettleStatus
from abono.kernel.ids import event_key
from tests.domain.metering.world import (
    CENT,
    DAY,
    HOUR,
    JUNE_1,
    NOON,
    REAL,
    Contract,
    World,
    books_are_clean,
    route_of,
    rows,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
INES, JUAN = "+55 11 90000-0001", "+55 11 90000-0002"
ONE, OTHER = "+55 11 4000-0001", "+55 11 4000-0002"  # numbers that send
MONTHLY = {"free_scope": "sender", "free_period": "month", "free_zone": "America/Sao_Paulo"}


@pytest.fixture
def rcs(world: World) -> int:
    """Drawn when it is delivered: a message at 0.20, which the carrier may count as basic at 0.08."""
    Channel.objects.create(code="rcs", by_country=True, position=9, uses=["mass_send"])
    message, basic = route_of("rcs", "message", "BR"), route_of("rcs", "basic", "BR")
    world.price(world.brl_100, message, 20 * CENT, since=LONG_AGO, draws_at="delivered")
    world.price(world.brl_100, basic, 8 * CENT, since=LONG_AGO)
    return message


def _reply(world: World, **rules: object) -> int:
    """A free-form reply at 0.05 for each unit."""
    route = route_of("whatsapp", "reply", "BR")
    world.price(world.brl_100, route, 5 * CENT, since=LONG_AGO, **rules)
    return route


def _use(contract: Contract) -> tuple[int, int]:
    found = contract.cycle()
    return found.held_micro, found.used_micro


# -- the status that draws


@pytest.mark.rule("PKG-4", part="status of the row")
@pytest.mark.rule("CAT-9", part="status that draws")
def test_what_draws_when_delivered_waits_when_it_was_sent(padaria: Contract, rcs: int):
    padaria.hold("offer", rcs)
    assert padaria.settle("offer").status is SettleStatus.WAITING
    assert _use(padaria) == (20 * CENT, 0)  # set aside as before
    assert rows("metering_settlement") == 0
    assert padaria.settle("offer", Outcome.DELIVERED).status is SettleStatus.SETTLED
    assert _use(padaria) == (0, 20 * CENT)
    assert padaria.settle("offer").status is SettleStatus.REPLAYED  # news out of order
    assert padaria.settle("offer", Outcome.DELIVERED).status is SettleStatus.REPLAYED
    assert padaria.settle("offer", Outcome.NOT_DELIVERED).status is SettleStatus.CLASH
    assert _use(padaria) == (0, 20 * CENT)
    assert books_are_clean()


@pytest.mark.rule("PKG-4", part="status of the row")
@pytest.mark.rule("CAT-9", part="status that draws")
def test_what_draws_when_delivered_gives_back_what_was_not(padaria: Contract, rcs: int):
    padaria.hold("offer", rcs)
    padaria.hold("ordinary")
    for name in ("offer", "ordinary"):
        padaria.settle(name, Outcome.NOT_DELIVERED)
    assert _use(padaria) == (0, 10 * CENT)  # the SMS was sent, and draws
    assert padaria.settle("offer", Outcome.NOT_DELIVERED).status is SettleStatus.NOT_DRAWN_BEFORE
    assert padaria.settle("offer").status is SettleStatus.NOT_DRAWN_BEFORE
    assert padaria.settle("offer", Outcome.DELIVERED).status is SettleStatus.CLASH
    assert _use(padaria) == (0, 10 * CENT)
    assert books_are_clean()


@pytest.mark.rule("PKG-4", part="status of the row")
def test_a_send_keeps_the_status_of_the_row_it_was_held_by(padaria: Contract, world: World):
    padaria.hold("before")
    world.price(world.brl_100, world.sms, 10 * CENT, since=NOON + HOUR, draws_at="delivered")
    padaria.hold("after", at=NOON + 2 * HOUR)
    told = [
        SettleRequest(padaria.id, event_key(n), Outcome.SENT, NOON + 3 * HOUR) for n in ("before", "after")
    ]
    assert [answer.status for answer in metering.settle(told)] == [SettleStatus.SETTLED, SettleStatus.WAITING]
    assert _use(padaria) == (10 * CENT, 10 * CENT)


@pytest.mark.rule("PKG-4", part="status of the row")
def test_what_was_not_held_is_recorded_by_its_row(padaria: Contract, rcs: int):
    assert padaria.record("lost", rcs, told=Outcome.NOT_DELIVERED).status is HoldStatus.NOTHING
    assert rows("metering_send") == 0
    assert padaria.record("left", rcs).status is HoldStatus.WAITING
    assert _use(padaria) == (20 * CENT, 0)
    assert padaria.record("left", rcs, told=Outcome.DELIVERED).status is HoldStatus.HELD
    assert padaria.record("sms", told=Outcome.NOT_DELIVERED).status is HoldStatus.HELD
    assert _use(padaria) == (0, 30 * CENT)


# -- units


@pytest.mark.rule("CAT-9", part="unit")
@pytest.mark.rule("PKG-9", part="other content")
def test_a_send_of_several_units_costs_each_of_them(padaria: Contract):
    first = padaria.hold("long", units=3)
    assert (first.status, first.price_micro) == (HoldStatus.HELD, 30 * CENT)  # 3 segments x 0.10
    assert padaria.hold("long", units=3).status is HoldStatus.REPLAYED
    assert padaria.hold("long", units=2).status is HoldStatus.CLASH
    assert padaria.hold("long").status is HoldStatus.CLASH
    padaria.settle("long")
    assert _use(padaria) == (0, 30 * CENT)
    assert books_are_clean()


@pytest.mark.rule("CAT-9", part="unit")
def test_units_that_do_not_fit_together_are_refused_together(world: World):
    tight = world.contract(value=1, limit_percent=0)  # R$ 1.00
    assert tight.hold("ten", units=10).status is HoldStatus.HELD
    assert tight.hold("one more").status is HoldStatus.BLOCKED
    fresh = world.contract(value=1, limit_percent=0)
    assert fresh.hold("eleven", units=11).status is HoldStatus.BLOCKED
    assert fresh.cycle().held_micro == 0


# -- counted otherwise


@pytest.mark.rule("PKG-13", part="another row")
@pytest.mark.rule("PKG-13", part="difference back")
def test_what_was_counted_as_something_cheaper_draws_that(padaria: Contract, rcs: int):
    padaria.hold("short", rcs)
    answer = padaria.settle("short", Outcome.DELIVERED, kind="basic")
    assert (answer.status, answer.price_micro) == (SettleStatus.SETTLED, 8 * CENT)
    assert _use(padaria) == (0, 8 * CENT)  # 0.12 of 0.20 went back
    again = padaria.settle("short", Outcome.DELIVERED)
    assert (again.status, again.price_micro) == (SettleStatus.REPLAYED, 8 * CENT)
    assert padaria.settle("short", Outcome.DELIVERED, kind="basic").status is SettleStatus.REPLAYED
    assert padaria.settle("short", Outcome.DELIVERED, kind="message").status is SettleStatus.OTHER_COUNT
    assert _use(padaria) == (0, 8 * CENT)
    assert books_are_clean()


@pytest.mark.rule("PKG-13", part="at or below the held price")
def test_what_was_counted_as_something_dearer_draws_what_was_held(padaria: Contract, world: World):
    padaria.hold("answer", world.answer)
    answer = padaria.settle("answer", kind="company")  # 0.55
    assert (answer.status, answer.price_micro) == (SettleStatus.SETTLED, 30 * CENT)
    padaria.hold("two")
    assert padaria.settle("two", units=9).price_micro == 10 * CENT
    assert _use(padaria) == (0, 40 * CENT)
    assert books_are_clean()


@pytest.mark.rule("PKG-13", part="another row")
def test_fewer_units_than_were_held_draw_less(padaria: Contract):
    padaria.hold("call", units=5)
    assert padaria.settle("call", units=2).price_micro == 20 * CENT
    assert _use(padaria) == (0, 20 * CENT)


@pytest.mark.rule("PKG-13", part="another row")
@pytest.mark.rule("PKG-8", part="list changes before delivery")
def test_the_other_row_is_that_of_the_moment_of_the_hold(padaria: Contract, rcs: int, world: World):
    basic = world.route("rcs", "basic", "BR")
    world.price(world.brl_100, basic, 3 * CENT, since=NOON + HOUR)
    padaria.hold("short", rcs)
    padaria.raise_to_250(at=NOON + HOUR)
    answer = padaria.settle("short", Outcome.DELIVERED, kind="basic", at=NOON + 2 * HOUR)
    assert answer.price_micro == 8 * CENT


@pytest.mark.rule("PKG-13", part="another row")
def test_a_kind_without_price_changes_nothing(padaria: Contract, rcs: int):
    padaria.hold("short", rcs)
    assert padaria.settle("short", Outcome.DELIVERED, kind="conversation").status is SettleStatus.NO_PRICE
    assert _use(padaria) == (20 * CENT, 0)
    assert padaria.settle("short", Outcome.DELIVERED).status is SettleStatus.SETTLED


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("LIM-2", part="blocked")
def test_what_comes_back_ends_a_block(world: World):
    tight = world.contract(value=1, limit_percent=0)
    tight.hold("call", units=10)
    assert tight.hold("refused").status is HoldStatus.BLOCKED
    tight.settle("call", units=4)
    assert tight.cycle().blocked_at is None
    assert tight.hold("again").status is HoldStatus.HELD
    assert _use(tight) == (10 * CENT, 40 * CENT)


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("LIM-5", part="budget per channel")
def test_what_comes_back_is_in_the_budget_of_its_channel_again(padaria: Contract):
    set_own_limits(contract_id=padaria.id, cap_micro=None, budgets={"sms": 50 * CENT}, actor="she", now=NOON)
    padaria.hold("call", units=5)
    assert padaria.hold("too much").status is HoldStatus.OVER_BUDGET
    padaria.settle("call", units=2)
    assert padaria.hold("fits", units=3).status is HoldStatus.HELD
    assert padaria.hold("one more").status is HoldStatus.OVER_BUDGET
    assert books_are_clean()


# -- what is free


@pytest.mark.rule("CAT-9", part="free quantity")
def test_each_number_has_its_units_free_and_then_pays(padaria: Contract, world: World):
    reply = _reply(world, free_quantity=3, **MONTHLY)
    prices = [padaria.hold(f"{n}", reply, sender=ONE).price_micro for n in range(5)]
    assert prices == [0, 0, 0, 5 * CENT, 5 * CENT]
    assert padaria.hold("other", reply, sender=OTHER).price_micro == 0
    assert padaria.hold("unnamed", reply).price_micro == 5 * CENT  # nobody says which number
    assert books_are_clean()


@pytest.mark.rule("CAT-9", part="free quantity")
def test_units_that_are_free_in_part_cost_the_rest(padaria: Contract, world: World):
    reply = _reply(world, free_quantity=3, **MONTHLY)
    padaria.hold("two", reply, units=2, sender=ONE)
    assert padaria.hold("four", reply, units=4, sender=ONE).price_micro == 15 * CENT  # 1 free, 3 x 0.05


@pytest.mark.rule("CAT-9", part="free quantity")
def test_a_send_that_draws_nothing_gives_its_free_units_back(padaria: Contract, world: World):
    reply = _reply(world, free_quantity=1, draws_at="delivered", **MONTHLY)
    padaria.hold("lost", reply, sender=ONE)
    assert padaria.hold("paid", reply, sender=ONE).price_micro == 5 * CENT
    padaria.settle("lost", Outcome.NOT_DELIVERED)
    assert padaria.hold("free", reply, sender=ONE).price_micro == 0
    padaria.settle("free", Outcome.DELIVERED)
    assert padaria.hold("paid again", reply, sender=ONE).price_micro == 5 * CENT
    assert padaria.hold("lost", reply, sender=ONE).status is HoldStatus.REPLAYED
    assert books_are_clean()


@pytest.mark.rule("CAT-9", part="free quantity")
def test_a_month_of_free_units_begins_in_its_zone_and_not_with_the_cycle(padaria: Contract, world: World):
    reply = _reply(world, free_quantity=1, **MONTHLY)
    minute = timedelta(minutes=1)
    contract = world.contract()
    assert contract.hold("in June", reply, sender=ONE, at=JUNE_1 + 29 * DAY + 12 * HOUR).price_micro == 0
    midnight = JUNE_1 + 30 * DAY  # of São Paulo, 03:00 in UTC
    assert contract.hold("still", reply, sender=ONE, at=midnight - minute).price_micro == 5 * CENT
    assert contract.hold("in July", reply, sender=ONE, at=midnight).price_micro == 0
    assert contract.hold("still in July", reply, sender=ONE, at=midnight + minute).price_micro == 5 * CENT
    assert padaria.hold("not hers", reply, sender=ONE).price_micro == 0  # of each contract


@pytest.mark.rule("CAT-9", part="free quantity")
def test_a_quantity_can_be_one_for_the_contract_and_of_each_day(padaria: Contract, world: World):
    reply = _reply(
        world, free_quantity=1, free_scope="contract", free_period="day", free_zone="America/Sao_Paulo"
    )
    found = [
        padaria.hold(name, reply, sender=sender, at=at).price_micro
        for name, sender, at in (("a", ONE, NOON), ("b", OTHER, NOON), ("c", None, NOON + DAY))
    ]
    assert found == [0, 5 * CENT, 0]


@pytest.mark.rule("CAT-9", part="free window")
@pytest.mark.rule("TIM-3")
def test_sends_in_an_open_window_are_free_and_take_nothing_of_the_quantity(padaria: Contract, world: World):
    reply = _reply(world, free_after="ad_click", free_hours=72, free_quantity=1, **MONTHLY)
    click = NOON
    padaria.observe("click", click, contact=INES, kind="ad_click")

    def price(name: str, contact: str | None, at: datetime) -> int | None:
        return padaria.hold(name, reply, sender=ONE, contact=contact, at=at).price_micro

    assert padaria.hold("dear", reply, sender=ONE, contact=JUAN, at=click, units=2).price_micro == 5 * CENT
    assert price("before", INES, click - timedelta(microseconds=1)) == 5 * CENT
    assert price("first", INES, click) == 0
    assert price("last", INES, click + 72 * HOUR - timedelta(microseconds=1)) == 0
    assert price("after", INES, click + 72 * HOUR) == 5 * CENT
    assert price("someone else", JUAN, click + HOUR) == 5 * CENT
    assert price("nobody", None, click + HOUR) == 5 * CENT
    assert books_are_clean()


@pytest.mark.rule("CAT-9", part="free window")
def test_a_window_can_open_with_a_message_that_counts_itself(padaria: Contract, world: World):
    reply = _reply(world, free_after="contact_message", free_hours=24)
    padaria.observe("hello", NOON, contact=INES)
    assert padaria.hold("in it", reply, contact=INES, at=NOON + HOUR).price_micro == 0
    padaria.observe("sms", NOON, contact=JUAN, channel="sms")
    assert padaria.hold("other channel", reply, contact=JUAN, at=NOON + HOUR).price_micro == 5 * CENT


@pytest.mark.rule("LIM-2", part="replies in an open window")
def test_replies_in_an_open_window_go_on_while_sending_is_blocked(world: World):
    reply = _reply(world, free_after="contact_message", free_hours=24)
    blocked = world.contract(value=1, limit_percent=0)
    blocked.hold("all", units=10)
    assert blocked.hold("refused").status is HoldStatus.BLOCKED
    blocked.observe("hello", NOON, contact=INES)
    assert blocked.hold("reply", reply, contact=INES, at=NOON + HOUR).status is HoldStatus.HELD
    assert blocked.hold("other", reply, contact=JUAN, at=NOON + HOUR).status is HoldStatus.BLOCKED
    assert _use(blocked) == (1 * REAL, 0)


# -- many at once


@pytest.mark.rule("PKG-7", part="one by one in order")
@pytest.mark.rule("CAT-9", part="free quantity")
def test_contracts_with_such_prices_and_ordinary_ones_in_one_batch(
    padaria: Contract, luna: Contract, world: World, rcs: int
):
    reply = _reply(world, free_quantity=1, **MONTHLY)
    asked = [
        luna.request("a"),
        padaria.request("b", reply, sender=ONE),
        luna.request("c", rcs),
        padaria.request("d", reply, sender=ONE),
        luna.request("e", units=2),
    ]
    answers = metering.hold(asked)
    assert [answer.price_micro for answer in answers] == [10 * CENT, 0, 20 * CENT, 5 * CENT, 20 * CENT]
    told = [SettleRequest(r.contract_id, r.send_id, Outcome.SENT, NOON) for r in asked]
    statuses = [answer.status.name for answer in metering.settle(told)]
    assert statuses == ["SETTLED", "SETTLED", "WAITING", "SETTLED", "SETTLED"]
    assert (_use(luna), _use(padaria)) == ((20 * CENT, 30 * CENT), (0, 5 * CENT))
    assert books_are_clean()
