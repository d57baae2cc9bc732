from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from abono.domain.approvals.states import State
from abono.kernel.ids import public
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class ApprovalDetail:
    """One request. `asked_by`, `decided_by` as events name actors; `behind` the person whose key asked, or empty. `answer` is
    why they refused; of one that could not be done `failed_with` is the code of the refusal, in its facts `failed_facts`. (Until
    0.2.0 that was an `answer` in English.)"""

    id: UUID
    act: str
    key: str
    arguments: Mapping[str, Any]
    facts: Mapping[str, Any]
    amounts: tuple[Money, ...]
    customer_id: UUID | None
    why: str
    state: State
    asked_by: str
    behind: str
    asked_at: datetime
    expires_at: datetime
    decided_by: str
    ended_at: datetime | None
    answer: str
    failed_with: str
    failed_facts: Mapping[str, Any]
    led_to: str

    @property
    def public_id(self) -> str:
        return public("apr", self.id)

    def asked_by_person(self, actor: str) -> bool:
        """Whether this person asked, by themselves or by a key of theirs."""
        return actor in (self.asked_by, self.behind)
