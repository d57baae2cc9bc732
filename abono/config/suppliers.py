"""Payment gateways that are configured wrongly: nothing is served with one (ACC-7, PAY-4)."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from abono.config.env import ConfigurationError
from abono.domain.payments import registry


def wrong() -> Iterator[tuple[str, str]]:
    """Each gateway whose options are not such as its adapter takes, with what is wrong with them in one line."""
    for name in settings.GATEWAYS:
        try:
            registry.gateway(name)
        except (ImportError, TypeError, ValueError) as error:
            yield name, " ".join(str(error).split())


def require() -> None:
    """Raises ConfigurationError with all that is wrong at once."""
    lines = [f"\n  {name}: {why}" for name, why in wrong()]
    if lines:
        raise ConfigurationError(f"gateways whose options are wrong:{''.join(lines)}")
