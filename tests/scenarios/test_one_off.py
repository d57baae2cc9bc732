"""Invoices that the seller writes by hand: a draft is nobody's business, what is issued is an invoice like any other (INV-10)."""

from __future__ import annotations

from uuid import UUID

import pytest

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.approvals.states import State
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import DraftChanged, LineUnreadable, NoSuchDraft, NothingToBill
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import FiscalType
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.journal.models import Posting
from abono.domain.notices.models import Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT, TAXES
from abono.flows.approvals.ask import ask_one_off
from abono.flows.approvals.decide import approve
from abono.flows.due_work import run_due_work
from abono.flows.one_off.draft import Written, discard_draft, rewrite_draft, seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.kernel.ids import uuid7
from abono.platform.models import Event
from tests.books import check_books
from tests.stories import credited
from tests.world import DAY, JUNE_1, Tenant, make_colleague, make_olga

NOON = JUNE_1 + 4 * DAY
TRAINING = Written("Training of two agents", 2, 150_000_000, FiscalType.SVA)  # 300.00
EIGHTHS = Written("Lines imported", 333, 125_000, FiscalType.LICENSING)  # 333 x 0.125 = 41.625, so 41.63


def drafted(padaria: Tenant, *lines: Written) -> InvoiceDetail:
    return write_draft(contract_id=padaria.contract_id, named=uuid7(), lines=lines or (TRAINING,), now=NOON)


def issue(found: InvoiceDetail, *, accepted: str = "") -> InvoiceDetail:
    accepted = accepted or seen(found)
    return issue_one_off(invoice_id=found.id, accepted=accepted, why="As we agreed.", actor="olga", now=NOON)


@pytest.mark.rule("INV-10", part="one-off")
def test_it_is_issued_with_the_next_number_told_paid_and_in_the_books(padaria, gateway) -> None:
    found = drafted(padaria, TRAINING)
    assert (found.title, found.due_date) == ("", None)
    found = rewrite_draft(invoice_id=found.id, lines=[TRAINING, EIGHTHS], now=NOON)
    assert found.total_minor == 300_00 + 41_63
    told = Notice.objects.count()
    assert invoices.list_for_customer(padaria.customer_id)[0].title == "A-000001"

    issued = issue(found)
    run_due_work(now=NOON)

    issued = invoices.get(issued.id)
    assert (issued.title, issued.state.value, issued.reason.value) == ("A-000002", "paid", "one_off")
    assert [(line.name, line.quantity, line.amount_minor, line.fiscal_type) for line in issued.lines] == [
        ("Training of two agents", 2, 300_00, FiscalType.SVA),
        ("Lines imported", 333, 41_63, FiscalType.LICENSING),
    ]
    assert issued.due_date is not None
    assert sum(gateway.book.values()) == 1_349_00 + 341_63
    assert Notice.objects.filter(kind="invoice_issued", key=str(issued.id)).count() == 1
    assert Notice.objects.count() > told
    event = Event.objects.get(name="invoice.issued", subject_id=issued.id)
    assert (event.why, event.actor) == ("As we agreed.", "olga")
    revenue = Posting.objects.filter(entry__invoice_id=issued.id, account="revenue")
    assert [(one.detail, one.amount_minor) for one in revenue] == [("one_off", -341_63)]
    assert check_books() == []


@pytest.mark.rule("INV-10", part="one-off")
@pytest.mark.rule("INV-9", part="oldest first")
def test_credit_of_the_contract_pays_of_it_before_the_card(padaria, gateway) -> None:
    credited(padaria, 100_00, now=NOON)
    issued = issue(drafted(padaria))
    run_due_work(now=NOON)
    assert invoices.get(issued.id).credit_used_minor == 100_00
    assert sum(gateway.book.values()) == 1_349_00 + 200_00
    assert check_books() == []


@pytest.mark.rule("INV-10")
def test_a_draft_leaves_no_trace_once_it_is_discarded(padaria) -> None:
    before = (Notice.objects.count(), Event.objects.count())
    found = drafted(padaria)
    discard_draft(invoice_id=found.id, now=NOON)
    assert (Notice.objects.count(), Event.objects.count()) == before
    assert Invoice.objects.get(id=found.id).number is None
    discard_draft(invoice_id=found.id, now=NOON)  # again: nothing changes
    with pytest.raises(NoSuchDraft):
        issue(found)
    issued = issue(drafted(padaria))
    assert issued.title == "A-000002"
    with pytest.raises(NoSuchDraft):
        rewrite_draft(invoice_id=issued.id, lines=[EIGHTHS], now=NOON)
    with pytest.raises(NoSuchDraft):
        discard_draft(invoice_id=issued.id, now=NOON)


@pytest.mark.rule("INV-10", part="one-off")
@pytest.mark.parametrize("text", ["\u200b", " ", "Paid\u2028Total 0.00", "\u202egniniarT"])
def test_a_line_that_nobody_can_read_as_it_is_stands_on_no_invoice(padaria, text) -> None:
    with pytest.raises(LineUnreadable) as no:
        drafted(padaria, TRAINING, Written(text, 1, 1_000_000, FiscalType.SVA))
    assert no.value.line == 2
    assert not Invoice.objects.filter(reason="one_off").exists()


@pytest.mark.rule("INV-10")
def test_what_was_seen_is_issued_or_nothing(padaria) -> None:
    """Nor is anything below a cent an invoice."""
    found = drafted(padaria)
    rewrite_draft(invoice_id=found.id, lines=[EIGHTHS], now=NOON)
    with pytest.raises(DraftChanged):
        issue(found)
    for lines in ([], [Written("Nothing", 1, 4_999, FiscalType.SVA)]):
        with pytest.raises(NothingToBill):
            rewrite_draft(invoice_id=found.id, lines=lines, now=NOON)
    assert Invoice.objects.filter(number__isnull=False).count() == 1


@pytest.mark.rule("INV-10", "INV-7")
def test_taxes_are_on_it_and_those_that_changed_since_are_seen_before_it_is_issued(padaria) -> None:
    """5 % on 300.00, then 6 %: the draft says 315.00 until it is kept again."""
    rate = {"name": "ISS", "country": "BR", "fiscal_type": "sva", "way": "on_top"}
    for percent, since in (("5", JUNE_1 + DAY), ("6", NOON + DAY)):
        taxes = [{**rate, "percent": percent}]
        set_value(setting=TAXES, value=taxes, valid_from=since, actor="olga", why="a law", now=JUNE_1)
    found = drafted(padaria)
    assert found.total_minor == 315_00
    later = NOON + 2 * DAY
    asked = {"invoice_id": found.id, "why": "As we agreed.", "actor": "olga", "now": later}
    with pytest.raises(DraftChanged):
        issue_one_off(accepted=seen(found), **asked)
    again = rewrite_draft(invoice_id=found.id, lines=[TRAINING], now=later)
    assert issue_one_off(accepted=seen(again), **asked).total_minor == 318_00
    assert check_books() == []


@pytest.fixture
def otto(padaria: Tenant) -> UUID:
    """Somebody else, where so much needs two."""
    set_value(setting=SECOND_PERSON_CREDIT, value="BRL 299", actor="olga", why="a test", now=JUNE_1)
    make_olga()
    return make_colleague("Otto Brandão", Role.BILLING)


@pytest.mark.rule("INV-10", "ACC-5")
def test_so_much_waits_for_a_second_person_who_issues_exactly_that(padaria, otto) -> None:
    for changed, ends in ((True, State.FAILED), (False, State.DONE)):
        found = drafted(padaria)
        with pytest.raises(SecondPersonNeeded):
            issue(found)
        accepted = seen(found)
        asked = ask_one_off(
            invoice_id=found.id, accepted=accepted, why="As we agreed.", actor="olga", now=NOON
        )
        if changed:
            rewrite_draft(invoice_id=found.id, lines=[EIGHTHS], now=NOON)
        approve(approval_id=asked.id, person_id=otto, now=NOON)
        assert approvals.get(asked.id).state is ends
        assert bool(invoices.get(found.id).title) is not changed
