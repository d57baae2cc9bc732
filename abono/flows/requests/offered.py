"""By which means an invoice can be paid, and from when (PAY-2, PAY-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.errors import MeansNotOffered, SlipNotYet
from abono.domain.payments.registry import serves
from abono.kernel.due import Means
from abono.kernel.periods import add_months, local_date

PUSHED = (Means.PIX, Means.SLIP)
MONTHS_OF_USE = 1  # before the first slip


@dataclass(frozen=True, slots=True)
class Offer:
    """One means. `possible_from` is a later local day, before which it is refused; `overdue` says that something overdue
    is in its way."""

    means: Means
    possible_from: date | None = None
    overdue: bool = False

    @property
    def now(self) -> bool:
        return self.possible_from is None and not self.overdue


def offers(contract: Contract, *, now: datetime) -> list[Offer]:
    """What the seller offers this customer beside cards, with those that are not possible yet."""
    return [_offer(contract, means, now=now) for means in PUSHED if _serves(contract, means)]


def require(contract: Contract, means: Means, *, but: UUID | None = None, now: datetime) -> None:
    """Raises MeansNotOffered, SlipNotYet. `but` is an invoice that may be overdue itself: it is what shall be paid."""
    if not _serves(contract, means):
        raise MeansNotOffered()
    offer = _offer(contract, means, but=but, now=now)
    if not offer.now:
        today = local_date(now, contract.customer.time_zone)
        raise SlipNotYet((offer.possible_from or today).isoformat())


def slips_from(contract: Contract) -> date | None:
    """The local day from which slips are possible: a month after activation. None where it is not active yet."""
    return None if contract.adhesion_date is None else add_months(contract.adhesion_date, MONTHS_OF_USE)


def _serves(contract: Contract, means: Means) -> bool:
    """Slips and Pix are of Brazil: real, and a Brazilian tax id."""
    return contract.currency == "BRL" and contract.customer.country == "BR" and serves(means) is not None


def _offer(contract: Contract, means: Means, *, but: UUID | None = None, now: datetime) -> Offer:
    if means is not Means.SLIP:
        return Offer(means)
    today, first = local_date(now, contract.customer.time_zone), slips_from(contract)
    late = [one for one in invoices.open_of(contract.id) if one.overdue(today) and one.id != but]
    return Offer(means, first if first is None or first > today else None, bool(late))
