"""Invoices of Padaria Sol, and lines of them that are taken back."""

from __future__ import annotations

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import LineCredit
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.wallet import save_card
from tests.remembered import remembered
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.work import renew_due
from tests.world import DAY

PLAN, PACKAGE, ACTIVATION = 1, 2, 3  # lines of the first invoice: 600.00, 100.00 and 649.00
AUGUST_1 = JULY_1 + 31 * DAY


def newest(tenant):
    return invoices.list_for_customer(tenant.customer_id)[0]


def take_back(invoice, *lines, now=LATER, why="A mistake of ours."):
    asked = [LineCredit(position, minor) for position, minor in lines]
    return issue_credit_note(invoice_id=invoice.id, lines=asked, why=why, actor="olga", now=now)


def unpaid_renewal(tenant, card="decline:balance"):
    """The invoice of July, 700.00, which the card did not pay."""
    make = _declined if card == "decline:balance" else _renewed
    make(tenant.customer_id, card)
    return newest(tenant)


def _renewed(customer_id, card):
    save_card(customer_id=customer_id, frame_ref=card, use=True, actor="ana", now=LATER)
    renew_due(now=JULY_1)


_declined = remembered(_renewed)  # nobody waits for an answer at a moment of ours


def good_card(tenant):
    save_card(customer_id=tenant.customer_id, frame_ref="ok", use=True, actor="ana", now=JULY_1)
