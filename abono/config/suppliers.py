"""Payment gateways that are configured wrongly: nothing is served with one (ACC-7, PAY-4)."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from abono.config.env import ConfigurationError, Settings
from abono.domain.payments import registry

_VARIABLES = {
    "pix": "ABONO_PIX",
    "bank_boleto": "ABONO_BANK_BOLETO",
    "stripe_push": "ABONO_STRIPE_PUSH",
}


def wrong() -> Iterator[tuple[str, str]]:
    """Each gateway whose options are not such as its adapter takes, with what is wrong with them in one line."""
    for name in settings.GATEWAYS:
        try:
            registry.gateway(name)
        except (ImportError, TypeError, ValueError) as error:
            yield name, " ".join(str(error).split())


def crossed(given: Settings) -> Iterator[str]:
    """What variables say of who asks for money by slip or Pix and cannot be, each in one line: of a means by two, which would
    ask twice, or through Stripe without its keys."""
    for means, names in given.push_suppliers.items():
        if len(names) > 1:
            yield f"{means} is asked for by {' and by '.join(_VARIABLES[name] for name in names)}: one of them may"
    if given.stripe_push and not given.has_stripe:
        yield "ABONO_STRIPE_PUSH needs ABONO_STRIPE_SECRET_KEY"


def require(given: Settings) -> None:
    """Raises ConfigurationError with all that is wrong at once."""
    lines = [f"\n  {one}" for one in crossed(given)] + [f"\n  {name}: {why}" for name, why in wrong()]
    if lines:
        raise ConfigurationError(f"gateways that are set up wrongly:{''.join(lines)}")
