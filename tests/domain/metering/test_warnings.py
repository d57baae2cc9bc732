from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from abono.domain.metering import actions as metering
from abono.domain.metering import queries, rules
from abono.domain.metering.rules import Level, SendingState
from abono.domain.metering.types import HoldStatus, Outcome
from abono.kernel import rating
from tests.domain.metering.world import CENT, HOUR, JULY_1, NOON, REAL, Contract, World
from tests.examples import through_the_database


@pytest.fixture
def small(world: World) -> Contract:
    """R$ 1 and R$ 1 again: ten SMS are the package, twenty the limit."""
    return world.contract(value=1)


@pytest.mark.rule("LIM-3", part="each once per cycle")
@pytest.mark.rule("LIM-3", part="levels: default")
def test_each_level_is_told_once_when_it_is_reached(small: Contract):
    seen = []
    for n in range(21):
        small.hold(f"{n}", at=NOON + n * HOUR / 60)
        seen.append(len(small.levels()))
    # 8 × 0.10 is 80 % of R$ 1; 10 the package; 18 are 90 % of R$ 2; the 21st does not fit.
    assert [seen.index(count) + 1 for count in (1, 2, 3, 4)] == [8, 10, 18, 21]
    assert small.levels() == [("package_80", 0), ("package_100", 0), ("limit_90", 0), ("blocked", 0)]
    assert queries.thresholds(small.id)[0].crossed_at == NOON + 7 * HOUR / 60


@pytest.mark.rule("LIM-3")
def test_one_batch_that_reaches_all_levels_tells_all_of_them(small: Contract):
    small.hold_many(30)
    assert sorted(small.levels()) == [("blocked", 0), ("limit_90", 0), ("package_100", 0), ("package_80", 0)]


@pytest.mark.rule("LIM-3")
def test_falling_below_a_level_and_reaching_it_again_is_not_told_again(small: Contract):
    small.hold_many(21)
    told = small.levels()
    for n in range(20):
        small.settle(f"many {n}", Outcome.REJECTED)
    small.hold_many(21, name="more")
    assert small.cycle().blocked_at is not None
    assert small.levels() == told


@pytest.mark.rule("LIM-4")
@pytest.mark.rule("LIM-3", part="again after a raise")
def test_raising_the_package_ends_the_block_and_warns_anew(world: World):
    contract = world.contract(limit_percent=0)  # R$ 100
    contract.hold_many(1_001)
    assert contract.cycle().sending_state is SendingState.BLOCKED
    contract.raise_to_250(limit_percent=0)
    cycle = contract.cycle()
    assert (cycle.total_micro, cycle.left_micro, cycle.raised) == (100 * REAL, 150 * REAL, 1)
    assert contract.hold("resumed").price_micro == 8 * CENT  # at the bigger package's price
    assert contract.levels()[-1] != ("package_80", 1)
    contract.hold_many(1_300, name="on")  # 100.08 + 104.00 = 204.08, past 80 % of 250
    assert contract.levels()[-1] == ("package_80", 1)


@pytest.mark.rule("LIM-4")
def test_paying_the_overage_opens_one_more_limit(small: Contract):
    small.hold_many(21)
    metering.open_one_more_limit(contract_id=small.id, at=NOON, extra_micro=1 * REAL)
    cycle = small.cycle()
    assert (cycle.ceiling_micro, cycle.left_micro, cycle.blocked_at) == (3 * REAL, 1 * REAL, None)
    small.hold_many(11, name="on")
    # The package's own levels are not told again; those of the limit are.
    assert small.levels()[4:] == [("limit_90", 1), ("blocked", 1)] or small.levels()[4:] == [
        ("blocked", 1),
        ("limit_90", 1),
    ]


@pytest.mark.rule("LIM-4")
def test_a_limit_that_was_opened_stays_open_when_the_package_is_raised(padaria: Contract):
    metering.open_one_more_limit(contract_id=padaria.id, at=NOON, extra_micro=400 * REAL)  # 200 + 400
    padaria.raise_to_250()  # 250 and 250 again would be 500
    assert padaria.cycle().ceiling_micro == 600 * REAL


@pytest.mark.rule("LIM-3", part="each once per cycle")
def test_a_new_cycle_warns_anew(world: World):
    contract = world.contract(value=1, limit_percent=0)
    contract.hold_many(11)
    contract.hold_many(11, at=JULY_1, name="july")
    assert len(contract.levels()) == 8


@pytest.mark.rule("LIM-3")
def test_a_notice_is_made_by_one_of_many(small: Contract):
    small.hold_many(8)
    (threshold,) = queries.unnoticed_thresholds()
    assert threshold.level == "package_80"
    assert [metering.notice_threshold(threshold) for _ in range(3)] == [True, False, False]
    assert queries.unnoticed_thresholds() == []


def test_the_marks_of_a_bar_are_where_warnings_go_out():
    assert rules.marks(value_micro=100, ceiling_micro=200) == {
        Level.PACKAGE_80: 80,
        Level.PACKAGE_100: 100,
        Level.LIMIT_90: 180,
        Level.BLOCKED: 200,
    }
    assert rules.marks(value_micro=1, ceiling_micro=rating.UNLIMITED) == {
        Level.PACKAGE_80: 1,  # 0.8 rounded up
        Level.PACKAGE_100: 1,
    }


@pytest.mark.rule("LIM-3")
@given(value=st.integers(0, rating.UNLIMITED - 1), limit=st.integers(0, rating.UNLIMITED))
@example(value=0, limit=0)
@example(value=0, limit=1)
@example(value=1, limit=rating.UNLIMITED)
@through_the_database(100)
def test_pages_and_functions_know_the_same_levels(db: None, value: int, limit: int):
    ceiling = min(value + limit, rating.UNLIMITED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, at_micro FROM metering_levels_v1(%s, %s)", [value, ceiling])
        told = dict(cursor.fetchall())
    shown = rules.marks(value_micro=value, ceiling_micro=ceiling)
    shown.pop(Level.BLOCKED, None)  # no amount: a send did not fit
    assert told == {str(level): at for level, at in shown.items()}


def test_the_state_of_sending_follows_the_amounts(small: Contract):
    states = []
    for n in range(21):
        small.hold(f"{n}")
        states.append(small.cycle().sending_state.value)
    assert states == ["ok"] * 7 + ["warning"] * 3 + ["overage"] * 10 + ["blocked"]


def test_without_a_limit_there_is_no_warning_of_it(world: World):
    contract = world.contract(value=1, limit_percent=None)
    assert {a.status for a in contract.hold_many(100)} == {HoldStatus.HELD}
    assert contract.levels() == [("package_100", 0), ("package_80", 0)]
