"""By which means an invoice can be paid beside cards, and from when (PAY-2, PAY-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.errors import MeansNotOffered, SlipNotYet
from abono.domain.payments.pushed.means import chosen
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


@dataclass(frozen=True, slots=True)
class _Payer:
    """What counts of a contract and whose it is."""

    contract_id: UUID
    currency: str
    country: str
    adhesion_date: date | None
    today: date


def offers(contract_id: UUID, *, but: UUID | None = None, now: datetime) -> list[Offer]:
    """What the seller offers for a contract beside cards, with what is not possible yet. `but` is an invoice that may be
    overdue itself: it is what shall be paid."""
    if not any(serves(means) for means in PUSHED):
        return []
    contract = contracts.get(contract_id)
    customer = customers.get(contract.customer_id)
    payer = _Payer(
        contract.id,
        contract.currency,
        customer.country,
        contract.adhesion_date,
        local_date(now, customer.time_zone),
    )
    return [_offer(payer, means, but) for means in PUSHED if _serves(payer, means)]


def offered_to(country: str, currency: str, means: Means) -> bool:
    """Whether an organization of that country can be asked so at all. Slips and Pix are of Brazil: real, and a Brazilian tax id."""
    return currency == "BRL" and country == "BR" and serves(means) is not None


def require(contract: Contract, means: Means, *, but: UUID | None = None, now: datetime) -> None:
    """Raises MeansNotOffered, SlipNotYet. `but` as for `offers`."""
    payer = _payer(contract, now=now)
    if not _serves(payer, means):
        raise MeansNotOffered()
    offer = _offer(payer, means, but)
    if not offer.now:
        raise SlipNotYet((offer.possible_from or payer.today).isoformat())


def paid_by(contract: Contract, *, now: datetime) -> Means:
    """The means that pays what is issued now: the one that was chosen, while it is possible; else the card (PAY-3)."""
    today = local_date(now, contract.customer.time_zone)
    means, _ahead = chosen(contract.customer_id, today)
    if means is not Means.CARD:
        payer = _payer(contract, now=now)
        if not _serves(payer, means) or not _offer(payer, means, None).now:
            return Means.CARD
    return means


def slips_from(adhesion: date) -> date:
    """The local day from which slips are possible: a month after activation."""
    return add_months(adhesion, MONTHS_OF_USE)


def _payer(contract: Contract, *, now: datetime) -> _Payer:
    customer = contract.customer
    today = local_date(now, customer.time_zone)
    return _Payer(contract.id, contract.currency, customer.country, contract.adhesion_date, today)


def _serves(payer: _Payer, means: Means) -> bool:
    return offered_to(payer.country, payer.currency, means)


def _offer(payer: _Payer, means: Means, but: UUID | None) -> Offer:
    if means is not Means.SLIP:
        return Offer(means)
    first = None if payer.adhesion_date is None else slips_from(payer.adhesion_date)
    late = [one for one in invoices.open_of(payer.contract_id) if one.overdue(payer.today) and one.id != but]
    not_yet = first is None or first > payer.today
    return Offer(means, first if not_yet else None, bool(late) or first is None)
