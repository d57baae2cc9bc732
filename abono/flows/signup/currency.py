"""In which currency a buyer of a country contracts (CAT-14)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.errors import CurrencyOfCountry
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CONTRACT_CURRENCY


def require_currency(country: str, currency: str, *, at: datetime) -> None:
    """Raises CurrencyOfCountry."""
    said = settings.value(CONTRACT_CURRENCY, at=at)
    own = currency if said == "any" else said.get(country, currency)
    if own != currency:
        raise CurrencyOfCountry(country, own)
