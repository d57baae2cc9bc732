"""Lives at random in which all of it meets: settings, taxes, coupons, licences, arrangements, changes that wait, are late or
undone, credit notes, one-off invoices, review, regret. What is shown is what comes, and each cycle is billed once."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.scenarios.living import billing, by_pix, changing, leaving, pricing, rising, standing
from tests.scenarios.living.life import SETTINGS, Life
from tests.scenarios.living.seeds import PLACES, seeds
from tests.work import renew_due

pytestmark = pytest.mark.usefixtures("bank")

ALL = {
    standing.owing: 3,
    standing.paid_otherwise: 5,
    standing.taken_back: 2,
    standing.given_up: 3,
    standing.contested: 3,
    standing.paid_out: 2,
    rising.adjusted: 3,
    rising.not_adjusted: 1,
    rising.newer: 2,
    rising.tried: 3,
    by_pix.paid: 6,
    by_pix.stray: 2,
    leaving.cancelled: 2,
    leaving.kept: 4,
}


def live(life: Life, *, months: int = 3, more: bool = False) -> None:
    dice = life.dice
    acts = {
        changing.change: 8,
        changing.undo: 4,
        changing.withdraw: 1,
        billing.credit_note: 2,
        pricing.coupon: 2,
        pricing.own_price: 2,
        pricing.own_price_ends: 1,
        billing.used: 1,
        billing.one_off: 1,
        changing.late: 1,
        **(ALL if more else {}),
    }
    for _month in range(months):
        for _ in range(dice.randrange(1, 6) if not more else dice.randrange(4, 16)):
            life.now += timedelta(minutes=dice.choice([7, 25, 60, 60 * 24 * 3, 60 * 24 * 6]))
            if life.now >= life.tenant.contract.cycle_end:
                break
            renew_due(now=life.now)
            if dice.randrange(12) == 0:
                life.set(dice.choice(list(SETTINGS)), now=life.now)
            [act] = dice.choices(list(acts), list(acts.values()))
            act(life)
            life.checked()
        if months == 3 and dice.randrange(3) == 0:
            break
        if leaving.ends_now(life):
            leaving.end(life)
            life.checked()
            return
        billing.renew(life)
        life.checked()
    billing.give_back(life)


@pytest.mark.rule("CHG-1", part="to the cent")
@pytest.mark.rule("CHG-9", part="goes back exactly")
@pytest.mark.rule("CON-10", part="full refund in one press")
@pytest.mark.parametrize("seed", seeds(0, always=1))
def test_whatever_meets_is_shown_charged_undone_and_given_back_to_the_cent(gateway: Any, seed: int) -> None:
    told(Life(Random(seed), gateway), months=3)


@pytest.mark.nightly
@pytest.mark.rule("CAT-10", part="year's fee once")
@pytest.mark.parametrize("seed", seeds(20_000, always=0))
def test_so_it_is_over_more_than_a_paid_year(gateway: Any, seed: int) -> None:
    told(Life(Random(seed), gateway, by_year=True), months=14)


@pytest.mark.rule("CHG-9", part="goes back exactly")
def test_a_change_that_was_paid_late_gives_back_what_it_asked_of_the_cycle_before(gateway: Any) -> None:
    told(Life(Random(20_059), gateway, by_year=True), months=5)


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.rule("TIM-4", part="no day twice or not at all")
@pytest.mark.parametrize("seed", seeds(10_000, always=1))
def test_so_it_is_with_money_that_comes_otherwise_and_prices_that_move(gateway: Any, seed: int) -> None:
    zone, since, currency = PLACES[seed % len(PLACES)]
    since = datetime.fromisoformat(since)
    life = Life(Random(seed), gateway, zone=zone, since=since, currency=currency)
    told(life, months=14 if seed % 10 == 9 else 3, more=True)


def told(life: Life, *, months: int, more: bool = False) -> None:
    """Live it, and tell its story where it goes wrong."""
    try:
        live(life, months=months, more=more)
    except BaseException:
        for line in life.story:
            print(*line)
        raise
