"""A yearly adjustment that is applied while its customer changes plan: whoever comes second sees what the first did (CAT-13)."""

from __future__ import annotations

from datetime import date

import pytest

from abono.domain.invoicing.models import Invoice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import preview_adjustment
from abono.flows.adjustments.withdraw import withdraw_line
from abono.flows.billing.project import project_invoice
from abono.flows.check_books import check_books
from abono.flows.price_moves.apply import apply_move
from abono.kernel.errors import Refusal
from tests.adjustments import ipca, renewed
from tests.concurrency.test_flows import at_once
from tests.world import DAY, HOUR, JUNE_1, accept, load_catalog, make_padaria, quote

LATER = JUNE_1 + HOUR
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rule("CAT-13", part="yearly adjustment")]


@pytest.fixture
def padaria(gateway):
    load_catalog()
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=JUNE_1 - DAY)
    ipca(first=date(2025, 6, 1), now=JUNE_1)
    return make_padaria()


def test_applied_taken_back_and_a_change_of_plan_at_once_bill_what_is_shown(padaria, gateway):
    until = LATER.date() + 90 * DAY
    key = preview_adjustment(index="ipca", currency="BRL", until=until, actor="olga", now=LATER)
    asked = quote(padaria, plan="professional", package="brl-250", now=LATER)
    taken = sum(gateway.book.values())

    def work(number: int) -> object:
        if number % 3 == 0:
            return apply_move(ADJUSTMENTS, key, actor="olga", now=LATER)
        if number % 3 == 1:
            return accept(padaria, asked, now=LATER)
        return withdraw_line(
            adjustment_id=key, contract_id=padaria.contract_id, why="x", actor="olga", now=LATER
        )

    for answer in at_once(work):
        assert not isinstance(answer, Exception) or isinstance(answer, Refusal), answer
    assert sum(gateway.book.values()) > taken
    assert check_books() == []
    while (end := padaria.contract.cycle_end).month < 10:
        shown = project_invoice(contract_id=padaria.contract_id)
        found = Invoice.objects.get(id=renewed(padaria, end))
        assert found.total_minor == shown.total.minor
    assert check_books() == []
