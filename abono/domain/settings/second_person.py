"""Settings of what needs a second person of the seller (ACC-5, PAY-9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from abono.domain.settings.types import Setting
from abono.kernel.money import CURRENCIES, EXPONENT, Money

type Threshold = dict[str, int] | Literal["never"]


def amounts(raw: object) -> object:
    """As people type amounts: `BRL 5000, USD 1000`."""
    if not isinstance(raw, str) or raw == "never":
        return raw
    pairs = [part.split() for part in raw.split(",") if part.strip()]
    return {pair[0].upper(): pair[1] for pair in pairs if len(pair) == 2} if pairs else raw


def above(threshold: Threshold, amount: Money) -> bool:
    """Whether an amount needs a second person. A currency that the threshold does not name has none: it always does."""
    if threshold == "never":
        return False
    whole = threshold.get(amount.currency, 0)
    return abs(amount.minor) > whole * int(10 ** EXPONENT[amount.currency])


_THRESHOLD = (
    Annotated[
        dict[Literal[CURRENCIES], Annotated[int, Field(ge=0, le=10**12)]],  # type: ignore[valid-type]
        BeforeValidator(amounts),
        Field(min_length=1),
    ]
    | Literal["never"]
)

SECOND_PERSON_CREDIT: Setting[Threshold] = Setting(
    key="second_person_credit",
    rule="ACC-5",
    says="Above how much, taken back of one invoice in all, a credit note needs a second person, and a one-off invoice"
    " by its total, a write-off or a dispute that is lost by what is given up; in whole units of each currency, always for one that is not named, or never.",
    allowed=_THRESHOLD,
    shipped={"BRL": 5_000, "USD": 1_000},
)
SECOND_PERSON_PRICES: Setting[Threshold] = Setting(
    key="second_person_prices",
    rule="ACC-5",
    says="Above how much that customers together pay more or less each month a move to newer versions or a yearly adjustment"
    " needs a second person, and a price of its own or an add-on of one contract; in whole units of each currency, always for one that is not named, or never.",
    allowed=_THRESHOLD,
    shipped={"BRL": 5_000, "USD": 1_000},
)
SECOND_PERSON_REFUND: Setting[Threshold] = Setting(
    key="second_person_refund",
    rule="PAY-9",
    says="Above how much, given back of one invoice in all to whoever paid it, a refund needs a second person; in whole units of"
    " each currency, always for one that is not named, or never.",
    allowed=_THRESHOLD,
    shipped={"BRL": 1_000, "USD": 200},
)
SECOND_PERSON_RECEIPT: Setting[Threshold] = Setting(
    key="second_person_receipt",
    rule="ACC-5",
    says="Above how much, recorded for one invoice in all as come without a gateway, a payment needs a second person; in whole"
    " units of each currency, always for one that is not named, or never.",
    allowed=_THRESHOLD,
    shipped={"BRL": 5_000, "USD": 1_000},
)
OF_SECOND_PERSONS: tuple[Setting[Any], ...] = (
    SECOND_PERSON_CREDIT,
    SECOND_PERSON_PRICES,
    SECOND_PERSON_REFUND,
    SECOND_PERSON_RECEIPT,
)
