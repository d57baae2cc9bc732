"""A contract whose invoices nobody pays is restricted, and lifted the moment that they are settled (END-1, END-2, END-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning, ContractRestricted
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Notice
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.errors import NotRestricted
from abono.domain.restrictions.states import Cause
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CARD_DUE_AFTER
from abono.domain.settings.restriction import RESTRICT_AFTER, RESTRICTED_PLAN_FEE
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.write_off import write_off
from abono.platform.models import Due
from tests.scenarios.paying import card, pay
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import DAY, JUNE_1, load_catalog, make_padaria, sign

TOLD = ("invoice_due_soon", "invoice_due", "invoice_overdue", "contract_restricted", "contract_released")
OLGA = {"why": "Stolen cards.", "actor": "olga"}


@pytest.fixture
def padaria(gateway):
    return make_padaria()


@pytest.fixture
def owing(padaria):
    """The invoice of July, issued and due on the 1st, which the card did not pay."""
    return unpaid_renewal(padaria)


def state(tenant):
    return State(tenant.contract.state)


def told(tenant):
    found = Notice.objects.filter(customer_id=tenant.customer_id, kind__in=TOLD).order_by("id")
    return list(found.values_list("kind", flat=True))


def each_day(first, last):
    """What is due on each day of July, from one to another, at its first instant."""
    for day in range(first, last + 1):
        renew_due(now=JULY_1 + (day - 1) * DAY)


@pytest.mark.rule("NOT-1", part="overdue and restriction")
@pytest.mark.rule("END-1", part="notices")
@pytest.mark.rule("END-1", part="ten days: default")
def test_it_is_spoken_of_on_the_third_and_seventh_day_and_on_the_tenth_the_contract_is_restricted(
    padaria, owing
):
    each_day(2, 3)
    assert told(padaria) == []
    each_day(4, 4)
    assert told(padaria) == ["invoice_overdue"]
    each_day(5, 10)
    assert told(padaria) == ["invoice_overdue", "invoice_overdue"]
    assert state(padaria) is State.ACTIVE

    each_day(11, 11)
    assert state(padaria) is State.RESTRICTED
    assert told(padaria)[2:] == ["contract_restricted"]
    assert [one.cause for one in restrictions.standing(padaria.contract_id)] == [Cause.DEBT]
    each_day(12, 20)
    assert len(told(padaria)) == 3


@pytest.mark.rule("END-1", part="notices")
def test_an_invoice_with_days_to_pay_is_spoken_of_before_its_day_and_on_it(padaria):
    set_value(setting=CARD_DUE_AFTER, value=5, actor="olga", why="to be tried", now=JUNE_1)
    unpaid_renewal(padaria)  # due on the 6th
    each_day(2, 2)
    assert told(padaria) == []
    each_day(3, 3)
    assert told(padaria) == ["invoice_due_soon"]
    each_day(4, 6)
    assert told(padaria) == ["invoice_due_soon", "invoice_due"]
    each_day(7, 15)
    assert told(padaria)[2:] == ["invoice_overdue", "invoice_overdue"]
    each_day(16, 16)
    assert state(padaria) is State.RESTRICTED


@pytest.mark.rule("END-1", part="notices")
def test_a_late_run_says_what_is_so_now_and_not_each_thing_that_was(padaria, owing):
    renew_due(now=JULY_1 + 8 * DAY)
    assert told(padaria) == ["invoice_overdue"]
    renew_due(now=JULY_1 + 25 * DAY)
    assert told(padaria) == ["invoice_overdue", "contract_restricted"]


@pytest.mark.rule("END-1", part="ten days: other")
def test_the_seller_says_after_how_many_days(padaria):
    set_value(setting=RESTRICT_AFTER, value=2, actor="olga", why="to be tried", now=JUNE_1)
    unpaid_renewal(padaria)
    each_day(2, 2)
    assert state(padaria) is State.ACTIVE
    each_day(3, 3)
    assert state(padaria) is State.RESTRICTED


@pytest.mark.rule("END-2")
@pytest.mark.rule("PAY-1", part="restricted")
def test_the_payment_of_what_is_overdue_lifts_it_at_once(padaria, owing):
    each_day(2, 12)
    card(padaria, "ok", now=JULY_1 + 12 * DAY)
    assert pay(padaria, owing.id, now=JULY_1 + 12 * DAY).paid
    assert state(padaria) is State.ACTIVE
    assert told(padaria)[-1] == "contract_released"
    assert not Due.objects.filter(kind="follow_up").exists()
    [was] = restrictions.history(padaria.contract_id)
    assert (was.lifted_by, was.lifted_at) == ("ana", JULY_1 + 12 * DAY)


@pytest.mark.rule("END-2")
@pytest.mark.parametrize("settle", [write_off, open_dispute])
def test_what_is_given_up_or_contested_restricts_no_more(padaria, owing, settle):
    each_day(2, 12)
    settle(invoice_id=owing.id, why="as agreed", actor="olga", now=JULY_1 + 12 * DAY)
    assert state(padaria) is State.ACTIVE


@pytest.mark.rule("END-2")
def test_it_stays_while_something_else_is_overdue_for_as_long(padaria, owing):
    set_value(
        setting=RESTRICTED_PLAN_FEE, value="whole", actor="olga", why="so that August costs", now=JUNE_1
    )
    each_day(2, 31)
    renew_due(now=JULY_1 + 31 * DAY)  # the invoice of August
    renew_due(now=JULY_1 + 41 * DAY)
    card(padaria, "ok", now=JULY_1 + 41 * DAY)
    august, july = invoices.list_for_customer(padaria.customer_id)[:2]
    pay(padaria, july.id, now=JULY_1 + 41 * DAY)
    assert state(padaria) is State.RESTRICTED
    pay(padaria, august.id, now=JULY_1 + 41 * DAY)
    assert state(padaria) is State.ACTIVE


@pytest.mark.rule("END-4", part="restricts with a reason")
def test_the_seller_restricts_at_once_with_a_reason_that_the_customer_reads(padaria):
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JULY_1 - DAY)
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JULY_1 - DAY)
    assert state(padaria) is State.RESTRICTED
    [notice] = Notice.objects.filter(kind="contract_restricted")
    assert notice.facts["why"] == "Stolen cards."
    newest = contracts.moves(padaria.contract_id)[0]
    assert (newest.to_state, newest.actor, newest.reason) == (State.RESTRICTED, "olga", "Stolen cards.")


@pytest.mark.rule("END-4", part="only the seller lifts")
def test_no_payment_lifts_what_the_seller_restricted_and_no_word_of_the_seller_a_debt(padaria, owing):
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JULY_1 + DAY)
    each_day(2, 12)
    assert {one.cause for one in restrictions.standing(padaria.contract_id)} == {Cause.FRAUD, Cause.DEBT}
    card(padaria, "ok", now=JULY_1 + 12 * DAY)
    pay(padaria, owing.id, now=JULY_1 + 12 * DAY)
    assert state(padaria) is State.RESTRICTED
    assert not Notice.objects.get(kind="contract_released").facts["runs"]

    lift_for_fraud(contract_id=padaria.contract_id, why="All is well.", actor="olga", now=JULY_1 + 13 * DAY)
    assert state(padaria) is State.ACTIVE
    with pytest.raises(NotRestricted):
        lift_for_fraud(contract_id=padaria.contract_id, why="x", actor="olga", now=JULY_1 + 13 * DAY)


@pytest.mark.rule("END-4", part="only the seller lifts")
def test_the_sellers_word_does_not_lift_a_debt(padaria, owing):
    each_day(2, 12)
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JULY_1 + 12 * DAY)
    lift_for_fraud(contract_id=padaria.contract_id, why="ok", actor="olga", now=JULY_1 + 12 * DAY)
    assert state(padaria) is State.RESTRICTED


@pytest.mark.rule("END-4", part="restricts with a reason")
def test_a_contract_that_does_not_run_cannot_be_restricted(gateway):
    load_catalog()
    signed = sign(card="lost")
    with pytest.raises(ContractNotRunning):
        restrict_for_fraud(contract_id=signed.contract_id, **OLGA, now=JUNE_1)


@pytest.mark.rule("END-1", part="refused")
def test_a_restricted_contract_holds_no_campaign(padaria):
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JUNE_1 + DAY)
    who = {"contract_id": padaria.contract_id, "customer_id": None, "actor": "ana"}
    lines = [LineAsked("whatsapp", "company", "BR", 10)]
    with pytest.raises(ContractRestricted):
        hold_campaign(**who, name="easter", lines=lines, now=JUNE_1 + DAY + timedelta(hours=1))
