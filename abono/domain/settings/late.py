"""Settings of what is paid late: fine, interest, and from which day they count (PAY-5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from abono.domain.settings.types import Scope, Setting

_SCOPES = (Scope.SELLER, Scope.PLAN, Scope.CONTRACT)
_PERCENT = Annotated[Decimal, Field(ge=0, le=10, max_digits=4, decimal_places=2)]

LATE_COUNTED_FROM: Setting[str] = Setting(
    key="late_counted_from",
    rule="PAY-5",
    says="From which day the days of interest of a late slip count: from the bank day to which its due date moved, or from the day"
    " that moved; for what is asked for from then on.",
    allowed=Literal["bank_day", "due_date"],
    shipped="bank_day",
    scopes=_SCOPES,
)
LATE_FINE: Setting[Decimal] = Setting(
    key="late_fine",
    rule="PAY-5",
    says="The fine of a slip that is paid late, once, in percent of what it asks for; of slips that are asked for from then on.",
    allowed=_PERCENT,
    shipped=Decimal(2),
    scopes=_SCOPES,
)
LATE_INTEREST: Setting[Decimal] = Setting(
    key="late_interest",
    rule="PAY-5",
    says="The interest of a slip that is paid late, in percent for 30 days, counted by days; of slips that are asked for from then on.",
    allowed=_PERCENT,
    shipped=Decimal(1),
    scopes=_SCOPES,
)

OF_LATE: tuple[Setting[Any], ...] = (LATE_COUNTED_FROM, LATE_FINE, LATE_INTEREST)
