"""A raise of the package is paid by the contract's credit first, and the card is asked for the rest (CHG-5, INV-9)."""

from __future__ import annotations

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.errors import QuoteStale
from abono.domain.credit import queries as credit
from abono.domain.credit.types import Kind
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.notices.models import Notice
from abono.domain.payments.errors import CardDeclined
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Decline, Hint, Outcome, Retry
from abono.flows.collecting.hear import hear
from abono.flows.quotes.kept import quote_of
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from tests.books import check_books
from tests.scenarios.taking_back import ACTIVATION, PLAN, newest, take_back, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block, state_of
from tests.world import HOUR, Tenant, accept, bigger, make_padaria, moment, quote

PAID = 1_349_00  # the first invoice


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def with_credit(padaria: Tenant, *lines: tuple[int, int]) -> None:
    take_back(newest(padaria), *lines)


def kinds(padaria: Tenant) -> list[tuple[Kind, int]]:
    return [(one.kind, one.amount_minor) for one in reversed(credit.statement(padaria.contract_id))]


@pytest.mark.rule("INV-9", "CHG-5")
def test_credit_pays_of_a_raise_and_the_card_the_rest(padaria: Tenant, gateway):
    with_credit(padaria, (PLAN, 40_00))
    seen = quote_of(changes.get(quote(padaria, package="brl-250", now=LATER)))
    # 250.00 − 100.00 = 150.00, of which 40.00 are there
    assert (seen.difference.minor, seen.credit.minor, seen.today.minor) == (150_00, 40_00, 110_00)
    assert bigger(padaria, now=LATER).paid
    assert sum(gateway.book.values()) == PAID + 110_00
    assert kinds(padaria) == [(Kind.GRANTED, 40_00), (Kind.USED, -40_00)]
    invoice = newest(padaria)
    assert (invoice.state, invoice.total_minor, invoice.owed_minor) == (State.PAID, 150_00, 0)
    assert padaria.contract.package_code == "brl-250"
    assert check_books() == []


@pytest.mark.rule("INV-9", "CHG-5", "LIM-4")
def test_credit_that_pays_all_of_a_raise_asks_no_card(padaria: Tenant, gateway):
    with_credit(padaria, (ACTIVATION, 200_00))
    block(padaria)
    tries = Attempt.objects.count()
    raised = bigger(padaria, now=LATER)
    assert (raised.paid, raised.charged) == (True, None)
    assert (Attempt.objects.count(), sum(gateway.book.values())) == (tries, PAID)
    assert credit.balance(padaria.contract_id) == 50_00
    assert newest(padaria).state is State.PAID
    assert newest(padaria).title
    assert state_of(padaria).value_micro == 250_000_000
    told = Notice.objects.get(kind="credit_used")
    assert (told.facts["used_minor"], told.facts["invoice"]) == (150_00, newest(padaria).title)
    assert check_books() == []


@pytest.mark.rule("INV-9", "CHG-7")
def test_a_raise_that_is_declined_leaves_the_credit_as_it_was(padaria: Tenant, gateway):
    with_credit(padaria, (PLAN, 40_00))
    save_card(customer_id=padaria.customer_id, frame_ref="decline:online", use=True, actor="ana", now=LATER)
    for _ in range(2):
        with pytest.raises(CardDeclined):
            bigger(padaria, now=LATER)
        assert credit.balance(padaria.contract_id) == 40_00
        assert check_books() == []
    assert kinds(padaria) == [(Kind.GRANTED, 40_00), *[(Kind.USED, -40_00), (Kind.RETURNED, 40_00)] * 2]
    assert padaria.contract.package_code == "brl-100"
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    assert bigger(padaria, now=LATER).paid
    assert sum(gateway.book.values()) == PAID + 110_00
    assert check_books() == []


@pytest.mark.rule("INV-9", "CHG-1")
def test_credit_that_came_or_went_since_the_page_was_seen_charges_nothing(padaria: Tenant, gateway):
    asked = quote(padaria, package="brl-250", now=LATER)
    with_credit(padaria, (PLAN, 40_00))
    before = (Invoice.objects.count(), kinds(padaria), dict(gateway.book))
    with pytest.raises(QuoteStale) as refused:
        accept(padaria, asked, now=LATER)
    assert (refused.value.facts["today_minor"], refused.value.facts["difference_minor"]) == (110_00, -40_00)
    assert (Invoice.objects.count(), kinds(padaria), dict(gateway.book)) == before


@pytest.mark.rule("INV-9", "PAY-7")
@pytest.mark.parametrize("answer", [Outcome.DECLINED, Outcome.PAID])
def test_credit_waits_with_a_raise_without_an_answer_and_then_pays_or_is_free(
    padaria: Tenant, gateway, answer: Outcome
):
    with_credit(padaria, (PLAN, 40_00))
    save_card(customer_id=padaria.customer_id, frame_ref="vanish", use=True, actor="ana", now=LATER)
    raised = bigger(padaria, now=LATER)
    assert (raised.paid, credit.balance(padaria.contract_id)) == (False, 0)
    assert check_books() == []
    july = unpaid_renewal(padaria)
    assert july.owed_minor == 700_00  # what is tied to the raise does not pay it
    attempt = Attempt.objects.get(state="unknown")
    decline = Decline("insufficient", Hint.BALANCE, Retry.LATER) if answer is Outcome.DECLINED else None
    reply = ChargeReply(answer, amount=Money(110_00, "BRL"), decline=decline)
    hear(attempt_id=attempt.id, reply=reply, actor="system", moment=moment(JULY_1 + HOUR))
    declined = answer is Outcome.DECLINED
    assert invoices.get(july.id).owed_minor == (660_00 if declined else 700_00)
    assert padaria.contract.package_code == ("brl-100" if declined else "brl-250")
    assert credit.balance(padaria.contract_id) == 0
    assert check_books() == []
