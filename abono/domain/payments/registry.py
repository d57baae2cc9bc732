"""Which gateway stands behind a name. Settings name the adapter, so that this layer imports none."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from abono.domain.payments.port import Gateway


class UnknownGateway(LookupError):
    """No gateway of this name is configured."""


def serving() -> str:
    """The name of the gateway that takes new cards."""
    return str(settings.SERVING_GATEWAY)


@lru_cache(maxsize=16)
def gateway(name: str) -> Gateway:
    """The adapter that `settings.GATEWAYS[name]` describes as {"adapter": dotted path, "options": {…}}.

    Made once per process and shared by threads. Raises UnknownGateway.
    """
    entry = settings.GATEWAYS.get(name)
    if entry is None:
        raise UnknownGateway(name)
    return cast(Gateway, import_string(entry["adapter"])(**entry["options"]))
