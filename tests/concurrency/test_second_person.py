"""Several second persons at the same moment: one decides, and there is one effect (ACC-5)."""

from __future__ import annotations

import pytest

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import AlreadyDecided
from abono.domain.approvals.states import State
from abono.domain.credit import queries as credit
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import CreditNote
from abono.domain.invoicing.types import LineCredit
from abono.flows.approvals.ask import ask_credit_note
from abono.flows.approvals.decide import approve, refuse
from abono.flows.check_books import check_books
from abono.kernel.errors import Refusal
from tests.concurrency.test_flows import at_once
from tests.world import HOUR, JUNE_1, load_catalog, make_colleague, make_olga, make_padaria

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("ACC-5", part="one effect")
@pytest.mark.parametrize("some_refuse", [False, True])
def test_of_many_who_decide_at_once_one_does(gateway, some_refuse):
    load_catalog()
    padaria = make_padaria()
    olga = make_olga()
    deciders = [make_colleague(name, Role.BILLING) for name in ("Otto Brandão", "Rita Melo")]
    [first] = invoices.list_for_customer(padaria.customer_id)
    request = ask_credit_note(
        invoice_id=first.id, lines=[LineCredit(1, 150_00)], why="x", actor=f"person:{olga}", now=JUNE_1
    )

    def decide(n: int) -> object:
        who = {"approval_id": request.id, "person_id": deciders[n % 2], "now": JUNE_1 + HOUR}
        return refuse(**who, why="no") if some_refuse and n % 2 else approve(**who)

    answers = at_once(decide)
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert len(refusals) == len(answers) - 1
    assert {type(answer) for answer in refusals} == {AlreadyDecided}
    done = approvals.get(request.id).state is State.DONE
    assert CreditNote.objects.count() == (1 if done else 0)
    assert credit.balance(padaria.contract_id) == (150_00 if done else 0)
    assert check_books() == []
