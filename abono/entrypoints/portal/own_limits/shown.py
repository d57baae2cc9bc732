"""What a cycle has left of the limits that its customer set (LIM-5), with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from abono.domain.catalog.types import ChannelInfo
from abono.domain.metering.types import Balance
from abono.entrypoints.portal.own_limits.forms import OwnLimitsForm
from abono.kernel.money import EXPONENT
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class OwnLimitRow:
    """One limit, in millionths of `currency`. `total_micro` is held and used together."""

    name: str
    limit_micro: int
    total_micro: int
    left_micro: int
    currency: str

    reached: bool


def own_limit_rows(balance: Balance, currency: str, channels: Sequence[ChannelInfo]) -> list[OwnLimitRow]:
    """The cap first, then the channels in the order of the catalog."""
    rows = []
    if balance.cap_micro is not None:
        left_micro = max(0, balance.cap_micro - balance.total_micro)
        rows.append(
            OwnLimitRow(
                _("All channels"),
                balance.cap_micro,
                balance.total_micro,
                left_micro,
                currency,
                balance.capped or not left_micro,
            )
        )
    budgets = {budget.channel: budget for budget in balance.budgets}
    for channel in channels:
        if channel.code in budgets:
            own = budgets[channel.code]
            rows.append(
                OwnLimitRow(
                    channel.label,
                    own.budget_micro,
                    own.total_micro,
                    own.left_micro,
                    currency,
                    not own.left_micro,
                )
            )
    return rows


def stops(
    form: OwnLimitsForm, balance: Balance, used: Mapping[str, int], currency: str, language: str
) -> list[str]:
    """What these limits stop at once, because as much or more is used in the cycle: a sentence for each.

    used   millionths that are held and used, by channel
    """
    shown = partial(formats.micro, currency=currency, language=language)
    summed = partial(shown, decimals=EXPONENT[currency])
    found = []
    if form.cap_micro is not None and form.cap_micro <= balance.total_micro:
        found.append(
            _(
                "With a cap of {cap} sending stops now: {total} are used and set aside in this cycle already."
            ).format(cap=shown(form.cap_micro), total=summed(balance.total_micro))
        )
    for channel in form.catalog:
        budget_micro = form.budgets.get(channel.code)
        if budget_micro is not None and budget_micro <= used.get(channel.code, 0):
            found.append(
                _(
                    "With a budget of {budget} sending on {channel} stops now: {total} are used and set aside there already."
                ).format(
                    budget=shown(budget_micro),
                    channel=channel.label,
                    total=summed(used.get(channel.code, 0)),
                )
            )
    return found
