"""The charts of the usage page: how the package fills, and each channel day by day on one scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from django.utils.translation import gettext as _

from abono.domain.metering.rules import WARN_LIMIT_PERCENT, WARN_PERCENT, Level, marks
from abono.domain.metering.types import Balance
from abono.entrypoints.portal.usage.shown import CycleUse
from abono.entrypoints.site.design.charts import Chart, Threshold, daily
from abono.flows.limits.who_is_told import Told
from abono.kernel.money import EXPONENT
from abono.platform import formats

TALL = 300  # pixels: there are several lines in it

type Days = list[date]
type Shown = Callable[[int], str]


def charts(chosen: CycleUse, *, today: date, language: str) -> list[Chart]:
    """The package first, in money; then each channel in sends, all on one scale."""
    days = cycle_days(chosen)
    currency = chosen.contract.currency
    shown = partial(formats.micro, currency=currency, language=language, decimals=EXPONENT[currency])
    drawn: dict[date, int] = defaultdict(int)
    counts: dict[str, dict[date, int]] = defaultdict(dict)
    costs: dict[str, int] = defaultdict(int)
    for use in chosen.days:
        drawn[use.day] += use.amount_micro
        counts[use.channel][use.day] = use.count
        costs[use.channel] += use.amount_micro
    found = [_package(chosen, days, drawn, today=today, shown=shown, language=language)]
    for channel in chosen.channels:
        if channel.code in counts:
            cost = _("free") if not costs[channel.code] else shown(costs[channel.code])
            found.append(
                Chart(
                    id=f"channel-{channel.code}",
                    title=channel.label,
                    summary=_("Sends on each day of the cycle; {cost} in all.").format(cost=cost),
                    bars=daily(
                        until_today(days, counts[channel.code], today),
                        language=language,
                        shown=partial(formats.number, language=language),
                    ),
                    columns=(_("Day"), _("Sends")),
                    scale=max(count for by_day in counts.values() for count in by_day.values()),
                )
            )
    return found


def _package(
    chosen: CycleUse,
    days: Days,
    drawn: dict[date, int],
    *,
    today: date,
    shown: Shown,
    language: str,
) -> Chart:
    """All channels together, added up from the first day on, with the lines at which something happens."""
    sum_so_far, added = 0, {}
    for day in days:
        sum_so_far += drawn.get(day, 0)
        added[day] = sum_so_far
    return Chart(
        id="package",
        title=_("Channel package, all channels"),
        summary=_("What was used and set aside since the cycle began, day by day."),
        bars=daily(until_today(days, added, today), language=language, shown=shown),
        height=TALL,
        thresholds=_lines(chosen.balance, chosen.standing.told, shown=shown, language=language),
    )


def _lines(balance: Balance, told: Told, *, shown: Shown, language: str) -> tuple[Threshold, ...]:
    """Where somebody is told and where sending ends (LIM-3), each with its name and amount."""
    at = marks(value_micro=balance.value_micro, ceiling_micro=balance.ceiling_micro)
    limited = at.get(Level.BLOCKED) != at.get(Level.PACKAGE_100)
    names = {
        Level.PACKAGE_80: formats.percent(WARN_PERCENT, language) + " · {amount}",
        Level.PACKAGE_100: _("Package {amount}") if limited else _("Package and limit {amount}"),
    }
    if limited:
        percent = formats.percent(WARN_LIMIT_PERCENT, language)
        names[Level.LIMIT_90] = _("{percent} of the limit").format(percent=percent) + " · {amount}"
        names[Level.BLOCKED] = _("Limit {amount}")
    there = (Level.PACKAGE_100, Level.BLOCKED, *told)  # package and limit are, whoever is told
    found = [(at[level], name) for level, name in names.items() if level in at and level in there]
    if balance.cap_micro is not None:
        found.append((balance.cap_micro, _("Your own cap {amount}")))
    return tuple(Threshold(amount, name.format(amount=shown(amount))) for amount, name in found)


def cycle_days(chosen: CycleUse) -> Days:
    """The days of the cycle; one more where its boundary lies beside midnight by now, and something was sent there."""
    used = [use.day for use in chosen.days]
    first, last = min([chosen.first_day, *used]), max([chosen.last_day, *used])
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def until_today(days: Days, values: dict[date, int], today: date) -> list[tuple[date, int | None]]:
    """A value for each day; None for days that are still to come."""
    return [(day, values.get(day, 0) if day <= today else None) for day in days]
