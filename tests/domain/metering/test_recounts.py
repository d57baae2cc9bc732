"""A send that drew, and that the carrier counts as something cheaper later on: the difference goes back (PKG-13)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.metering import actions as metering
from abono.domain.metering.own_limits import set_own_limits
from abono.domain.metering.types import HoldStatus, Outcome, SettleRequest, SettleStatus
from abono.domain.usage import queries as usage
from abono.domain.usage import rollups
from abono.kernel.ids import event_key
from tests.domain.metering.world import (
    CENT,
    DAY,
    HOUR,
    JULY_1,
    JUNE_1,
    NOON,
    Contract,
    World,
    books_are_clean,
    rows,
)
from tests.examples import through_the_database

SETTLED, REPLAYED, OTHER = SettleStatus.SETTLED, SettleStatus.REPLAYED, SettleStatus.OTHER_COUNT


def _used(contract: Contract) -> int:
    return contract.cycle().used_micro


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("PKG-13", part="another row")
@pytest.mark.rule("PKG-9", part="same content")
def test_each_cheaper_count_gives_back_and_what_was_said_before_is_said_again(
    padaria: Contract, world: World
):
    padaria.hold("offer", world.whatsapp, units=4)  # 4 x 0.55
    counts = [
        (None, None, SETTLED, 220),
        ("contact", None, SETTLED, 120),  # 4 x 0.30
        ("contact", 3, SETTLED, 90),
        ("contact", None, REPLAYED, 90),  # told again, and no dearer for it
        ("company", None, REPLAYED, 90),
        (None, None, REPLAYED, 90),
        (None, 3, OTHER, 90),  # 3 x 0.55 was never said before
        ("gossip", None, SettleStatus.NO_PRICE, 220),
    ]
    for kind, units, status, cents in counts:
        answer = padaria.settle("offer", Outcome.DELIVERED, kind=kind, units=units)
        assert (kind, units, answer.status, answer.price_micro) == (kind, units, status, cents * CENT)
    assert padaria.settle("offer", Outcome.REJECTED).status is SettleStatus.CLASH
    assert (_used(padaria), padaria.cycle().held_micro) == (90 * CENT, 0)
    assert (rows("metering_settlement"), rows("metering_recount")) == (1, 2)
    assert books_are_clean()


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("FIN-5")
def test_what_was_added_up_before_is_used_less_of(padaria: Contract, world: World):
    for name in ("one", "two"):
        padaria.hold(name, world.whatsapp)
        padaria.settle(name)
    rollups.roll(now=NOON + HOUR, contract_id=padaria.id)
    padaria.settle("one", kind="contact")
    (line,) = usage.use_by_route(contract_id=padaria.id, cycle_start=JUNE_1)
    assert (line.sent, line.sent_micro, _used(padaria)) == (2, 85 * CENT, 85 * CENT)  # 0.30 + 0.55
    assert books_are_clean()
    rollups.rebuild(now=NOON + HOUR, contract_id=padaria.id)
    assert usage.use_by_route(contract_id=padaria.id, cycle_start=JUNE_1) == [line]
    assert books_are_clean()


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("PKG-9", part="other content")
def test_one_call_may_say_how_it_ended_and_what_it_was_counted_as_and_that_it_is_another(
    padaria: Contract, world: World
):
    padaria.hold("offer", world.whatsapp)
    told = [
        (None, None, None),
        ("contact", None, None),
        (None, "whatsapp", "PE"),
        (None, "sms", "BR"),
        (None, "sms", None),
    ]
    answers = metering.settle(
        [
            SettleRequest(padaria.id, event_key("offer"), Outcome.SENT, NOON, kind, None, channel, country)
            for kind, channel, country in told
        ]
    )
    assert [one.status for one in answers] == [SETTLED, SETTLED, *[SettleStatus.OTHER_SEND] * 3]
    assert (rows("metering_recount"), _used(padaria)) == (1, 30 * CENT)
    assert books_are_clean()


@pytest.mark.rule("PKG-9", part="same content")
def test_the_channel_and_country_of_a_send_are_no_other_content(padaria: Contract, world: World):
    padaria.hold("offer", world.whatsapp)
    padaria.hold("chat", world.webchat)
    told = [("offer", "whatsapp", "BR"), ("offer", "whatsapp", None), ("chat", "webchat", "BR")]
    for _time in range(2):
        answers = metering.settle(
            [
                SettleRequest(padaria.id, event_key(name), Outcome.SENT, NOON, None, None, channel, country)
                for name, channel, country in told
            ]
        )
        assert {one.status for one in answers} <= {SETTLED, REPLAYED}


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("LIM-5", part="budget per channel")
def test_what_comes_back_later_ends_a_cap_and_is_in_the_budget_of_its_channel_again(
    padaria: Contract, world: World
):
    set_own_limits(
        contract_id=padaria.id, cap_micro=100 * CENT, budgets={"whatsapp": 55 * CENT}, actor="she", now=NOON
    )
    padaria.hold("offer", world.whatsapp)
    padaria.settle("offer")
    assert padaria.hold("refused", units=5).status is HoldStatus.CAPPED  # 0.55 + 0.50
    padaria.settle("offer", kind="contact")
    assert padaria.cycle().capped_at is None
    assert padaria.hold("fits").status is HoldStatus.HELD
    assert padaria.hold("too much", world.answer).status is HoldStatus.OVER_BUDGET  # 0.30 + 0.30 of 0.55
    assert books_are_clean()
    set_own_limits(contract_id=padaria.id, cap_micro=None, budgets={}, actor="she", now=NOON)
    set_own_limits(contract_id=padaria.id, cap_micro=None, budgets={"sms": 1}, actor="she", now=NOON)
    assert books_are_clean()  # totals computed anew


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("INV-3")
@pytest.mark.parametrize("made_by", ["block", "raise", "end"])
def test_overage_that_may_be_on_an_invoice_stays_what_it_is(world: World, made_by: str):
    small = world.contract(value=1)  # R$ 1.00, and as much beyond it
    late = JULY_1 - timedelta(minutes=59)
    small.hold("open")
    for n in range(3):
        small.hold(f"{n}", world.whatsapp)
        small.settle(f"{n}")
    assert (
        small.settle("0", kind="contact", at=late - HOUR).price_micro == 30 * CENT
    )  # 1.65 > 1.00: on none yet
    at = late if made_by == "end" else NOON
    if made_by == "block":
        assert small.hold("refused", world.whatsapp, units=9).status is HoldStatus.BLOCKED
        small.settle("open", Outcome.REJECTED)
        assert small.cycle().blocked_at is None
    elif made_by == "raise":
        metering.open_one_more_limit(contract_id=small.id, at=NOON, extra_micro=1)
    assert small.settle("1", kind="contact", at=at).status is OTHER
    assert _used(small) == 140 * CENT
    assert books_are_clean()


@pytest.mark.rule("PKG-13", part="difference back")
@pytest.mark.rule("PKG-3", part="lost at the end")
def test_what_the_package_pays_goes_back_also_when_its_cycle_is_over(padaria: Contract, world: World):
    padaria.hold("offer", world.whatsapp)
    padaria.settle("offer")
    assert padaria.settle("offer", kind="contact", at=JULY_1 + DAY).status is SETTLED
    assert _used(padaria) == 30 * CENT
    assert books_are_clean()


counts = st.lists(
    st.tuples(st.sampled_from([None, "company", "contact"]), st.sampled_from([None, 1, 2, 3, 9])),
    min_size=1,
    max_size=8,
)


@pytest.mark.rule("PKG-13", part="at or below the held price")
@through_the_database(25)
@given(told=counts, cuts=st.sets(st.integers(1, 7)))
def test_a_send_draws_the_cheapest_of_what_it_was_counted_as_however_that_is_told(
    world: World, told: list[tuple[str | None, int | None]], cuts: set[int]
):
    contract = world.contract()
    contract.hold("offer", world.whatsapp, units=3)
    edges = [0, *sorted(cut for cut in cuts if cut < len(told)), len(told)]
    for first, last in pairwise(edges):
        metering.settle(
            [
                SettleRequest(contract.id, event_key("offer"), Outcome.SENT, NOON, kind, units)
                for kind, units in told[first:last]
            ]
        )
    each = {None: 55, "company": 55, "contact": 30}
    costs = [min(165, each[kind] * (units or 3)) * CENT for kind, units in told]
    assert _used(contract) == min(costs)
    assert books_are_clean()
