"""The day on which a contract is restricted and the payment that settles it come at the same moment (END-1, END-2)."""

from __future__ import annotations

import pytest

from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State as Invoiced
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.states import Cause
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import Charged, charge_invoice
from abono.flows.overdue import follow_up
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.flows.wallet import save_card
from abono.platform import clock
from tests.concurrency.test_flows import at_once
from tests.payment_links import make_unpaid, unpaid
from tests.world import DAY, load_catalog, moment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("END-2")
@pytest.mark.rule("PAY-1", part="restricted")
def test_a_contract_that_is_restricted_and_paid_for_at_the_same_moment_runs(gateway):
    load_catalog()
    padaria = make_unpaid()
    invoice, later = unpaid(padaria), clock.now() + 12 * DAY
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=clock.now())
    whose, olga = {"contract_id": padaria.contract_id}, {"actor": "olga", "now": later}

    def act(n: int) -> object:
        if n % 4 == 0:
            return charge_invoice(
                invoice_id=invoice.id,
                customer_id=padaria.customer_id,
                method_id=None,
                off_session=False,
                actor="ana",
                moment=moment(later - DAY),  # the clock was read before the restriction
            )
        if n % 4 == 1:
            return restrict_for_fraud(**whose, why="Stolen cards.", **olga)
        if n % 4 == 2:
            return lift_for_fraud(**whose, why="ok", **olga)
        return follow_up(invoice_id=invoice.id, now=later)

    answers = at_once(act)
    assert sum(isinstance(one, Charged) and one.paid for one in answers) == 1
    assert invoices.get(invoice.id).state is Invoiced.PAID
    standing = restrictions.standing(padaria.contract_id)
    assert Cause.DEBT not in {one.cause for one in standing}
    assert (padaria.contract.state is State.RESTRICTED) == bool(standing)
    assert check_books() == []
