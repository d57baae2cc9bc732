"""Several of the seller's people remove one second proof at the same moment: one does, and one mail says so (ACC-3)."""

from __future__ import annotations

import pytest

from abono.domain.identity import factors
from abono.domain.identity.errors import NoSecondProof
from abono.domain.identity.roles import Role
from abono.flows.forget_factors import forget_factors_of
from abono.platform import clock
from abono.platform.models import Event
from tests import sql
from tests.concurrency.test_flows import at_once
from tests.world import SEED, make_colleague, make_olga


@pytest.mark.rule("ACC-3", part="second factor")
@pytest.mark.django_db(transaction=True)
def test_of_many_who_remove_it_at_once_one_does() -> None:
    olga, rita = make_olga(), make_colleague("Rita Melo", Role.READER)
    factors.give(person_id=rita, secret=SEED, recovery_codes=["aaaa"], now=clock.now())
    answers = at_once(
        lambda n: forget_factors_of(
            person_id=rita, by="Olga Prado", why=f"press {n}", actor=f"person:{olga}", now=clock.now()
        )
    )
    assert [one for one in answers if isinstance(one, list)] == [["codes", "recovery_codes"]]
    assert {type(one) for one in answers if not isinstance(one, list)} == {NoSecondProof}
    assert Event.objects.filter(name="factor.removed", subject_id=rita).count() == 2
    assert sql.run("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_letter'") == [(1,)]
    assert factors.of(rita) == factors.Factors(None, (), 0)
