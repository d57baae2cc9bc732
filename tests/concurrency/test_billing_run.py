"""A billing run on two machines at once, killed in the middle, with a contract that cannot be renewed: every cycle once."""

from __future__ import annotations

import pytest

from abono.domain.invoicing.models import Invoice
from abono.flows.billing import run as billing
from abono.flows.check_books import check_books
from tests.concurrency.test_flows import at_once
from tests.examples import by_day
from tests.fakes import FakeGateway
from tests.scenarios.test_cycles import JULY_1
from tests.world import HOUR, load_catalog, make_padaria

pytestmark = pytest.mark.django_db(transaction=True)
MANY = by_day(10, full=20)


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway) -> None:
    load_catalog()


@pytest.mark.rule("INV-1")
def test_two_machines_renew_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing, "CHUNK", 3)
    tenants = [make_padaria() for _ in range(MANY)]
    at_once(lambda _n: billing.run(now=JULY_1 + HOUR), threads=3)
    assert [tenant.contract.cycle_number for tenant in tenants] == [1] * MANY
    assert Invoice.objects.filter(reason="renewal").count() == MANY
    assert check_books() == []
