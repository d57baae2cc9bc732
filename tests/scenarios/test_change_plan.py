"""Change of plan: up at once, down with the next cycle, and what each costs to the cent (CHG-1, CHG-3, CHG-4, CHG-5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.errors import NoSuchChange, NothingChanges, QuoteStale
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.models import Notice
from abono.domain.payments.errors import CardDeclined, PaymentUnderWay
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.quotes.kept import quote_of
from abono.kernel.ids import parse
from tests.books import check_books
from tests.scenarios.paying import answer, card
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import LATER, state_of
from tests.work import renew_due
from tests.world import HOUR, JUNE_1, Tenant, accept, change, make_padaria, quote

JUNE_19 = JUNE_1 + timedelta(days=18)  # 12 of the 30 days of June are left


@pytest.fixture
def padaria(gateway):
    return make_padaria()  # Specialist for 600.00, package of 100.00


def newest(padaria: Tenant):
    return invoices.list_for_customer(padaria.customer_id)[0]


def withdraw(padaria: Tenant, change_id, *, now: datetime):
    return withdraw_change(change_id=change_id, customer_id=padaria.customer_id, actor="ana", now=now)


@pytest.mark.rule("CHG-4", part="unused credited, rest charged")
@pytest.mark.rule("CHG-3", part="up at once")
@pytest.mark.rule("CHG-5", part="preview says")
def test_a_step_up_costs_the_days_that_are_left_and_holds_at_once(padaria, gateway):
    """Worked example of docs/billing-arithmetic.md: 600.00 to 3,900.00 with 12 of 30 days left costs 1,320.00."""
    asked = quote(padaria, plan="professional", now=JUNE_19)
    seen = quote_of(changes.get(asked))
    assert [(line.kind.value, line.name, line.amount.minor) for line in seen.lines] == [
        ("plan_unused", "Specialist", -240_00),
        ("plan", "Professional", 1_560_00),
    ]
    assert seen.interactions == (500, 2_300)
    assert (seen.today.minor, seen.after.monthly.minor) == (1_320_00, 4_000_00)
    assert padaria.contract.plan_code == "specialist"

    assert accept(padaria, asked, now=JUNE_19).paid

    assert padaria.contract.plan_code == "professional"
    assert state_of(padaria, at=JUNE_19).included_interactions == 2_300
    assert state_of(padaria, at=JULY_1).included_interactions == 5_000
    assert sum(gateway.book.values()) == 1_349_00 + 1_320_00
    assert lines_of(newest(padaria)) == [("plan_unused", 1, -240_00), ("plan", 1, 1_560_00)]
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 3_900_00), ("package", 1, 100_00)]
    assert check_books() == []


@pytest.mark.rule("CHG-3")
def test_a_step_down_costs_nothing_and_begins_with_the_next_cycle(padaria, gateway):
    change(padaria, plan="expert", now=JUNE_1 + HOUR)
    paid = dict(gateway.book)
    asked = quote(padaria, plan="specialist", now=JUNE_19)
    seen = quote_of(changes.get(asked))
    assert (seen.lines, seen.today.minor, seen.begins_at) == ((), 0, JULY_1)

    accept(padaria, asked, now=JUNE_19)

    assert changes.get(asked).state == ChangeState.SCHEDULED.value
    assert padaria.contract.plan_code == "expert"
    assert state_of(padaria, at=JUNE_19).included_interactions == 2_000
    assert state_of(padaria, at=JULY_1).included_interactions == 500
    assert gateway.book == paid
    told = Notice.objects.get(kind="change_scheduled")
    assert (told.facts["plan_before"], told.facts["plan_later"]) == ("Expert", "Specialist")
    renew_due(now=JULY_1)
    assert padaria.contract.plan_code == "specialist"
    assert changes.get(asked).state == ChangeState.APPLIED.value
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
    assert check_books() == []


@pytest.mark.rule("CHG-3", part="withdrawn")
def test_a_step_down_is_withdrawn_and_the_contract_goes_on_as_it_is(padaria):
    change(padaria, plan="expert", package="brl-250", now=JUNE_1 + HOUR)
    asked = quote(padaria, plan="starter", package="brl-100", now=JUNE_19)
    accept(padaria, asked, now=JUNE_19)
    assert state_of(padaria, at=JULY_1).value_micro == 100_000_000

    for _ in range(2):
        assert withdraw(padaria, asked, now=JUNE_19 + HOUR).state is ChangeState.WITHDRAWN

    assert state_of(padaria, at=JULY_1).value_micro == 250_000_000
    assert state_of(padaria, at=JULY_1).included_interactions == 2_000
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 1_800_00), ("package", 1, 250_00)]
    assert check_books() == []


@pytest.mark.rule("CHG-3", part="rank, part by part")
def test_each_part_goes_its_own_way(padaria):
    """The plan goes up at once, the package down with the next cycle."""
    change(padaria, package="brl-250", now=JUNE_1 + HOUR)
    asked = quote(padaria, plan="expert", package="brl-100", now=JUNE_19)
    seen = quote_of(changes.get(asked))
    assert (seen.at_once, seen.later, seen.begins_at) == (("plan",), ("package",), JULY_1)
    accept(padaria, asked, now=JUNE_19)
    has = padaria.contract
    assert (has.plan_code, has.package_code) == ("expert", "brl-250")
    renew_due(now=JULY_1)
    has = padaria.contract
    assert (has.plan_code, has.package_code) == ("expert", "brl-100")
    assert lines_of(newest(padaria)) == [("plan", 1, 1_800_00), ("package", 1, 100_00)]


@pytest.mark.rule("CHG-8")
def test_a_step_down_that_is_to_come_gives_way_to_another_change_and_the_quote_says_so(padaria):
    first = quote(padaria, plan="starter", now=JUNE_19)
    accept(padaria, first, now=JUNE_19)
    asked = quote(padaria, plan="expert", now=JUNE_19 + HOUR)
    assert quote_of(changes.get(asked)).replaces == first
    accept(padaria, asked, now=JUNE_19 + HOUR)
    assert changes.get(first).state == ChangeState.WITHDRAWN.value
    renew_due(now=JULY_1)
    assert padaria.contract.plan_code == "expert"


@pytest.mark.rule("CHG-4", part="two changes in a day")
def test_two_changes_on_a_day_cost_what_the_direct_one_does(padaria, gateway):
    change(padaria, plan="expert", now=JUNE_19)
    change(padaria, plan="professional", now=JUNE_19 + HOUR)
    assert sum(gateway.book.values()) == 1_349_00 + 1_320_00
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 3_900_00), ("package", 1, 100_00)]
    assert check_books() == []


@pytest.mark.rule("CHG-1", part="quote_stale")
def test_what_is_not_as_it_was_quoted_is_refused_with_a_new_quote(padaria, gateway):
    asked = quote(padaria, plan="professional", now=JUNE_19)
    change(padaria, package="brl-250", now=JUNE_19 + timedelta(minutes=1))
    paid = dict(gateway.book)
    with pytest.raises(QuoteStale) as refused:
        accept(padaria, asked, now=JUNE_19 + timedelta(minutes=2))
    assert gateway.book == paid
    assert padaria.contract.plan_code == "specialist"
    anew = parse("chg", refused.value.facts["quote"])
    # The package of the old quote was 100.00: now that is a step down.
    assert quote_of(changes.get(anew)).later == ("package",)
    assert (refused.value.facts["today_minor"], refused.value.facts["difference_minor"]) == (1_320_00, 0)


@pytest.mark.rule("CHG-1", part="30 minutes, one day")
@pytest.mark.parametrize(
    ("seen_at", "valid"),
    [
        (JUNE_19, timedelta(minutes=30)),
        (JUNE_19.replace(hour=2, minute=45) + timedelta(days=1), timedelta(minutes=15)),  # 23:45 in São Paulo
    ],
)
def test_a_quote_is_good_for_half_an_hour_and_not_beyond_the_day(padaria, seen_at, valid):
    asked = quote(padaria, plan="expert", now=seen_at)
    with pytest.raises(QuoteStale):
        accept(padaria, asked, now=seen_at + valid)
    assert accept(padaria, asked, now=seen_at + valid - timedelta(seconds=1)).paid


@pytest.mark.rule("CHG-7")
def test_a_step_up_that_is_declined_leaves_the_old_plan_untouched(padaria, gateway):
    card(padaria, "decline:balance")
    before = (state_of(padaria, at=JUNE_19), dict(gateway.book))
    asked = quote(padaria, plan="expert", now=JUNE_19)
    for _ in range(2):
        with pytest.raises(CardDeclined):
            accept(padaria, asked, now=JUNE_19)
    assert (state_of(padaria, at=JUNE_19), dict(gateway.book)) == before
    assert padaria.contract.plan_code == "specialist"
    card(padaria, "ok")
    assert accept(padaria, asked, now=JUNE_19 + timedelta(minutes=5)).paid
    assert padaria.contract.plan_code == "expert"
    assert Invoice.objects.get(reason="change").state == "paid"
    assert check_books() == []


@pytest.mark.rule("CHG-8", part="while another is paid")
def test_while_a_change_is_being_paid_there_is_no_other(padaria):
    card(padaria, "lost")
    assert not change(padaria, plan="expert", now=JUNE_19).paid
    with pytest.raises(PaymentUnderWay):
        quote(padaria, plan="professional", now=JUNE_19 + HOUR)
    answer(now=JUNE_19 + HOUR)
    assert padaria.contract.plan_code == "expert"


@pytest.mark.rule("CHG-4", part="moment of acceptance")
def test_a_change_that_is_confirmed_days_later_costs_and_begins_as_of_its_acceptance(padaria):
    card(padaria, "lost")
    change(padaria, plan="professional", now=JUNE_19)
    answer(now=JUNE_19 + timedelta(days=3))
    assert padaria.contract.plan_code == "professional"
    assert newest(padaria).total_minor == 1_320_00
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 3_900_00), ("package", 1, 100_00)]
    assert check_books() == []


@pytest.mark.rule("CHG-4", "PAY-7")
def test_a_change_that_is_confirmed_in_the_next_cycle_is_put_right_on_the_invoice_after_it(padaria):
    """June had the old plan, so what was paid for its days is taken off; July's fee was that of the old one."""
    card(padaria, "lost")
    change(padaria, plan="professional", now=JUNE_19)
    card(padaria, "ok")
    renew_due(now=JULY_1)
    answer(now=JULY_1 + HOUR)
    assert padaria.contract.plan_code == "professional"
    august = padaria.contract.cycle_end
    renew_due(now=august)
    paid = sum(one.total_minor for one in invoices.list_for_customer(padaria.customer_id))
    # activation 649.00; June 600.00 + 100.00; July from its first hour on Professional; August
    assert paid == 649_00 + 700_00 + 4_000_00 + 4_000_00
    assert check_books() == []


@pytest.mark.rule("CHG-1", "CHG-8")
def test_what_the_contract_has_already_is_no_change(padaria):
    with pytest.raises(NothingChanges):
        quote(padaria, now=LATER)
    asked = quote(padaria, plan="starter", now=LATER)
    accept(padaria, asked, now=LATER)
    with pytest.raises(NothingChanges):
        quote(padaria, plan="starter", now=LATER)


@pytest.mark.rule("CHG-1", "API-2")
def test_accepting_twice_is_answered_as_the_first_time_and_charged_once(padaria, gateway):
    asked = quote(padaria, plan="expert", now=JUNE_19)
    first = accept(padaria, asked, now=JUNE_19)
    again = accept(padaria, asked, now=JUNE_19 + HOUR)
    assert (first.paid, again.paid) == (True, True)
    assert len(gateway.book) == 2


@pytest.mark.rule("OPS-6")
def test_quotes_that_nobody_accepted_go_and_accepted_changes_stay(padaria):
    asked = quote(padaria, plan="professional", now=JUNE_19)
    made = quote(padaria, plan="expert", now=JUNE_19)
    accept(padaria, made, now=JUNE_19)
    old = JUNE_19 + changes.QUOTE_KEPT + HOUR
    assert changes.forget_quotes(now=old - 2 * HOUR) == 0
    assert changes.forget_quotes(now=old) == 1
    with pytest.raises(NoSuchChange):
        changes.get(asked)
    assert changes.get(made).state == "applied"
