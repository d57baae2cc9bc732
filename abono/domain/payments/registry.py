"""Which gateway stands behind a name. Settings name the adapter, so that this layer imports none."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from abono.domain.payments.errors import NoBankAccount, NoSuchBankAccount
from abono.domain.payments.ports.mandates import MandateGateway
from abono.domain.payments.ports.port import Gateway
from abono.domain.payments.ports.push import Arrivals, BankFiles, PushGateway, SlipPrinter
from abono.kernel.due import Means


class UnknownGateway(LookupError):
    """No gateway of this name is configured."""


def serving() -> str:
    """The name of the gateway that takes new cards."""
    return str(settings.SERVING_GATEWAY)


def serves(means: Means) -> str | None:
    """The name of the gateway that asks for money by slip or Pix; None where the seller has none."""
    return dict(settings.PUSH_GATEWAYS).get(means.value)


def pushes(name: str) -> bool:
    """Whether a gateway is one of those, not of cards, also where it asks for nothing any more. Raises UnknownGateway."""
    found: object = gateway(name)
    return isinstance(found, PushGateway)


@lru_cache(maxsize=16)
def gateway(name: str) -> Gateway:
    """The adapter that `settings.GATEWAYS[name]` describes as {"adapter": dotted path, "options": {…}}.

    Made once per process and shared by threads. Raises UnknownGateway.
    """
    entry = settings.GATEWAYS.get(name)
    if entry is None:
        raise UnknownGateway(name)
    return cast(Gateway, import_string(entry["adapter"])(**entry["options"]))


def push_gateway(name: str) -> PushGateway:
    """The same, of one that asks for money by slip or Pix. Raises UnknownGateway."""
    return cast(PushGateway, gateway(name))


def mandate_gateway(name: str) -> MandateGateway | None:
    """The same, of one whose payers can agree to be charged; None of one that does not offer it, or is not configured any more."""
    try:
        found: object = gateway(name)
    except UnknownGateway:
        return None
    return found if isinstance(found, MandateGateway) else None


def bank_files(name: str) -> BankFiles | None:
    """The same, of one that speaks in files; None of one that does not, or is not configured any more."""
    try:
        found: object = gateway(name)
    except UnknownGateway:
        return None
    return found if isinstance(found, BankFiles) else None


def bank_accounts() -> list[str]:
    """The names of all that speak in files: also of one that serves no more, whose slips may still be paid."""
    return [name for name in settings.GATEWAYS if bank_files(name) is not None]


def check_bank_accounts(names: Collection[str]) -> None:
    """Whether each of these is one. Raises NoSuchBankAccount, NoBankAccount."""
    known = bank_accounts()
    for name in names:
        if not known:
            raise NoBankAccount()
        if name not in known:
            raise NoSuchBankAccount(name, ", ".join(known))


def printer(name: str) -> SlipPrinter | None:
    """Who knows what a slip of this gateway says; None where slips are not ours to print."""
    found: object = gateway(name)
    return found if isinstance(found, SlipPrinter) else None


def arrivals(name: str) -> Arrivals:
    """The same, of one whose news name the money that came. Raises UnknownGateway."""
    return cast(Arrivals, gateway(name))
