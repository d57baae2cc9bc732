"""What happened while a sandbox's clock moved, in words (TIM-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from abono.entrypoints.site.design.words import Text
from abono.flows.advance_clock import Happening
from abono.kernel.money import EXPONENT
from abono.platform import formats

_WORDS: dict[str, Text] = {
    "contract.cycle_started": gettext_lazy("The next cycle began; package and InteractionZ start anew."),
    "package.expired": gettext_lazy("{expired} of the package was left and is lost."),
    "invoice.issued": gettext_lazy("Invoice {number} over {total} was issued."),
    "invoice.paid": gettext_lazy("Invoice {number} was paid: {total}."),
    "payment.declined": gettext_lazy("The card was declined: invoice {number} over {total} stays open."),
    "payment.not_received": gettext_lazy(
        "The charge of invoice {number} over {total} never reached the bank: it stays open."
    ),
    "payment.for_no_invoice": gettext_lazy("{total} came for an invoice that was paid already."),
    "contract.terms_changed": gettext_lazy("The plan or the channel package of the contract changed."),
    "invoice.cancelled": gettext_lazy("Invoice {number} was cancelled: nothing is to be paid of it."),
    "sending.package_80": gettext_lazy("The package reached 80%."),
    "sending.package_100": gettext_lazy("The package was used up."),
    "sending.limit_90": gettext_lazy("The limit is near: its use is at 90%."),
    "sending.blocked": gettext_lazy("Sending was blocked at the limit."),
    "sending.own_cap": gettext_lazy("Sending was stopped by the organization's own cap."),
    "sending.released": gettext_lazy("Sending was opened again."),
    "contract.activated": gettext_lazy("The contract became active."),
    "contract.restricted": gettext_lazy("The contract was restricted."),
    "contract.ending": gettext_lazy("The contract was marked to end with its cycle."),
    "contract.ended": gettext_lazy("The contract ended."),
    "customer.clock_moved": gettext_lazy("The clock was moved to this moment."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the list; `happened_at` is on the sandbox's clock."""

    text: str
    happened_at: datetime


def told(happened: Iterable[Happening], language: str) -> list[Told]:
    """In order. What has no words here concerns nobody who looks at this page."""
    return [
        Told(str(_WORDS[one.name]).format_map(_facts(one, language)), one.happened_at)
        for one in happened
        if one.name in _WORDS
    ]


def _facts(one: Happening, language: str) -> dict[str, str]:
    """Amounts of the record as the language writes them."""
    facts: dict[str, Any] = dict(one.facts)
    currency = str(facts.get("currency", ""))
    shown = {name: str(value) for name, value in facts.items()}
    if "total_minor" in facts:
        shown["total"] = formats.minor(facts["total_minor"], currency, language)
    if "expired_micro" in facts:
        shown["expired"] = formats.micro(
            facts["expired_micro"], currency, language, decimals=EXPONENT[currency]
        )
    return shown
