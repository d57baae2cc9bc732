"""A send that has left draws, or is kept: whoever tells of it, how often, and in whatever order."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from abono.domain.metering import actions as metering
from abono.domain.metering.types import Outcome, keyed
from abono.domain.uncovered import hot
from abono.domain.uncovered.types import ToldStatus
from abono.platform.postgres.batches import ask, moment, quoted
from tests.domain.metering.world import CENT, DAY, JULY_1, NOON, Contract, World, books_are_clean, rows

GRACE = 2 * DAY


def tell(*events, now=NOON):
    """Each event: contract, name, route (None: no price), and what is not as usual."""
    rows_ = []
    for contract, name, route, *more in events:
        at = more[0] if more else now
        key, reference = keyed(name)
        rows_.append(
            (
                str(contract.id),
                str(key),
                "NULL" if route is None else str(route),
                moment(at),
                moment(now),
                quoted(reference),
                "sms",
                "message",
                "BR",
                "no_price" if route is None else "NULL",
                *("NULL", "NULL", "NULL", "1"),
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
@settings(max_examples=25, deadline=None)
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
@pytest.mark.rule("OPS-2", part="proves the books")
def test_the_books_show_an_uncovered_send_that_drew():
    world = World()
    contract = world.contract()
    tell((contract, "a", None))
    assert books_are_clean()
    contract.hold("a")
    metering.settle([])
    contract.settle("a")
    assert not books_are_clean()
