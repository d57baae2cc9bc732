"""Who is asked for money by slip or Pix."""

from __future__ import annotations

from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.types import Buyer
from abono.domain.payments.ports.push import Payer


def payer_of(contract: Contract, invoice: Invoice) -> Payer:
    """To whom the invoice is made out, where they get their post now."""
    return _payer(contract, invoice.buyer["legal_name"], invoice.buyer["tax_id"])


def payer_now(contract: Contract, buyer: Buyer) -> Payer:
    """As they are now."""
    return _payer(contract, buyer.legal_name, buyer.tax_id)


def _payer(contract: Contract, name: str, tax_id: str) -> Payer:
    address = customers.organization(contract.customer).address
    street = ", ".join(filter(None, (address.street, address.number, address.complement)))
    return Payer(
        name=name,
        tax_id=tax_id,
        street=street,
        city=address.city,
        state=address.region,
        postcode=address.postal_code,
    )
