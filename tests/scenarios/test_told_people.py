"""Who is told, and who is not any more (NOT-1)."""

from __future__ import annotations

import pytest

from abono.domain.identity.models import Membership, Person
from abono.domain.notices.models import Email
from abono.flows.due_work import renew_due
from tests.scenarios.test_cycles import JULY_1
from tests.world import JUNE_1, make_padaria


@pytest.mark.rule("NOT-1", "LIC-5")
@pytest.mark.parametrize("how", ["person", "membership"])
def test_an_administrator_who_left_is_told_nothing_more(gateway, how):
    padaria = make_padaria()
    if how == "person":
        Person.objects.filter(id=padaria.people["ana"]).update(is_active=False)
    else:
        Membership.objects.filter(person_id=padaria.people["ana"]).update(deactivated_at=JUNE_1)
    renew_due(now=JULY_1)
    told = Email.objects.filter(notice__kind="invoice_issued").values_list("to_email", flat=True)
    assert list(told) == ["financeiro@padaria.example"]
