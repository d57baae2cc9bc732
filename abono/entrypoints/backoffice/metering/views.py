"""Metering as the seller sees it: what goes through, what is refused and why, what waits too long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.interactions.queries import late_events
from abono.domain.interactions.types import LateEvent
from abono.domain.usage import minutes
from abono.domain.usage.minutes import OpenHold
from abono.entrypoints.backoffice.metering import reasons
from abono.entrypoints.site.design.charts import Bar, Chart
from abono.flows.check_books import THE_BOOKS
from abono.platform import agenda, clock, events, formats

SHOWN = timedelta(hours=1)
LATE_SHOWN = 10
_TOLD_AS = {"campaign-settlements": "settlements"}
_MINUTE = timedelta(minutes=1)
_TITLES = (
    ("holds", gettext_lazy("Sends held"), gettext_lazy("Sends for which package value was set aside, each minute.")),
    ("settlements", gettext_lazy("Sends settled"), gettext_lazy("Sends of which we were told how they ended, each minute.")),
    ("interactions", gettext_lazy("Contact events"), gettext_lazy("Events between contacts and customers, each minute.")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, in words."""

    what: str
    why: str
    code: str
    last_hour: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Whose:
    """A contract, and the name of the organization that it belongs to."""

    number: str
    organization: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open hold that waits longest."""

    whose: Whose
    age: str


@dataclass(frozen=True, slots=True)
class Late:
    """A contact event that came too late to count."""

    whose: Whose
    facts: LateEvent


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole page; a browser with scripts asks for it again every ten seconds and takes its live part."""
    now, language = clock.now(), get_language() or "en"
    minute = now.replace(second=0, microsecond=0)
    charts = _charts(minutes.granted(since=minute - SHOWN + _MINUTE), minute, language)
    work = agenda.backlog(real=now)
    context = {
        "now": now,
        "work_age": age(now - work.oldest_at) if work.oldest_at else "",
        "parked": work.parked,
        "charts": charts,
        "rates": [(chart.title, _rate(chart)) for chart in charts],
        "refusals": [_refusal(found) for found in minutes.refused(now=now)],
        "waiting": _waiting(minutes.oldest_open_hold(now=now), now),
        "books": _books(now),
        "late": _late(late_events(limit=LATE_SHOWN)),
    }
    return render(request, "backoffice/metering/page.html", context)


def _charts(found: Iterable[minutes.Minute], last: datetime, language: str) -> list[Chart]:
    """One for each operation, all on one scale, so that they can be compared."""
    told: dict[str, dict[datetime, int]] = defaultdict(dict)
    for one in found:
        of = told[_TOLD_AS.get(one.operation, one.operation)]
        of[one.minute] = of.get(one.minute, 0) + one.events
    first = last - SHOWN + _MINUTE
    moments = [first + n * _MINUTE for n in range(SHOWN // _MINUTE)]
    highest = max((count for by_minute in told.values() for count in by_minute.values()), default=1)
    shown = partial(formats.number, language=language)
    return [
        Chart(
            id=f"per-minute-{operation}",
            title=title,
            summary=summary,
            bars=tuple(
                _bar(moment, told[operation].get(moment, 0), shown(told[operation].get(moment, 0)))
                for moment in moments
            ),
            columns=(_("Minute"), _("Events")),
            scale=highest,
        )
        for operation, title, summary in _TITLES
    ]


def _bar(moment: datetime, value: int, shown: str) -> Bar:
    name = f"{moment.astimezone(UTC):%H:%M}"
    return Bar(name=name, value=value, shown=shown, label=name if moment.minute % 15 == 0 else "")


def _rate(chart: Chart) -> int:
    """Events of the last whole minute."""
    return chart.bars[-2].value or 0


def _refusal(found: minutes.Refused) -> Refusal:
    return Refusal(
        reasons.operation(found.operation),
        reasons.reason(found.code),
        found.code,
        found.last_hour,
        found.last_day,
    )


def _waiting(found: OpenHold | None, now: datetime) -> Waiting | None:
    return None if found is None else Waiting(_whose(found.contract_id), age(now - found.held_at))


def _late(found: list[LateEvent]) -> list[Late]:
    whose = {key: _whose(key) for key in {event.contract_id for event in found}}
    return [Late(whose[event.contract_id], event) for event in found]


def _books(now: datetime) -> tuple[datetime, str] | None:
    """When a nightly check found that the books do not agree, and in how many places; None in two good days."""
    found = events.last(name="books.differ", subject=THE_BOOKS)
    if found is None or found.happened_at <= now - timedelta(days=2):
        return None
    return found.happened_at, str(found.data.get("differences", ""))


def _whose(contract_id: UUID) -> Whose:
    contract = contracts.get(contract_id)
    return Whose(contract.number, customers.get(contract.customer_id).legal_name)


def age(time: timedelta) -> str:
    """How long in words: 40 s, 12 min, 3 h 5 min."""
    whole, seconds = divmod(max(time, timedelta()) // timedelta(seconds=1), 60)
    hours, left = divmod(whole, 60)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=left)
    return _("{minutes} min").format(minutes=whole) if whole else _("{seconds} s").format(seconds=seconds)
