"""Every send of a cycle as a file, by channel and day, however many they are (FIN-5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext as _

from abono.domain.metering.types import Outcome
from abono.domain.usage.send_lines import Chosen, Sent, every_send
from abono.entrypoints.portal.usage.shown import Cycle
from abono.entrypoints.portal.usage.views import chosen_cycle
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.visit import Visitor
from abono.kernel.periods import day_start
from abono.platform import formats


@makes_file
def csv(request: Visitor) -> StreamingHttpResponse:
    """The sends of the cycle `?cycle=`, of one `channel`, held on the local days `from` to `to`, each if given."""
    visit, cycle = request.visit, chosen_cycle(request)
    channel = request.GET.get("channel", "")
    if channel and channel not in {known.code for known in cycle.channels}:
        raise Http404("no such channel")
    first, last = _day(request, "from"), _day(request, "to")
    sends = every_send(
        Chosen(
            contract_id=cycle.contract.id,
            cycle_start=cycle.balance.cycle.start,
            channel=channel,
            since=None if first is None else day_start(first, visit.time_zone),
            until=None if last is None else day_start(last + timedelta(days=1), visit.time_zone),
        )
    )
    return csv_file.streamed(
        f"sends-{cycle.contract.number}-{cycle.first_day.isoformat()}.csv",
        header=[
            _("Send"),
            _("Channel"),
            _("Kind"),
            _("Country"),
            _("Units"),
            _("Price"),
            _("From the package"),
            _("Beyond the package"),
            _("Currency"),
            _("Set aside ({zone})").format(zone=visit.time_zone),
            _("Outcome"),
            _("Settled ({zone})").format(zone=visit.time_zone),
            _("Campaign"),
        ],
        rows=_rows(sends, cycle, visit.language),
        language=visit.language,
    )


def _rows(sends: Iterator[Sent], cycle: Cycle, language: str) -> Iterator[list[csv_file.Cell]]:
    """Words and names are looked up now: the file is written after the page's language was left."""
    words: dict[Outcome | None, str] = {
        None: _("Open"),
        Outcome.SENT: _("Sent"),
        Outcome.REJECTED: _("Rejected"),
        Outcome.NOT_DELIVERED: _("Not delivered"),
        Outcome.EXPIRED: _("Released: nobody said in time"),
    }
    channels = {channel.code: channel.label for channel in cycle.channels}
    kinds = {(c.code, kind.code): kind.label for c in cycle.channels for kind in c.kinds}
    currency, value_micro, zone = cycle.contract.currency, cycle.balance.value_micro, ZoneInfo(cycle.zone)
    campaign = _("Campaign")

    def rows() -> Iterator[list[csv_file.Cell]]:
        for send in sends:
            parts = send.parts_micro(value_micro)
            within, beyond = (None, None) if parts is None else parts
            yield [
                send.name,
                channels.get(send.channel, send.channel),
                kinds.get((send.channel, send.kind), send.kind),
                "" if send.country == "*" else formats.country_name(send.country, language),
                send.units,
                csv_file.decimal_price(send.amount_micro, currency, language),
                None if within is None else csv_file.decimal_price(within, currency, language),
                None if beyond is None else csv_file.decimal_price(beyond, currency, language),
                currency,
                _wall(send.held_at, zone),
                words[send.outcome],
                None if send.settled_at is None else _wall(send.settled_at, zone),
                None if send.campaign_id is None else campaign,
            ]

    return rows()


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    """As spreadsheets read a moment: day and time on the customer's clock."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _day(request: Visitor, name: str) -> date | None:
    """A day such as 2026-11-05; None when it was left open. Raises Http404 for what is none."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404(f"{name} is no day") from None
    if not 2000 <= day.year < 2200:
        raise Http404(f"{name} is out of bounds")
    return day
