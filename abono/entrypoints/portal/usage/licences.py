"""Licences of a cycle on the usage page: the most who were in at once, who was refused, and what would have helped (LIC-10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from abono.domain.licences import queries as licences
from abono.domain.licences.advice import Advice, advice
from abono.domain.licences.types import Place, Spell
from abono.entrypoints.portal.usage.charts import cycle_days, until_today
from abono.entrypoints.portal.usage.shown import CycleUse
from abono.entrypoints.site.design.charts import Bar, Chart, Threshold, daily
from abono.kernel.periods import local_date
from abono.platform import formats

SHOWN = 20  # refusals, the newest ones
READ = 10_000  # of them that advice is made of


@dataclass(frozen=True, slots=True)
class LicencesUsed:
    """`now` is how many are in; None of a cycle that is over. Nobody was in where `peak` is 0. `queue`: who waits at this moment."""

    now: int | None
    owned: int | None
    peak: int
    refused: Sequence[Spell]
    queue: Mapping[str, Place]
    advice: Advice | None
    charts: Sequence[Chart]

    @property
    def newest(self) -> list[tuple[Spell, Place | None]]:
        """With the place of those who wait since."""
        return [(one, self._place(one)) for one in self.refused[:SHOWN]]

    def _place(self, spell: Spell) -> Place | None:
        place = self.queue.get(spell.person)
        return place if place is not None and not spell.got_in_at and spell.last_at >= place.since else None

    @property
    def more_since(self) -> bool:
        """Whether more are owned than when the last was refused."""
        return bool(self.refused) and (self.owned is None or self.owned > self.refused[0].owned)

    @property
    def more(self) -> int:
        return max(len(self.refused) - SHOWN, 0)


def licences_used(chosen: CycleUse, *, now: datetime) -> LicencesUsed:
    contract, cycle = chosen.contract, chosen.balance.cycle
    used = licences.used(contract.id, since=cycle.start, until=cycle.end, at=now)
    spells = partial(licences.spells, contract.id, since=cycle.start, until=cycle.end, limit=READ)
    refused = spells() if used.refused else []
    return LicencesUsed(
        now=used.in_now if chosen.current else None,
        owned=contract.licences,
        peak=max((peak for _at, peak in used.peaks), default=0),
        refused=refused,
        queue={one.person: one for one in licences.waiting(contract.id, at=now)}
        if chosen.current and refused
        else {},
        advice=advice(refused),
        charts=_charts(chosen, used.peaks, today=local_date(now, chosen.zone)) if used.peaks else (),
    )


def _charts(chosen: CycleUse, peaks: Sequence[tuple[datetime, int]], *, today: date) -> list[Chart]:
    """By day of the cycle, and by hour of the day over all of it, in the customer's zone."""
    zone, shown = ZoneInfo(chosen.zone), partial(formats.number, language=chosen.language)
    by_day: dict[date, int] = defaultdict(int)
    by_hour: dict[int, int] = defaultdict(int)
    for at, peak in peaks:
        local = at.astimezone(zone)
        by_day[local.date()] = max(by_day[local.date()], peak)
        by_hour[local.hour] = max(by_hour[local.hour], peak)
    owned = chosen.contract.licences
    lines = () if owned is None else (Threshold(owned, _("Owned: {count}").format(count=shown(owned))),)
    columns = _("People")
    return [
        Chart(
            id="licences-days",
            title=_("Most people in at once, by day"),
            summary=_("On each day of the cycle the highest number of licences in use at one moment."),
            bars=daily(until_today(cycle_days(chosen), by_day, today), language=chosen.language, shown=shown),
            thresholds=lines,
            columns=(_("Day"), columns),
        ),
        Chart(
            id="licences-hours",
            title=_("Most people in at once, by hour of the day"),
            summary=_("For each hour of the day the highest number of licences in use in this cycle."),
            bars=tuple(
                Bar(
                    f"{hour:02}:00",
                    by_hour[hour],
                    shown(by_hour[hour]),
                    f"{hour:02}" if hour % 6 == 0 else "",
                )
                for hour in range(24)
            ),
            thresholds=lines,
            columns=(_("Hour"), columns),
        ),
    ]
