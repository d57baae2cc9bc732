"""A contract that stays restricted for what is overdue ends after two notices (END-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State as Invoiced
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Notice
from abono.domain.payments.models import Refund
from abono.domain.restrictions import queries as restrictions
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REVIEW_FOR
from abono.domain.settings.restriction import END_AFTER
from abono.flows.charges.costs import costs_of_cycle
from abono.flows.endings.cancel import cancel
from abono.flows.restriction.by_seller import restrict_for_fraud
from abono.platform.models import Due, Event
from tests.books import check_books
from tests.scenarios.paying import answer, card, pay
from tests.scenarios.taking_back import PLAN, newest, take_back, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_restricted_cycles import THE_11TH
from tests.scenarios.test_restriction import OLGA, state
from tests.work import ask_gateways, renew_due
from tests.world import DAY, HOUR, JUNE_1, make_padaria, use

END = datetime(2026, 9, 9, 3, tzinfo=UTC)  # midnight of São Paulo, 60 days after 11 July
FIRST, SECOND = END - 14 * DAY, END - 3 * DAY
ENDS, ENDED = ("contract_ends_for_debt", "2026-09-08"), ("contract_ended", "2026-09-08")


@pytest.fixture
def padaria(gateway):
    return make_padaria()


@pytest.fixture
def owing(padaria):
    """The invoice of July restricts it on the 11th."""
    july = unpaid_renewal(padaria)
    renew_due(now=THE_11TH)
    return july


def told(tenant):
    kinds = "contract_ends_for_debt", "contract_ended"
    found = Notice.objects.filter(customer_id=tenant.customer_id, kind__in=kinds).order_by("id")
    return [(one.kind, one.facts["last_date"]) for one in found]


def at(*moments):
    for moment in moments:
        renew_due(now=moment)


def end_after(days, now=JUNE_1):
    set_value(setting=END_AFTER, value=days, actor="olga", why="to be tried", now=now)


@pytest.mark.rule("END-5", part="60 days: default")
@pytest.mark.rule("END-5", part="two notices")
def test_after_sixty_days_and_two_notices_it_ends(padaria, owing):
    assert Notice.objects.get(kind="contract_restricted").facts["ends_date"] == "2026-09-09"
    at(FIRST - HOUR)
    assert told(padaria) == []
    at(FIRST, SECOND - HOUR)
    assert told(padaria) == [ENDS]
    at(SECOND, END - HOUR)
    assert told(padaria) == [ENDS, ENDS]
    assert state(padaria) is State.RESTRICTED
    at(END)
    assert state(padaria) is State.ENDED
    assert told(padaria) == [ENDS, ENDS, ENDED]
    assert padaria.contract.ended_at == END
    assert contracts.moves(padaria.contract_id)[0].reason == "debt"
    [was] = restrictions.history(padaria.contract_id)
    assert (was.ends_on, was.told) == (date(2026, 9, 9), 2)
    at(END + DAY, END + 40 * DAY)
    assert len(told(padaria)) == 3
    assert Event.objects.filter(name="contract.ends_for_debt").count() == 2
    assert not Due.objects.filter(kind__in=["debt_ends", "renew", "end"]).exists()


@pytest.mark.rule("END-5", part="last invoice")
def test_the_last_invoice_bills_what_was_used_and_nothing_that_was_refused(padaria, owing):
    assert newest(padaria).id == owing.id
    at(FIRST, SECOND, END)
    assert newest(padaria).id == owing.id  # neither August nor September were served
    assert invoices.get(owing.id).state is Invoiced.PENDING
    for cycle in metering.cycles(padaria.contract_id)[:2]:
        assert (
            sum(one.amount.minor for one in costs_of_cycle(contract_id=padaria.contract_id, cycle=cycle)) == 0
        )
    assert check_books() == []


@pytest.mark.rule("END-5", part="last invoice")
def test_use_of_a_cycle_that_was_released_and_restricted_again_is_on_it(padaria, owing):
    end_after(15)
    card(padaria, "ok", now=THE_11TH + HOUR)
    pay(padaria, owing.id, now=THE_11TH + HOUR)
    use(padaria.contract_id, 300, at=THE_11TH + 2 * HOUR)  # 165.00 of 100.00
    card(padaria, "decline:balance", now=THE_11TH + HOUR)
    at(JULY_1 + 31 * DAY, JULY_1 + 41 * DAY)  # the invoice of August restricts it on the 11th
    use_of_july = lines_of(newest(padaria))
    assert use_of_july[-1] == ("overage", 1, 65_00)
    at(JULY_1 + 42 * DAY, JULY_1 + 53 * DAY, JULY_1 + 56 * DAY)
    assert state(padaria) is State.ENDED
    assert told(padaria)[-1] == ("contract_ended", "2026-08-25")
    assert lines_of(newest(padaria)) == use_of_july
    assert check_books() == []


@pytest.mark.rule("END-5", part="two notices")
@pytest.mark.parametrize("late", [FIRST, SECOND, END, END + 5 * DAY])
def test_paying_before_it_has_ended_stops_it(padaria, owing, late):
    at(FIRST, SECOND)
    card(padaria, "ok", now=late)
    pay(padaria, owing.id, now=late)
    assert state(padaria) is State.ACTIVE
    assert not Due.objects.filter(kind="debt_ends").exists()
    at(END + 10 * DAY)
    assert state(padaria) is State.ACTIVE


@pytest.mark.rule("END-5", part="two notices")
def test_it_waits_for_a_payment_without_a_clear_answer(padaria, owing):
    at(FIRST, SECOND)
    card(padaria, "lost", now=SECOND)
    pay(padaria, owing.id, now=SECOND)
    at(END)
    assert state(padaria) is State.RESTRICTED
    answer(now=END + HOUR)
    assert state(padaria) is State.ACTIVE


@pytest.mark.rule("END-5", part="two notices")
def test_nobody_is_told_less_than_the_days_before_however_late(padaria, owing):
    at(END + DAY)  # nobody worked for two months
    assert told(padaria) == [("contract_ends_for_debt", "2026-09-23")]
    at(END + 12 * DAY)
    at(END + 15 * DAY)
    assert state(padaria) is State.ENDED


@pytest.mark.rule("END-5", part="60 days: other")
def test_the_seller_says_after_how_many_days(padaria):
    end_after(20)
    unpaid_renewal(padaria)
    at(THE_11TH, THE_11TH + 6 * DAY, THE_11TH + 17 * DAY, THE_11TH + 20 * DAY)
    assert told(padaria) == [("contract_ends_for_debt", "2026-07-30")] * 2 + [
        ("contract_ended", "2026-07-30")
    ]


@pytest.mark.rule("END-5", part="60 days: other")
def test_more_days_are_given_at_any_time_and_fewer_only_with_both_notices(padaria, owing):
    at(FIRST)
    end_after(70, now=FIRST)
    at(SECOND, END, SECOND + 10 * DAY, END + 10 * DAY - HOUR)
    assert state(padaria) is State.RESTRICTED
    end_after(15, now=FIRST + DAY)
    at(END + 10 * DAY)
    assert state(padaria) is State.ENDED


def test_what_the_seller_restricts_never_ends_by_itself(padaria):
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JUNE_1 + DAY)
    at(JULY_1, JULY_1 + 31 * DAY, JULY_1 + 200 * DAY)
    assert state(padaria) is State.RESTRICTED
    assert told(padaria) == []


@pytest.mark.rule("END-5", part="credit paid back")
def test_what_is_left_of_the_credit_goes_back_to_the_card_when_a_contract_ends(padaria):
    cancel(contract_id=padaria.contract_id, actor="ana", now=JUNE_1 + DAY)
    take_back(newest(padaria), (PLAN, 250_00), now=JUNE_1 + 2 * DAY)
    use(padaria.contract_id, 200, at=JUNE_1 + 3 * DAY)  # 110.00 of 100.00
    at(JULY_1)
    assert newest(padaria).owed_minor == 0
    [refund] = Refund.objects.all()
    assert refund.amount_minor == 240_00
    assert credit.balance(padaria.contract_id) == 0
    assert Notice.objects.get(kind="contract_ended").facts["left_minor"] == 240_00
    ask_gateways(real=JULY_1)
    at(JULY_1 + DAY)
    assert Refund.objects.count() == 1
    assert check_books() == []


@pytest.mark.rule("END-5", part="credit paid back")
def test_it_waits_for_a_last_invoice_that_somebody_looks_at(padaria):
    set_value(setting=REVIEW_FOR, value=timedelta(days=2), actor="olga", why="to be tried", now=JUNE_1)
    cancel(contract_id=padaria.contract_id, actor="ana", now=JUNE_1 + DAY)
    take_back(newest(padaria), (PLAN, 250_00), now=JUNE_1 + 2 * DAY)
    use(padaria.contract_id, 200, at=JUNE_1 + 3 * DAY)
    at(JULY_1)
    assert not Refund.objects.exists()
    at(JULY_1 + 2 * DAY, JULY_1 + 3 * DAY)
    assert Refund.objects.get().amount_minor == 240_00


@pytest.mark.rule("END-1", part="notices")
def test_what_is_owed_after_the_end_is_spoken_of_as_before(padaria):
    cancel(contract_id=padaria.contract_id, actor="ana", now=JUNE_1 + DAY)
    card(padaria, "decline:balance", now=JUNE_1 + DAY)
    use(padaria.contract_id, 200, at=JUNE_1 + 3 * DAY)
    at(*(JULY_1 + n * DAY for n in range(12)))
    found = Notice.objects.filter(kind="invoice_overdue").order_by("id")
    assert [one.facts.get("ended") for one in found] == [True, True]
    assert "restricted_date" not in found[0].facts
    assert state(padaria) is State.ENDED
    assert not Due.objects.filter(kind="follow_up").exists()
