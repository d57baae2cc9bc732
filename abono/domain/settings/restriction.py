"""Settings of what becomes of a contract whose invoices are not paid (END-1)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from abono.domain.settings.types import Scope, Setting

RESTRICT_AFTER: Setting[int] = Setting(
    key="restrict_after",
    rule="END-1",
    says="For how many days an invoice is overdue when its contract is restricted, the first of them counted.",
    allowed=Annotated[int, Field(ge=1, le=365)],
    shipped=10,
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)

OF_RESTRICTION: tuple[Setting[Any], ...] = (RESTRICT_AFTER,)
