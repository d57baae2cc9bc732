"""Payment gateways that are configured wrongly: nothing is served with one (ACC-7, PAY-4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from django.conf import settings

from abono.config.env import ConfigurationError, Settings
from abono.domain.payments import registry

_USUAL = {"pix": "pix", "slip": "bank_boleto"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_TAKEN = frozenset({"simulator", "simulator_pix", "stripe", "stripe_push"})
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
    ask twice, or through Stripe without its keys; of two by one name, or by a name that is none."""
    for means, names in given.push_suppliers.items():
        if len(names) > 1:
            said = (_VARIABLES.get(name, _VARIABLES[_USUAL[means]]) for name in names)
            yield f"{means} is asked for by {' and by '.join(said)}: one of them may"
    if given.stripe_push and not given.has_stripe:
        yield "ABONO_STRIPE_PUSH needs ABONO_STRIPE_SECRET_KEY"
    yield from _named_alike(given)
    yield from _of_one_account(given)


def _named_alike(given: Settings) -> Iterator[str]:
    named = [
        *((given.pix.get("gateway", "pix"),) if given.pix else ()),
        *((given.bank_boleto.get("gateway", "bank_boleto"),) if given.bank_boleto else ()),
        *given.pix_before,
        *given.bank_boleto_before,
    ]
    for name, count in Counter(map(str, named)).items():
        if name in _TAKEN or not _NAME.fullmatch(name):
            yield f"{name!r} is no name for a gateway of Pix or slips: small letters, digits and _, and of no other gateway"
        elif count > 1:
            yield f"{name} is the name of {count} gateways: give the one that asks now another `gateway`"


def _of_one_account(given: Settings) -> Iterator[str]:
    """A bank's file says of which account it is and no more: of two gateways the wrong one would look for its slips."""
    seen: dict[tuple[str, ...], str] = {}
    for name, options in given.bank_boleto_by_name.items():
        account = tuple(str(options.get(part)) for part in ("bank", "agency", "account"))
        if account in seen:
            yield f"{seen[account]} and {name} are the same account of a bank: leave it one gateway, whose options change"
        seen[account] = name


def require(given: Settings) -> None:
    """Raises ConfigurationError with all that is wrong at once."""
    lines = [f"\n  {one}" for one in crossed(given)] + [f"\n  {name}: {why}" for name, why in wrong()]
    if lines:
        raise ConfigurationError(f"gateways that are set up wrongly:{''.join(lines)}")
