"""When invoices of a contract are due, as the settings say (INV-6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CARD_DUE_AFTER, PIX_DUE_AFTER, SLIP_DUE_AFTER
from abono.flows import locks
from abono.flows.billing.due import due_on
from abono.kernel.due import Means
from tests.scenarios.paying import interim
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block
from tests.work import renew_due
from tests.world import HOUR, JUNE_1, Tenant, make_padaria


def due(padaria: Tenant, means: Means) -> date:
    with locks.contract(padaria.contract_id) as contract:
        return due_on(contract, means=means, now=JULY_1)


@pytest.mark.rule("INV-6", part="card and interim")
@pytest.mark.rule("INV-6", part="overdue counts from")
def test_a_renewal_and_an_interim_are_due_when_they_are_issued_and_overdue_the_day_after(gateway) -> None:
    padaria = make_padaria(card="renewals-fail")
    block(padaria)
    waits = invoices.get(interim(padaria))
    assert waits.due_date == waits.issued_date == LATER.date()
    renew_due(now=JULY_1 + 20 * HOUR)
    renewal = invoices.list_for_customer(padaria.customer_id)[0]
    assert renewal.due_date == renewal.issued_date == date(2026, 7, 1)
    assert (renewal.overdue(date(2026, 7, 1)), renewal.overdue(date(2026, 7, 2))) == (False, True)


@pytest.mark.rule("INV-6")
def test_a_seller_gives_ten_days_as_before(gateway) -> None:
    padaria = make_padaria(card="renewals-fail")
    set_value(setting=CARD_DUE_AFTER, value=10, actor="olga", why="a test", now=JUNE_1)
    renew_due(now=JULY_1)
    renewal = invoices.list_for_customer(padaria.customer_id)[0]
    assert renewal.due_date == date(2026, 7, 11)
    assert renewal.late_from == date(2026, 7, 12)


@pytest.mark.rule("INV-6", part="Pix: default")
@pytest.mark.rule("INV-6", part="slip: default")
def test_pix_has_three_days_and_a_slip_seven(padaria) -> None:
    assert due(padaria, Means.PIX) == date(2026, 7, 4)  # a Saturday: Pix knows none
    assert due(padaria, Means.SLIP) == date(2026, 7, 8)


@pytest.mark.rule("INV-6", part="Pix: other")
@pytest.mark.rule("INV-6", part="slip: other")
def test_the_seller_says_other_days_and_a_slip_never_falls_on_a_weekend(padaria) -> None:
    for setting in (PIX_DUE_AFTER, SLIP_DUE_AFTER):
        set_value(setting=setting, value=10, actor="olga", why="a test", now=JULY_1 - timedelta(days=1))
    assert due(padaria, Means.PIX) == date(2026, 7, 11)  # a Saturday
    assert due(padaria, Means.SLIP) == date(2026, 7, 13)
