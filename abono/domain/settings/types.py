"""What a setting is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError


class Scope(StrEnum):
    """For whom a value holds, from wide to narrow."""

    SELLER = "seller"  # the whole installation
    PLAN = "plan"  # every contract of a software plan, by the plan's code
    CONTRACT = "contract"


NARROWEST_FIRST = (Scope.CONTRACT, Scope.PLAN, Scope.SELLER)


@dataclass(frozen=True)
class Setting[T]:
    """One *setting* of the rule book.

    rule     the rule that it belongs to
    allowed  its type with its bounds, as pydantic reads them
    shipped  the value of an installation in which nobody set anything
    scopes   for whom it can be set
    """

    key: str
    rule: str
    says: str  # what it is about, for those who set it
    allowed: Any
    shipped: T
    scopes: tuple[Scope, ...] = (Scope.SELLER,)

    def read(self, raw: object) -> T:
        """A value from JSON or from what somebody typed. Raises ValueError that says what is allowed."""
        try:
            value: T = self._adapter.validate_python(raw)
        except ValidationError as wrong:
            raise ValueError("; ".join(error["msg"] for error in wrong.errors())) from None
        return value

    def write(self, value: T) -> object:
        """The value as JSON has it; durations as ISO 8601."""
        return self._adapter.dump_python(value, mode="json")

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self.allowed)


@dataclass(frozen=True, slots=True)
class Whose:
    """The contract for which a value is asked, and its plan. Without either it is the seller's."""

    plan: str = ""
    contract_id: UUID | None = None

    @property
    def subjects(self) -> dict[Scope, str]:
        named = {Scope.SELLER: "", Scope.PLAN: self.plan, Scope.CONTRACT: str(self.contract_id or "")}
        return {scope: subject for scope, subject in named.items() if subject or scope is Scope.SELLER}


SELLER = Whose()


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value that somebody set. `value` is None where it was given back to the next wider scope."""

    key: str
    scope: Scope
    subject: str  # "" of the seller, the plan's code, the contract's id
    value: object
    valid_from: datetime
    set_at: datetime
    actor: str
    why: str
