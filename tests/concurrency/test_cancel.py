"""A contract is cancelled, kept, changed and ended at the same moment (END-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts.changes import under_way
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Notice
from abono.flows.check_books import check_books
from abono.flows.endings.cancel import Cancellation, cancel, take_back
from abono.flows.endings.finish import end_due
from abono.platform.models import Due, Event
from tests.concurrency.test_flows import at_once
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, accept, load_catalog, make_padaria, quote, use

pytestmark = pytest.mark.django_db(transaction=True)
LAST_SECOND = JULY_1 - timedelta(seconds=1)


@pytest.fixture
def padaria(gateway):
    load_catalog()
    return make_padaria()


def told(tenant):
    kinds = ("contract_cancelled", "contract_kept", "contract_ended")
    found = Notice.objects.filter(customer_id=tenant.customer_id, kind__in=kinds).order_by("id")
    return list(found.values_list("kind", flat=True))


@pytest.mark.rule("END-3", part="cancel")
def test_two_administrators_in_many_tabs_cancel_it_once(padaria):
    def act(n):
        actor = ("ana", "dora")[n % 2]
        return cancel(contract_id=padaria.contract_id, why=actor, actor=actor, now=JUNE_1 + DAY)

    answers = at_once(act)
    assert {(one.cancelled, one.ends_at) for one in answers} == {(True, JULY_1)}
    assert told(padaria) == ["contract_cancelled"]
    assert Event.objects.filter(name="contract.ending").count() == 1
    assert list(Due.objects.filter(subject=padaria.contract_id).values_list("kind", flat=True)) == ["end"]


@pytest.mark.rule("END-3", part="take back")
@pytest.mark.rule("END-3", part="last invoice")
def test_taken_back_in_the_last_second_while_its_end_is_due_it_either_goes_on_or_has_ended(padaria):
    contract_id = padaria.contract_id
    use(contract_id, 200)  # 10.00 beyond the package
    cancel(contract_id=contract_id, actor="ana", now=JUNE_1 + DAY)

    def act(n):
        if n % 2:
            return end_due(contract_id=contract_id, now=JULY_1)
        return take_back(contract_id=contract_id, actor="ana", now=LAST_SECOND)

    kept = [one for one in at_once(act) if isinstance(one, Cancellation)]
    renew_due(now=JULY_1)
    last = invoices.list_for_customer(padaria.customer_id)[0]
    over = ("overage", 1, 10_00)
    if kept:
        assert (len(kept), padaria.contract.state) == (1, State.ACTIVE)
        assert told(padaria) == ["contract_cancelled", "contract_kept"]
        assert lines_of(last) == [("plan", 1, 600_00), ("package", 1, 100_00), over]
    else:
        assert (padaria.contract.state, padaria.contract.ended_at) == (State.ENDED, JULY_1)
        assert told(padaria) == ["contract_cancelled", "contract_ended"]
        assert lines_of(last) == [over]
    assert len(invoices.list_for_customer(padaria.customer_id)) == 2
    assert check_books() == []


@pytest.mark.rule("END-3", part="cancel")
def test_a_change_that_is_accepted_while_it_is_cancelled_comes_whole_or_not_at_all(padaria, gateway):
    now = JUNE_1 + DAY
    wanted = [quote(padaria, package="brl-250", now=now) for _ in range(4)]

    def act(n):
        if n % 2:
            return accept(padaria, wanted[n // 2], now=now)
        return cancel(contract_id=padaria.contract_id, actor="ana", now=now)

    at_once(act)
    cancel(contract_id=padaria.contract_id, actor="ana", now=now + HOUR)
    assert padaria.contract.state is State.ENDING
    assert not under_way(padaria.contract_id)
    billed = invoices.list_for_customer(padaria.customer_id)
    assert {one.state.value for one in billed} == {"paid"}
    assert sum(gateway.book.values()) == sum(one.total_minor for one in billed)
    assert (padaria.contract.package_code == "brl-250") == (len(billed) == 2)
    renew_due(now=JULY_1)
    assert padaria.contract.state is State.ENDED
    assert check_books() == []
