"""`abono parked`: what nothing tries any more, and letting it be tried again (OPS-1)."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from abono.domain.contracts import queries as contracts
from abono.platform.models import Due
from tests.fakes import FakeGateway
from tests.scenarios.test_collecting import LATE, spoil
from tests.work import renew_due
from tests.world import DAY, load_catalog, make_padaria


def parked(*arguments: str) -> str:
    out = StringIO()
    call_command("parked", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


@pytest.mark.django_db
@pytest.mark.rule("OPS-1", "INV-1")
def test_a_renewal_that_cannot_be_made_is_given_up_with_its_reason_and_made_once_that_is_gone(
    gateway: FakeGateway,
) -> None:
    load_catalog()
    padaria = make_padaria()
    mended = spoil(padaria)
    for day in range(10):
        renew_due(now=LATE + day * DAY)
    assert renew_due(now=LATE + 10 * DAY) == 0
    assert str(padaria.contract_id) in parked()
    assert "ValueError: cycles of a contract do not overlap" in parked()
    assert Due.objects.get(kind="renew").tries == 10

    mended()
    parked("--again")
    assert parked() == ""
    assert renew_due(now=LATE + 200 * DAY) > 0
    assert contracts.get(padaria.contract_id).cycle_number > 0
