"""A send that has left draws, or is kept: whoever tells of it, how often, and in whatever order."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.metering import actions as metering
from abono.domain.metering.types import Outcome, anew, keyed
from abono.domain.uncovered import hot
from abono.domain.uncovered import queries as uncovered
from abono.domain.uncovered.actions import Which, decide
from abono.domain.uncovered.errors import NothingToDecide
from abono.domain.uncovered.queries import Chosen
from abono.domain.uncovered.types import State, ToldStatus
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import ask
from tests.domain.metering.world import CENT, DAY, JULY_1, NOON, Contract, World, books_are_clean, rows
from tests.examples import through_the_database

GRACE = 2 * DAY


def tell(*events, now=NOON, outcome=Outcome.SENT):
    """Each event: contract, name, route (None: no price), and what is not as usual."""
    rows_ = []
    for contract, name, route, *more in events:
        at, told = more[0] if more else now, more[1] if len(more) > 1 else outcome
        key, reference = keyed(name)
        rows_.append(
            (
                str(contract.id),
                str(key),
                str(anew(key)),
                "NULL" if route is None else str(route),
                at,
                now,
                quoted(reference),
                "sms",
                "message",
                "BR",
                "no_price" if route is None else "NULL",
                *("NULL", "NULL", "NULL", "NULL", str(told.value)),
                GRACE,
            )
        )
    return [(ToldStatus(status), price, why) for status, price, why in ask(hot.TOLD, rows_)]


@pytest.mark.django_db
@pytest.mark.rule("PKG-12", part="beyond the limit")
def test_what_does_not_fit_is_kept_and_draws_on_nothing():
    world = World()
    contract = world.contract(value=1, limit_percent=0)
    told = tell(*((contract, f"{n}", world.whatsapp) for n in range(3)), (contract, "sms", world.sms))
    assert told == [
        (ToldStatus.RECORDED, 55 * CENT, None),
        (ToldStatus.UNCOVERED, 55 * CENT, "sending_blocked"),
        (ToldStatus.UNCOVERED, 55 * CENT, "sending_blocked"),
        (ToldStatus.RECORDED, 10 * CENT, None),
    ]
    assert (contract.cycle().used_micro, rows("metering_uncovered")) == (65 * CENT, 2)
    assert contract.cycle().blocked_at is not None


@pytest.mark.django_db
@pytest.mark.rule("PKG-12")
def test_the_cycles_end_and_the_grace_decide_whether_a_late_one_still_draws():
    world = World()
    contract = world.contract()
    june = JULY_1 - DAY / 24
    assert tell((contract, "in", world.sms, june), now=JULY_1 + GRACE - DAY / 24)[0][0] is ToldStatus.RECORDED
    assert tell((contract, "at", world.sms, june), now=JULY_1 + GRACE)[0] == (
        ToldStatus.UNCOVERED,
        10 * CENT,
        "too_late",
    )
    assert tell((contract, "july", world.sms, JULY_1), now=JULY_1 + GRACE)[0][0] is ToldStatus.RECORDED
    assert contract.cycle(june).used_micro == contract.cycle(JULY_1).used_micro == 10 * CENT


@pytest.mark.django_db
def test_a_rejected_one_is_not_told_as_sent():
    world = World()
    contract = world.contract()
    contract.hold("a")
    contract.settle("a", Outcome.REJECTED)
    assert tell((contract, "a", world.sms))[0][0] is ToldStatus.CLASH
    assert rows("metering_uncovered") == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("PKG-12", "PKG-9")
@through_the_database(25)
@given(
    batches=st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 1),
                st.sampled_from("abcdefgh"),
                st.sampled_from(["whatsapp", "sms", "webchat", None]),
            ),
            min_size=1,
            max_size=8,
        ),
        max_size=6,
    )
)
def test_each_send_draws_once_or_is_kept_once_whatever_comes_again(batches):
    world = World()
    both: list[Contract] = [
        world.contract(value=1, limit_percent=0),
        world.contract(value=1, limit_percent=50),
    ]
    first: dict[tuple[int, str], tuple[ToldStatus, int | None, str | None]] = {}
    drawn = [0, 0]
    for batch in batches:
        told = tell(
            *(
                (both[which], name, None if route is None else getattr(world, route))
                for which, name, route in batch
            )
        )
        for (which, name, _route), answer in zip(batch, told, strict=True):
            before = first.setdefault((which, name), answer)
            if before is answer and answer[0] is ToldStatus.RECORDED:
                drawn[which] += answer[1] or 0
            if before is not answer:
                assert answer[0] in (
                    {ToldStatus.REPLAYED, ToldStatus.CLASH}
                    if before[0] is ToldStatus.RECORDED
                    else {ToldStatus.UNCOVERED_BEFORE}
                )
    kept = sum(answer[0] is ToldStatus.UNCOVERED for answer in first.values())
    assert rows("metering_uncovered") == kept
    for which, contract in enumerate(both):
        assert contract.cycle().used_micro == drawn[which] <= contract.cycle().ceiling_micro
    assert books_are_clean()
    with connection.cursor() as cursor:
        for table in ("uncovered", "send", "settlement", "cycle", "threshold", "use_border"):
            cursor.execute(f"DELETE FROM metering_{table}")


@pytest.mark.django_db
@pytest.mark.rule("PKG-12", "PKG-9")
def test_one_whose_hold_ran_out_is_drawn_anew_and_once():
    world = World()
    contract = world.contract()
    contract.hold("a", world.whatsapp)
    contract.hold("b", units=3)
    metering.expire(now=NOON + 2 * DAY, contract_id=contract.id)
    assert contract.cycle().total_micro == 0
    later = NOON + 3 * DAY
    told = [tell((contract, "a", None), (contract, "b", world.sms), now=later) for _ in range(2)]
    assert told[0] == [(ToldStatus.RECORDED, 55 * CENT, None), (ToldStatus.RECORDED, 30 * CENT, None)]
    assert [status for status, *_ in told[1]] == [ToldStatus.REPLAYED] * 2
    assert (contract.cycle().held_micro, contract.cycle().used_micro) == (0, 85 * CENT)
    assert rows("metering_uncovered") == 0
    assert books_are_clean()


@pytest.mark.django_db
@pytest.mark.rule("PKG-12", part="beyond the limit")
def test_one_whose_hold_ran_out_is_kept_where_there_is_no_room():
    world = World()
    contract = world.contract(value=1, limit_percent=0)
    contract.hold("a", world.whatsapp)
    metering.expire(now=NOON + 2 * DAY, contract_id=contract.id)
    contract.hold("b", world.whatsapp, at=NOON + 2 * DAY)
    told = tell((contract, "a", world.whatsapp), now=NOON + 2 * DAY)
    assert told == [(ToldStatus.UNCOVERED, 55 * CENT, "sending_blocked")]
    metering.open_one_more_limit(contract_id=contract.id, at=NOON, extra_micro=9 * 55 * CENT)
    assert tell((contract, "a", world.whatsapp), now=NOON + 2 * DAY)[0][0] is ToldStatus.UNCOVERED_BEFORE
    late = JULY_1 + GRACE
    contract.hold("c")
    metering.expire(now=NOON + 4 * DAY, contract_id=contract.id)
    assert tell((contract, "c", world.sms, NOON), now=late) == [(ToldStatus.UNCOVERED, 10 * CENT, "too_late")]
    assert books_are_clean()


@pytest.mark.django_db
@pytest.mark.rule("PKG-12")
@pytest.mark.parametrize("how", [Outcome.NOT_DELIVERED, Outcome.REJECTED])
def test_what_draws_when_it_is_delivered_is_withdrawn_when_it_was_not(how: Outcome):
    world = World()
    contract = world.contract(value=0, limit_percent=0)
    world.price(world.brl_100, world.whatsapp, 50 * CENT, since=NOON - DAY, draws_at="delivered")
    for name in "abc":
        assert tell((contract, name, world.whatsapp))[0][0] is ToldStatus.UNCOVERED
    assert tell((contract, "sms", world.sms))[0][0] is ToldStatus.UNCOVERED
    told = [
        tell((contract, name, world.whatsapp), outcome=outcome)[0][0]
        for name, outcome in (
            *(("a", how), ("a", how), ("a", Outcome.SENT), ("a", Outcome.DELIVERED)),
            *(("b", Outcome.DELIVERED), ("b", how), ("c", Outcome.SENT), ("sms", how)),
        )
    ]
    assert told == [
        *(ToldStatus.NOTHING, ToldStatus.NOTHING, ToldStatus.NOTHING, ToldStatus.CLASH),
        *[ToldStatus.UNCOVERED_BEFORE] * 4,
    ]
    found = {one.name: (one.state, one.waits) for one in uncovered.uncovered(Chosen(), real=NOON)}
    assert found == {
        "a": (State.WITHDRAWN, False),
        "b": (State.OPEN, False),
        "c": (State.OPEN, True),
        "sms": (State.OPEN, False),
    }
    assert sum(group.sends for group in uncovered.groups(contract.id)) == 3
    assert uncovered.count() == (4, 3)
    assert contract.cycle().total_micro == 0


@pytest.mark.django_db
@pytest.mark.rule("PKG-12")
def test_what_waits_for_being_delivered_is_billed_only_then():
    world = World()
    contract = world.contract(value=0, limit_percent=0)
    world.price(world.brl_100, world.whatsapp, 50 * CENT, since=NOON - DAY, draws_at="delivered")
    tell((contract, "a", world.whatsapp))
    bill = {"which": Which(), "bill": True, "typed_micro": None, "why": "…", "actor": "olga", "now": NOON}
    assert uncovered.unnoticed() == []
    with pytest.raises(NothingToDecide):
        decide(contract_id=contract.id, **bill)
    tell((contract, "a", world.whatsapp), outcome=Outcome.DELIVERED)
    assert uncovered.unnoticed() == [(contract.id, None)]
    assert decide(contract_id=contract.id, **bill).total_micro == 50 * CENT


@pytest.mark.django_db
@pytest.mark.rule("PKG-9", "PKG-12")
def test_all_that_is_told_of_one_send_at_once_is_as_if_told_one_after_the_other():
    world = World()
    contract = world.contract()
    world.price(world.brl_100, world.whatsapp, 50 * CENT, since=NOON - DAY, draws_at="delivered")
    told = tell(
        *((contract, "a", world.whatsapp, NOON, how) for how in (Outcome.SENT, Outcome.DELIVERED)),
        *((contract, "b", world.whatsapp, NOON, how) for how in (Outcome.SENT, Outcome.NOT_DELIVERED)),
        *((contract, "c", None, NOON, how) for how in (Outcome.SENT, Outcome.SENT, Outcome.REJECTED)),
    )
    assert [status for status, *_ in told] == [
        *(ToldStatus.WAITING, ToldStatus.RECORDED, ToldStatus.WAITING, ToldStatus.NOTHING),
        *(ToldStatus.UNCOVERED, ToldStatus.UNCOVERED_BEFORE, ToldStatus.UNCOVERED_BEFORE),
    ]
    assert (contract.cycle().held_micro, contract.cycle().used_micro) == (0, 50 * CENT)
    assert books_are_clean()


@pytest.mark.django_db
@pytest.mark.rule("PKG-12", "LIM-1")
def test_a_package_of_nothing_keeps_what_costs_and_lets_pass_what_is_free():
    world = World()
    contract = world.contract(value=0, limit_percent=100)
    told = tell((contract, "sms", world.sms), (contract, "chat", world.webchat))
    assert told == [(ToldStatus.UNCOVERED, 10 * CENT, "sending_blocked"), (ToldStatus.RECORDED, 0, None)]
    assert contract.cycle().total_micro == 0
    assert contract.levels() == [("blocked", 0)]
    assert books_are_clean()


@pytest.mark.django_db
@pytest.mark.rule("PKG-12", "CAT-6")
def test_a_batch_over_two_cycles_draws_each_in_its_own():
    world = World()
    contract = world.contract(value=1, limit_percent=0)
    world.price(world.brl_100, world.sms, 90 * CENT, since=JULY_1)
    june = JULY_1 - DAY / 24
    told = tell(
        (contract, "j1", world.sms, JULY_1),
        *((contract, f"{n}", world.whatsapp, june) for n in range(2)),
        (contract, "j2", world.sms, JULY_1),
        (contract, "sms", world.sms, june),
        now=JULY_1 + DAY,
    )
    assert told == [
        (ToldStatus.RECORDED, 90 * CENT, None),
        (ToldStatus.RECORDED, 55 * CENT, None),
        (ToldStatus.UNCOVERED, 55 * CENT, "sending_blocked"),
        (ToldStatus.UNCOVERED, 90 * CENT, "sending_blocked"),
        (ToldStatus.RECORDED, 10 * CENT, None),
    ]
    assert (contract.cycle(june).used_micro, contract.cycle(JULY_1).used_micro) == (65 * CENT, 90 * CENT)
    assert books_are_clean()
