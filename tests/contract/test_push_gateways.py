"""What every supplier of Pix must do: at most one charge and one return for a key, whatever becomes of the answers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest

from abono.domain.payments.ports.port import KeyClash, RefundOutcome
from abono.domain.payments.ports.push import Arrival, Arrivals, LateTerms, Standing
from abono.gateways.pix.brcode import read
from abono.kernel.bank_days import bank_day
from abono.kernel.money import Money
from tests.contract.bench import fresh
from tests.contract.push_bench import PushBench, push_request

BOTH = pytest.mark.parametrize("due_in", [None, 3], ids=["at once", "by a day"])


@BOTH
def test_what_was_asked_for_can_be_paid_and_is_found(push_bench: PushBench, due_in: int | None) -> None:
    request = push_request(push_bench.now, due_in=due_in)
    reply = push_bench.gateway.ask(request)
    assert (reply.standing, reply.amount, reply.received) == (Standing.PAYABLE, request.amount, ())
    assert reply.pay_with is not None
    assert read(reply.pay_with).url
    assert push_bench.gateway.find(request.key, reply.reference or "") == reply
    assert push_bench.gateway.find(request.key, "") == reply


@BOTH
def test_what_was_never_asked_for_is_not_found(push_bench: PushBench, due_in: int | None) -> None:
    assert push_bench.gateway.find(fresh(), "") is None


@BOTH
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_a_lost_answer_is_unknown_until_asked_and_there_is_one_charge(
    push_bench: PushBench, due_in: int | None
) -> None:
    request = push_request(push_bench.now, due_in=due_in)
    push_bench.lose_answer()
    assert push_bench.gateway.ask(request).standing is Standing.UNKNOWN
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    assert found.standing is Standing.PAYABLE
    push_bench.pay(request.key)
    again = push_bench.gateway.ask(request)  # and whoever asks again hears that it is paid
    assert (again.standing, [one.amount for one in again.received]) == (Standing.PAID, [request.amount])
    assert push_bench.charges(request.key) == 1


@BOTH
def test_what_came_is_told_once_for_each_time(push_bench: PushBench, due_in: int | None) -> None:
    request = push_request(push_bench.now, due_in=due_in)
    push_bench.gateway.ask(request)
    first, second = push_bench.pay(request.key), push_bench.pay(request.key)
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    assert found.standing is Standing.PAID
    assert [(one.reference, one.amount) for one in found.received] == [
        (first, request.amount),
        (second, request.amount),
    ]
    today = request.issued
    assert all((one.paid_on, one.back, one.contested) == (today, None, None) for one in found.received)


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_money_is_found_by_its_own_name_whatever_it_came_for(push_bench: PushBench) -> None:
    request = push_request(push_bench.now)
    asked = push_bench.gateway.ask(request)
    reference = push_bench.pay(request.key, minor=5_00)
    arrivals = cast(Arrivals, push_bench.gateway)
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    assert arrivals.find_received(reference) == Arrival(request.key, asked.reference or "", found.received[0])
    assert arrivals.find_received("E" + "0" * 31) is None


@pytest.mark.rule("PAY-12", part="compared")
def test_another_sum_than_was_asked_for_is_handed_on_as_it_came(push_bench: PushBench) -> None:
    request = push_request(push_bench.now)
    push_bench.gateway.ask(request)
    push_bench.pay(request.key, minor=73_999)
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    assert [one.amount for one in found.received] == [Money(73_999, "BRL")]


def test_what_is_paid_late_carries_fine_and_interest(push_bench: PushBench) -> None:
    """The Central Bank's own example: 100.00, 3 % and 1 % a day, two days late: 100 + 3 + 2 = 105.00."""
    request = push_request(push_bench.now, minor=10_000, due_in=3, late=LateTerms(Decimal(3), Decimal(30)))
    assert request.due_date is not None
    due = bank_day(request.due_date)
    push_bench.gateway.ask(request)
    push_bench.pay(request.key, on=due + timedelta(days=2))
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    [came] = found.received
    assert (came.amount, came.late, came.paid_on) == (
        Money(10_500, "BRL"),
        Money(500, "BRL"),
        due + timedelta(days=2),
    )


@BOTH
def test_what_was_withdrawn_is_over_also_when_that_is_asked_twice(
    push_bench: PushBench, due_in: int | None
) -> None:
    request = push_request(push_bench.now, due_in=due_in)
    push_bench.gateway.ask(request)
    for _ in range(2):
        assert push_bench.gateway.withdraw(request.key, "").standing is Standing.ENDED
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    assert found.standing is Standing.ENDED


def test_who_pays_faster_than_it_is_withdrawn_has_paid(push_bench: PushBench) -> None:
    request = push_request(push_bench.now)
    push_bench.gateway.ask(request)
    push_bench.pay(request.key)
    reply = push_bench.gateway.withdraw(request.key, "")
    assert (reply.standing, len(reply.received)) == (Standing.PAID, 1)


def test_what_was_never_asked_for_is_withdrawn_without_a_word(push_bench: PushBench) -> None:
    assert push_bench.gateway.withdraw(fresh(), "").standing is Standing.ENDED


@pytest.mark.rule("PAY-9", part="full and part")
def test_money_is_given_back_in_parts_and_never_more_than_came(push_bench: PushBench) -> None:
    request = push_request(push_bench.now)
    push_bench.gateway.ask(request)
    came = push_bench.pay(request.key)
    for minor, outcome in (
        (30_000, RefundOutcome.DONE),
        (44_001, RefundOutcome.REFUSED),
        (44_000, RefundOutcome.DONE),
    ):
        assert push_bench.gateway.give_back(came, Money(minor, "BRL"), fresh()).outcome is outcome
    assert push_bench.returned(came) == [30_000, 44_000]
    found = push_bench.gateway.find(request.key, "")
    assert found is not None
    assert [(one.amount, one.back) for one in found.received] == [(request.amount, request.amount)]


@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_a_return_whose_answer_is_lost_is_made_once(push_bench: PushBench) -> None:
    request, key = push_request(push_bench.now), fresh()
    push_bench.gateway.ask(request)
    came = push_bench.pay(request.key)
    push_bench.lose_answer()
    assert push_bench.gateway.give_back(came, Money(50_000, "BRL"), key).outcome is RefundOutcome.UNKNOWN
    assert push_bench.gateway.give_back(came, Money(50_000, "BRL"), key).outcome is RefundOutcome.DONE
    assert push_bench.returned(came) == [50_000]


def test_one_key_for_two_returns_is_a_bug_and_gives_nothing_back(push_bench: PushBench) -> None:
    request, key = push_request(push_bench.now), fresh()
    push_bench.gateway.ask(request)
    came = push_bench.pay(request.key)
    push_bench.gateway.give_back(came, Money(100, "BRL"), key)
    with pytest.raises(KeyClash):
        push_bench.gateway.give_back(came, Money(200, "BRL"), key)
    assert push_bench.returned(came) == [100]


def test_nothing_is_given_back_of_what_never_came(push_bench: PushBench) -> None:
    reply = push_bench.gateway.give_back("E" + "0" * 31, Money(1, "BRL"), fresh())
    assert (reply.outcome, reply.code) == (RefundOutcome.REFUSED, "no_such_pix")
