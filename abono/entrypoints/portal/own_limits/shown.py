"""What a cycle has left of the limits that its customer set (LIM-5), with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from abono.domain.catalog.types import ChannelInfo
from abono.domain.metering.types import Balance


@dataclass(frozen=True, slots=True)
class OwnLimitRow:
    """One limit, in millionths of `currency`. `total_micro` is held and used together."""

    name: str
    limit_micro: int
    total_micro: int
    left_micro: int
    currency: str

    @property
    def reached(self) -> bool:
        return self.left_micro == 0


def own_limit_rows(balance: Balance, currency: str, channels: Sequence[ChannelInfo]) -> list[OwnLimitRow]:
    """The cap first, then the channels in the order of the catalog."""
    rows = []
    if balance.cap_micro is not None:
        left_micro = max(0, balance.cap_micro - balance.total_micro)
        rows.append(
            OwnLimitRow(_("All channels"), balance.cap_micro, balance.total_micro, left_micro, currency)
        )
    budgets = {budget.channel: budget for budget in balance.budgets}
    for channel in channels:
        if channel.code in budgets:
            own = budgets[channel.code]
            rows.append(
                OwnLimitRow(channel.label, own.budget_micro, own.total_micro, own.left_micro, currency)
            )
    return rows
