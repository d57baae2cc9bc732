"""Stripe's keys: by their form and their mode, without a call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from abono.config import env
from abono.config.doctor.finding import Finding, ok, warning, wrong


@dataclass(frozen=True, slots=True)
class Form:
    """How a key looks, and what Stripe calls it."""

    pattern: str
    called: str


SECRET = Form(r"[sr]k_(?P<mode>test|live)_\w+", "secret key (sk_…) or restricted key (rk_…)")
PUBLISHABLE = Form(r"pk_(?P<mode>test|live)_\w+", "publishable key (pk_…)")
SIGNING = Form(r"whsec_\S+", "signing secret of the webhook (whsec_…)")


def keys(given: env.Settings) -> Iterator[Finding]:
    """One finding for each that is wrong; nothing where Stripe is not used. No key is shown."""
    found = {
        "ABONO_STRIPE_SECRET_KEY": (given.stripe_secret_key.get_secret_value(), SECRET),
        "ABONO_STRIPE_PUBLISHABLE_KEY": (given.stripe_publishable_key, PUBLISHABLE),
        "ABONO_STRIPE_WEBHOOK_SECRET": (given.stripe_webhook_secret.get_secret_value(), SIGNING),
    }
    if not any(key for key, _form in found.values()):
        return
    modes, fine = set(), True
    for name, (key, form) in found.items():
        match = re.fullmatch(form.pattern, key)
        if match is None:
            fine = False
            what = f"stripe: {name} is {'not such a key' if key else 'missing'}"
            yield wrong("gateway", what, f"Set it to what Stripe shows as {form.called}")
        else:
            modes |= set(match.groupdict().values())
    if len(modes) > 1:
        what = "stripe: one key is of live mode and the other of test mode, so no card can be saved"
        yield wrong("gateway", what, "Take both from the same mode")
    elif fine and modes == {"test"}:
        yield warning("gateway", "stripe: test mode, which moves no money", "Set the keys of live mode")
    elif fine:
        yield ok("gateway", "stripe: live mode")
