"""Invoices of new cycles that wait for the seller to look at them, where the setting says so (INV-10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from abono.domain.customers.models import Customer
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchDraft
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.models import Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REVIEW_FOR
from abono.flows.advance_clock import advance_clock
from abono.flows.billing.review import issue_due, issue_reviewed, park_reviewed
from abono.flows.due_work import run_due_work
from abono.platform import clock
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, make_luna, make_padaria, use

SEEN = {"why": "It is right.", "actor": "olga"}
WAITS = timedelta(hours=36)


@pytest.fixture
def waiting(padaria: Tenant) -> Tenant:
    """Padaria Sol used 110.00 of 100.00 in June; its invoice of 1 July waits for 36 hours."""
    set_value(setting=REVIEW_FOR, value=WAITS, now=JUNE_1, why="a test", actor="olga")
    use(padaria.contract_id, 200)
    renew_due(now=JULY_1)
    return padaria


def draft_of(tenant: Tenant, key: str = "cycle:1") -> UUID:
    return Invoice.objects.get(contract_id=tenant.contract_id, key=key).id


def told() -> int:
    return Notice.objects.filter(kind="invoice_issued").count()


@pytest.mark.rule("INV-10", part="review: default")
def test_nothing_waits_unless_the_seller_says_so(padaria) -> None:
    renew_due(now=JULY_1)
    assert invoices.find(padaria.contract_id, key="cycle:1").title == "A-000002"


@pytest.mark.rule("INV-10", part="review: other")
@pytest.mark.rule("INV-4", part="gapless")
def test_a_renewal_waits_without_a_number_and_is_due_from_its_issue_on(waiting, gateway) -> None:
    """Who buys meanwhile gets the number; the lines are those of the boundary, the buyer is as it is at the issue."""
    assert waiting.contract.cycle_number == 1
    assert (invoices.get(draft_of(waiting)).title, told()) == ("", 0)
    assert invoices.pending(customer_id=waiting.customer_id) == []
    make_luna(now=JULY_1 + HOUR)
    Customer.objects.filter(id=waiting.customer_id).update(legal_name="Padaria Sol e Lua Ltda.")
    run_due_work(now=JULY_1 + WAITS - HOUR)
    assert invoices.get(draft_of(waiting)).title == ""

    run_due_work(now=JULY_1 + WAITS)

    issued = invoices.get(draft_of(waiting))
    assert (issued.title, issued.state.value, issued.issued_at) == ("A-000003", "paid", JULY_1 + WAITS)
    assert issued.due_date == date(2026, 7, 2)
    assert issued.buyer.legal_name == "Padaria Sol e Lua Ltda."
    assert lines_of(issued) == [("plan", 1, 600_00), ("package", 1, 100_00), ("overage", 1, 10_00)]
    assert told() == 1
    assert check_books() == []


@pytest.mark.rule("INV-10", part="review: other")
def test_somebody_lets_it_go_at_once_and_no_one_else_after_that(waiting, gateway) -> None:
    issue_reviewed(invoice_id=draft_of(waiting), now=JULY_1 + HOUR, **SEEN)
    run_due_work(now=JULY_1 + HOUR)
    issued = invoices.get(draft_of(waiting))
    assert (issued.title, issued.state.value) == ("A-000002", "paid")
    event = Event.objects.get(name="invoice.issued", subject_id=issued.id)
    assert (event.why, event.actor) == ("It is right.", "olga")
    issue_due(invoice_id=issued.id, now=JULY_1 + WAITS)
    for act in (issue_reviewed, park_reviewed):
        with pytest.raises(NoSuchDraft):
            act(invoice_id=issued.id, now=JULY_1 + WAITS, **SEEN)
    assert run_due_work(now=JULY_1 + WAITS) == 0
    assert sum(gateway.book.values()) == 1_349_00 + 710_00


@pytest.mark.rule("INV-10", part="review: other")
@pytest.mark.rule("INV-1", "INV-3")
def test_what_is_parked_waits_for_somebody_and_is_asked_for_by_no_other_invoice(waiting) -> None:
    park_reviewed(invoice_id=draft_of(waiting), now=JULY_1 + HOUR, why="Too much.", actor="olga")
    issue_due(invoice_id=draft_of(waiting), now=JULY_1 + HOUR)  # it was in a worker's hands already
    august_1 = JULY_1 + 31 * DAY
    for moment in (august_1, august_1 + WAITS):
        run_due_work(now=moment)
    parked = invoices.get(draft_of(waiting))
    assert (parked.title, parked.parked_why) == ("", "Too much.")
    august = invoices.get(draft_of(waiting, "cycle:2"))
    assert lines_of(august) == [("plan", 1, 600_00), ("package", 1, 100_00)]

    issue_reviewed(invoice_id=parked.id, now=august_1 + 3 * DAY, **SEEN)
    late = invoices.get(parked.id)
    assert (late.title, late.parked_why, late.due_date) == ("A-000003", "", date(2026, 8, 4))
    assert check_books() == []


@pytest.mark.rule("INV-10", part="review: other")
@pytest.mark.rule("TIM-2", part="same jobs, to quiet")
def test_the_clock_of_a_sandbox_stops_where_the_review_ends(gateway) -> None:
    set_value(setting=REVIEW_FOR, value=WAITS, now=JUNE_1, why="a test", actor="olga")
    padaria = make_padaria(now=clock.now(), sandbox=True)
    ends: datetime = padaria.contract.cycle_end
    advance_clock(customer_id=padaria.customer_id, to=ends + 5 * DAY, actor="ana", real=clock.now())
    issued = invoices.get(draft_of(padaria))
    assert issued.state.value == "paid"
    assert issued.issued_at is not None
    assert ends + WAITS <= issued.issued_at < ends + WAITS + HOUR
