"""From how much on an act needs a second person (ACC-5). Flows ask here before they do what cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.settings import queries as settings
from abono.domain.settings.known import Threshold, above
from abono.domain.settings.types import Setting
from abono.kernel.money import Money


def needed(setting: Setting[Threshold], amounts: Iterable[Money], *, at: datetime) -> bool:
    """Whether any of the amounts is above what one person may do alone, as the setting says at that moment."""
    threshold = settings.value(setting, at=at)
    return any(above(threshold, amount) for amount in amounts)


def require(setting: Setting[Threshold], amounts: Iterable[Money], *, approved: bool, at: datetime) -> None:
    """Raises SecondPersonNeeded where one is needed and none has agreed.

    approved   `flows.approvals` carries it out: a second person has said yes to exactly this
    """
    if not approved and needed(setting, amounts, at=at):
        raise SecondPersonNeeded()
