"""What waited for the money of an invoice, by the reason of the invoice (PAY-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import standing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.flows.paid.change import apply_paid_change
from abono.flows.paid.first import activate_contract
from abono.flows.paid.interim import open_limit


class Release(Protocol):
    """Does what waited, in the transaction that holds the contract and its invoice."""

    def __call__(self, contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None: ...


def _nothing(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """A renewal: service goes on while its money is on the way. Nor does anything wait for a one-off invoice."""


def release(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Do what waited for the money of an invoice. What it released it does not release once more, where it is owed again and
    paid again (INV-5)."""
    waits = RELEASES[Reason(invoice.reason)]
    if waits is _nothing or (invoice.number is not None and standing.was_paid(invoice.id)):
        return
    waits(contract, invoice, actor=actor, now=now)


RELEASES: Mapping[Reason, Release] = {
    Reason.FIRST: activate_contract,
    Reason.RENEWAL: _nothing,
    Reason.INTERIM: open_limit,
    Reason.CHANGE: apply_paid_change,
    Reason.ONE_OFF: _nothing,
}
