"""Which gateway stands behind a name. Settings name the adapter, so that this layer imports none."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from abono.domain.payments.port import Gateway
from abono.domain.payments.push import PushGateway
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
    """Whether a gateway is one of those, not of cards."""
    return name in dict(settings.PUSH_GATEWAYS).values()


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
