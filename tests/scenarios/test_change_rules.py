"""What else is promised of a change of plan: money below zero, the day, the order of interactions, refusals, who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from abono.domain.catalog import actions as catalog_actions
from abono.domain.catalog import reader
from abono.domain.contracts import changes
from abono.domain.contracts.errors import ContractNotRunning, CurrencyMismatch, UndoLate
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.models import Email
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import UNDO_WITHIN
from abono.flows.quotes import quote as quotes
from abono.flows.quotes.kept import quote_of
from abono.kernel.errors import Refusal
from tests.books import check_books
from tests.entrypoints.portal.acts import end
from tests.scenarios.test_change_plan import JUNE_19, newest
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import LATER, state_of
from tests.scenarios.test_money_in_time import contacts
from tests.scenarios.test_undo import made, undo
from tests.versions import new_versions
from tests.work import renew_due
from tests.world import CATALOG, DAY, HOUR, JUNE_1, accept, change, make_padaria, quote


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def sell_expert_for(price_minor: int) -> None:
    """From June on; it stays the plan above Specialist."""
    shipped = reader.read(CATALOG)
    plans = tuple(
        replace(plan, prices=tuple(replace(one, price_minor=price_minor) for one in plan.prices))
        if plan.code == "expert"
        else plan
        for plan in shipped.plans
    )
    catalog_actions.apply(catalog=replace(shipped, plans=plans), actor="test", now=JUNE_1 + DAY)


@pytest.mark.rule("CHG-4", part="negative on the next invoice")
def test_a_difference_below_zero_is_taken_off_the_next_invoice(padaria, gateway):
    sell_expert_for(300_00)
    asked = quote(padaria, plan="expert", now=JUNE_19)
    seen = quote_of(changes.get(asked))
    # 12 of 30 days: 300.00 × 12/30 − 600.00 × 12/30 = −120.00
    assert (seen.difference.minor, seen.today.minor, seen.next_invoice.minor) == (-120_00, 0, 280_00)
    accept(padaria, asked, now=JUNE_19)
    assert len(gateway.book) == 1
    assert padaria.contract.plan_code == "expert"
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [
        ("plan", 1, 300_00),
        ("package", 1, 100_00),
        ("plan_unused", 1, -240_00),
        ("plan", 1, 120_00),
    ]
    assert check_books() == []
    renew_due(now=padaria.contract.cycle_end)
    assert newest(padaria).total_minor == 400_00


@pytest.mark.rule("CHG-4", part="zero is a success")
def test_a_change_that_costs_the_same_is_done_without_a_line(padaria, gateway):
    sell_expert_for(600_00)
    asked = quote(padaria, plan="expert", now=JUNE_19)
    assert quote_of(changes.get(asked)).lines == ()
    assert accept(padaria, asked, now=JUNE_19).charged is None
    assert changes.get(asked).state == ChangeState.APPLIED.value
    assert padaria.contract.plan_code == "expert"
    assert state_of(padaria, at=JUNE_19).included_interactions == 500 + 1_500 * 12 // 30
    assert not Invoice.objects.filter(reason="change").exists()


@pytest.mark.rule("CHG-4", part="day of the change")
def test_the_day_of_a_change_belongs_to_the_new_plan_from_its_first_to_its_last_minute(padaria):
    first = JUNE_19.replace(hour=3, minute=0)  # midnight in São Paulo
    days = {
        at: quote_of(changes.get(quote(padaria, plan="expert", now=at))).lines[0].calculation.days
        for at in (first - timedelta(minutes=1), first, first + timedelta(hours=23, minutes=59))
    }
    assert list(days.values()) == [13, 12, 12]


@pytest.mark.rule("CHG-5", part="n-th interaction")
@pytest.mark.parametrize(
    ("before", "after", "billed"),
    [
        (120, 200, [("extra_interactions", 60, 180_00)]),  # all beyond 260 opened at 3.00
        (300, 10, [("extra_interactions", 40, 200_00), ("extra_interactions", 10, 30_00)]),  # 5.00, then 3.00
    ],
)
def test_an_interaction_beyond_the_total_costs_what_held_when_it_opened(gateway, before, after, billed):
    padaria = make_padaria(plan="starter")  # 100 interactions, then BRL 5.00 each
    contacts(padaria, before, at=LATER)
    change(padaria, plan="specialist", now=JUNE_19)
    assert state_of(padaria, at=JUNE_19).included_interactions == 100 + 400 * 12 // 30
    contacts(padaria, after, at=JUNE_19 + HOUR)
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria))[2:] == billed
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="one hour: default")
@pytest.mark.rule("CHG-9", part="one hour: other")
def test_how_long_a_change_can_be_undone_is_a_setting(padaria):
    asked = made(padaria, plan="expert")
    with pytest.raises(UndoLate):
        undo(padaria, asked, now=JUNE_19 + HOUR)
    set_value(setting=UNDO_WITHIN, value="PT2H", actor="olga", why="a test", now=JUNE_19)
    assert undo(padaria, asked, now=JUNE_19 + 2 * HOUR - timedelta(seconds=1)).state is ChangeState.UNDONE


@pytest.mark.rule("CHG-8", part="ended")
def test_nothing_of_an_ended_contract_is_changed(padaria):
    end(padaria)
    with pytest.raises(ContractNotRunning):
        quote(padaria, plan="expert", now=LATER)


@pytest.mark.rule("CHG-8", part="currency")
def test_the_currency_stays(padaria):
    with pytest.raises(CurrencyMismatch):
        quote(padaria, package="usd-50", now=LATER)


@pytest.mark.rule("CHG-8", part="before any arithmetic")
@pytest.mark.parametrize(
    ("refusal", "wanted", "prepare"),
    [
        (ContractNotRunning, {"plan": "expert"}, end),
        (CurrencyMismatch, {"package": "usd-50"}, None),
        (InvoiceOverdue, {"plan": "expert"}, "overdue"),
    ],
)
def test_each_refusal_comes_before_anything_is_reckoned(
    gateway, monkeypatch, refusal: type[Refusal], wanted: dict[str, str], prepare: Callable | str | None
):
    padaria = make_padaria(card="renewals-fail")
    now = LATER
    if prepare == "overdue":
        renew_due(now=JULY_1)
        now = JULY_1 + 12 * DAY
    elif callable(prepare):
        prepare(padaria)
    monkeypatch.setattr(quotes, "difference", lambda *_, **__: pytest.fail("reckoned"))
    with pytest.raises(refusal) as told:
        quote(padaria, now=now, **wanted)
    assert told.value.code


@pytest.mark.rule("CHG-8", part="cannot be chosen again")
def test_who_leaves_a_version_that_is_not_sold_any_more_is_warned(padaria):
    assert quote_of(changes.get(quote(padaria, plan="expert", now=LATER))).left_for_good == ()
    new_versions()
    both = quote_of(changes.get(quote(padaria, plan="expert", package="brl-250", now=LATER)))
    assert both.left_for_good == ("plan", "package")


@pytest.mark.rule("NOT-1", part="plan change")
@pytest.mark.rule("CHG-2", part="to whom")
@pytest.mark.rule("CHG-2", part="replaces")
@pytest.mark.rule("CHG-2", part="e-mail before and after")
def test_who_asked_the_administrators_and_the_financial_contact_are_told_what_was_and_what_is(padaria):
    change(padaria, plan="expert", now=JUNE_19)
    mails = Email.objects.filter(notice__kind="contract_changed")
    assert {mail.to_email for mail in mails} == {"ana@padaria.example", "financeiro@padaria.example"}
    facts = mails[0].notice.facts
    assert (facts["plan_before"], facts["plan_after"]) == ("Specialist", "Expert")
    assert padaria.contract.plan_code == "expert"
