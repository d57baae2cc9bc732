"""Owners who let each other in no longer, at the same moment: one of them stays (ACC-5)."""

from __future__ import annotations

import pytest

from abono.domain.identity import staff
from abono.domain.identity.errors import LastOwner
from abono.domain.identity.roles import Role
from abono.platform import clock
from tests.concurrency.test_flows import at_once
from tests.world import make_colleague, make_olga

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("ACC-5", part="an owner always")
def test_of_owners_who_remove_each_other_one_stays():
    owners = [make_olga(), make_colleague("Otto Brandão", Role.OWNER)]
    answers = at_once(
        lambda n: staff.remove(person_id=owners[n % 2], actor=f"person:{owners[1 - n % 2]}", now=clock.now())
    )
    assert any(isinstance(answer, LastOwner) for answer in answers)
    assert len(staff.colleagues()) == 1
