"""An invoice as it is read with many others, without a model."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from abono.domain.invoicing.rules import owed, rest, title
from abono.domain.invoicing.states import State


class InvoiceRow(NamedTuple):
    """What is read of it to be paid, by the names that `models.Invoice` has."""

    id: UUID
    customer_id: UUID
    state: str
    reason: str
    series: str
    number: int | None
    currency: str
    total_minor: int
    credited_minor: int
    credit_used_minor: int
    received_minor: int
    replaces_id: UUID | None

    @property
    def title(self) -> str:
        return title(self.series, self.number)

    @property
    def owed_minor(self) -> int:
        return owed(State(self.state), self.rest_minor)

    @property
    def rest_minor(self) -> int:
        return rest(self.total_minor, self.credited_minor, self.credit_used_minor, self.received_minor)
