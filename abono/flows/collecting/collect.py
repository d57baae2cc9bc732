"""Ask the customer's card for an issued invoice, without them."""

from __future__ import annotations

from uuid import UUID

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.payments.errors import NoCard, PaymentUnderWay
from abono.flows.collecting.charge import charge_invoice
from abono.kernel.moment import Moment


def collect(*, invoice_id: UUID, moment: Moment) -> bool:
    """A decline leaves the invoice pending: PAY-8 says when it is tried again.

    Returns False when there is no card to ask: then it waits until there is one.
    """
    try:
        charge_invoice(
            invoice_id=invoice_id,
            customer_id=invoices.whose(invoice_id)[0],
            method_id=None,
            off_session=True,
            actor="system",
            moment=moment,
        )
    except NoCard:
        return False
    except (PaymentUnderWay, InvoiceNotPayable):
        pass  # somebody pays, or has paid, by hand
    return True
