"""What an invoice past its due date stands in the way of (CHG-8)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Attempt
from abono.flows.wallet import save_card
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in
from tests.scenarios.paying import bigger, interim, pay
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block, state_of
from tests.work import renew_due
from tests.world import DAY, make_padaria, quote

DUE = datetime(2026, 7, 2, 2, 59, tzinfo=UTC)  # 1 July, 23:59 in São Paulo: it is due on that day
OVERDUE = datetime(2026, 7, 2, 3, tzinfo=UTC)


@pytest.fixture
def owing(gateway):
    """Padaria Sol, whose renewal of 1 July was declined."""
    padaria = make_padaria(card="renewals-fail")
    renew_due(now=JULY_1)
    return padaria


def refused(tenant, *, now):
    """The refusal, by every door of the flow; nothing changes."""
    before = (tenant.contract, state_of(tenant, at=now), Invoice.objects.count(), Attempt.objects.count())
    with pytest.raises(InvoiceOverdue) as quoted:
        quote(tenant, package="brl-250", now=now)
    after = (tenant.contract, state_of(tenant, at=now), Invoice.objects.count(), Attempt.objects.count())
    assert after == before
    return quoted.value


@pytest.mark.rule("CHG-8", part="overdue")
def test_nothing_is_raised_while_an_invoice_is_overdue(owing):
    late = invoices.pending(customer_id=owing.customer_id)[0]
    assert refused(owing, now=OVERDUE).facts == {"title": late.title, "invoice": late.public_id}

    save_card(customer_id=owing.customer_id, frame_ref="ok", use=True, actor="ana", now=OVERDUE)
    assert pay(owing, late.id, now=OVERDUE).paid
    assert bigger(owing, now=OVERDUE).paid


@pytest.mark.rule("CHG-8", part="overdue")
def test_on_the_day_on_which_it_is_due_it_is_not_overdue(owing):
    assert bigger(owing, now=DUE).paid


@pytest.mark.rule("CHG-8", part="open interim")
def test_an_open_interim_is_never_overdue_and_gives_way_to_the_raise(gateway):
    padaria = make_padaria()
    block(padaria)
    invoice_id = interim(padaria)
    assert bigger(padaria, now=LATER + 9 * DAY).paid
    assert Invoice.objects.get(id=invoice_id).state == "cancelled"


@pytest.mark.rule("CHG-8", part="overdue")
def test_page_and_api_say_which_invoice_is_overdue_and_lead_to_it(gateway):
    padaria = make_padaria(card="renewals-fail", now=clock.now() - 45 * DAY)
    renew_due(now=clock.now() - 13 * DAY)
    late = invoices.pending(customer_id=padaria.customer_id)[0]

    path = f"/contracts/{public('ctr', padaria.contract_id)}/changes"
    answer = program(padaria.customer_id).post(path, {"package": "brl-250"}, once="raise")
    assert (answer.status_code, answer.json()["code"]) == (409, "invoicing.overdue")
    assert answer.json()["invoice"] == late.public_id

    ana = signed_in("ana@padaria.example")
    page = f"/en/settings/contracts/{public('ctr', padaria.contract_id)}/change/"
    for shown in (ana.get(page), ana.post(page, {"package": "brl-250"})):
        assert f"The invoice {late.title} is overdue." in shown.text
        assert f'href="/en/settings/financial/{late.public_id}/pay/"' in shown.text
        assert "See before and after" not in shown.text  # nothing to press
    assert padaria.contract.package_code == "brl-100"
