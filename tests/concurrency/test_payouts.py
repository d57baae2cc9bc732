"""Payouts that are recorded at once: a clearing account is paid out once, and not more than lies there (PAY-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from abono.domain.payments import payouts
from abono.domain.payments.errors import PayoutTooMuch
from abono.domain.payments.models import Payout
from abono.domain.payments.payouts import NewPayout
from abono.flows.check_books import check_books
from abono.kernel.money import Money
from tests.concurrency.test_flows import at_once
from tests.world import DAY, JUNE_1, load_catalog, make_padaria

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.rule("PAY-13", part="clearing accounts"),
]
ALL = NewPayout("simulator", "po_1", Money(1_300_00, "BRL"), Money(49_00, "BRL"), date(2026, 6, 3))


@pytest.fixture(autouse=True)
def padaria(gateway):
    load_catalog()
    return make_padaria()


def record(new: NewPayout):
    return payouts.record(new, actor="olga", now=JUNE_1 + 2 * DAY)


def test_of_two_that_both_want_what_lies_there_one_is_refused():
    answers = at_once(lambda n: record(replace(ALL, reference=f"po_{n}")))
    assert len([one for one in answers if isinstance(one, PayoutTooMuch)]) == len(answers) - 1
    assert [one for one in payouts.sources() if one[1]] == []
    assert Payout.objects.count() == 1
    assert check_books() == []


def test_the_same_pressed_at_once_is_one():
    assert len({one.id for one in at_once(lambda _n: record(ALL))}) == 1
    assert [one for one in payouts.sources() if one[1]] == []
    assert check_books() == []
