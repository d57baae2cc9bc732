"""Settings of what becomes of a contract whose invoices are not paid (PAY-8, END-1, END-5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from abono.domain.settings.types import Scope, Setting

MOST_DAYS = 7


def _listed(raw: object) -> object:
    """As people type them: `3, 5, 7`."""
    return [one for part in raw.split(",") if (one := part.strip())] if isinstance(raw, str) else raw


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    """Raises ValueError for a list that is not in order."""
    if list(days) != sorted(set(days)):
        raise ValueError("each day is after the one before")
    return days


RETRY_DAYS: Setting[tuple[int, ...]] = Setting(
    key="retry_days",
    rule="PAY-8",
    says="On which days after a card was declined for an invoice it is asked again by itself, where its bank allows it, and on"
    " which of them, up to the seventh, automatic Pix is tried again; with commas between, empty for none.",
    allowed=Annotated[
        tuple[Annotated[int, Field(ge=1, le=30)], ...],
        BeforeValidator(_listed),
        Field(max_length=MOST_DAYS),
        AfterValidator(_rising),
    ],
    shipped=(3, 5, 7),
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
RESTRICT_AFTER: Setting[int] = Setting(
    key="restrict_after",
    rule="END-1",
    says="For how many days an invoice is overdue when its contract is restricted, the first of them counted.",
    allowed=Annotated[int, Field(ge=1, le=365)],
    shipped=10,
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
RESTRICTED_PLAN_FEE: Setting[str] = Setting(
    key="restricted_plan_fee",
    rule="END-5",
    says="What is billed of the plan and of extra licences for a cycle that begins while its contract is restricted: their fees"
    " from the day of the release on, as the package, or the whole fees when it begins. For cycles, and paid years, that begin"
    " from then on.",
    allowed=Literal["from_release", "whole"],
    shipped="from_release",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
END_AFTER: Setting[int] = Setting(
    key="end_after",
    rule="END-5",
    says="For how many days a contract is restricted for what is overdue when it ends; the customer is told 14 and 3 days before.",
    allowed=Annotated[int, Field(ge=15, le=3650)],
    shipped=60,
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)

DISPUTED_SERVICE: Setting[str] = Setting(
    key="disputed_service",
    rule="PAY-10",
    says="What becomes of a contract while a payment of it is disputed at the bank, it goes on, or is restricted"
    " until the dispute ends.",
    allowed=Literal["goes_on", "restricted"],
    shipped="goes_on",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
DISPUTE_DAYS: Setting[int] = Setting(
    key="dispute_days",
    rule="PAY-10",
    says="Within how many days of its beginning a dispute of a payment is to be answered at the bank, unless somebody writes down"
    " the day that the bank says.",
    allowed=Annotated[int, Field(ge=1, le=60)],
    shipped=7,
)

OF_RESTRICTION: tuple[Setting[Any], ...] = (
    DISPUTED_SERVICE,
    DISPUTE_DAYS,
    RESTRICT_AFTER,
    RESTRICTED_PLAN_FEE,
    RETRY_DAYS,
    END_AFTER,
)
