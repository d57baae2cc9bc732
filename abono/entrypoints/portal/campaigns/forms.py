"""The lines of a campaign that somebody wants to know the cost of (PKG-11)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from abono.domain.campaigns.types import MAX_PLACES
from abono.domain.catalog import rules
from abono.domain.catalog.types import EVERYWHERE
from abono.domain.metering.types import MAX_UNITS
from abono.entrypoints.portal.session_prices import PriceLine
from abono.flows.campaigns.lines import LineAsked
from abono.platform import formats

FIRST_LINES, MOST_LINES = 2, 20
_COUNT = re.compile(r"[0-9]{1,3}(?:[.,\s\u00a0][0-9]{3})+|[0-9]+")  # as people write it, with or without dots


@dataclass(frozen=True, slots=True)
class LineFields:
    """The fields of one line."""

    number: int
    what: BoundField
    country: BoundField
    count: BoundField
    units: BoundField

    @property
    def wrong(self) -> bool:
        return any(field.errors for field in (self.what, self.country, self.count, self.units))


class EstimateForm(forms.Form):
    """As many lines as asked for; a line without a count is left out."""

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, str] | None,
        *,
        prices: Sequence[PriceLine],
        country: str,
        language: str,
        lines: int,
    ) -> None:
        super().__init__(data)
        self._language = language
        self._priced = {line.route: line.route for line in prices}
        countries = {route[2] for route in self._priced} - {EVERYWHERE}
        named = sorted((formats.country_name(code, language), code) for code in countries)
        kinds = _kinds(prices)
        for n in range(1, lines + 1):
            what = forms.ChoiceField(label=_("What is sent"), choices=kinds)
            where = forms.ChoiceField(
                label=pgettext("country", "To"),
                choices=[(code, name) for name, code in named],
                required=False,
                initial=country,
            )
            self.fields |= {
                f"what{n}": what,
                f"country{n}": where,
                f"count{n}": _number(_("How many")),
                f"units{n}": _number(_("Units of each"), initial="1"),  # segments of an SMS, minutes
            }
        self._lines = lines

    @property
    def lines(self) -> list[LineFields]:
        return [
            LineFields(n, *(self[f"{name}{n}"] for name in ("what", "country", "count", "units")))
            for n in range(1, self._lines + 1)
        ]

    def clean(self) -> None:
        """Counts are whole and in bounds, every line has a price, no two are the same, and there is one."""
        asked: dict[int, LineAsked] = {}
        for n in range(1, self._lines + 1):
            text = self.cleaned_data.get(f"count{n}", "").strip()
            if not text or f"what{n}" not in self.cleaned_data:
                continue
            count = self._whole("count", n, text, MAX_PLACES)
            units = self._whole("units", n, self.cleaned_data.get(f"units{n}", "").strip() or "1", MAX_UNITS)
            channel, _dot, kind = self.cleaned_data[f"what{n}"].partition(".")
            line = LineAsked(channel, kind, self._country(n, channel, kind), count or 0, units or 1)
            same = [m for m, other in asked.items() if _route(other) == _route(line)]
            if same:
                self.add_error(
                    f"what{n}",
                    _("Line {number} is the same: write both counts there, added up.").format(number=same[0]),
                )
            asked[n] = line
        if not asked and not self.errors:
            self.add_error("count1", _("Say how many, in one line at least."))
        self.cleaned_data["asked"] = list(asked.values())

    def _whole(self, name: str, n: int, text: str, most: int) -> int | None:
        """The whole number up to `most`, else an error at its field."""
        field = f"{name}{n}"
        least = _("Line {number}: write 1 or more.").format(number=n)
        if text.startswith("-") and _COUNT.fullmatch(text[1:]):
            self.add_error(field, least)
        elif not _COUNT.fullmatch(text):
            wrong = _("Line {number}: write a whole number, such as 5000.")
            if name == "units":
                wrong = _("Line {number}: write a whole number of units, such as 2.")
            self.add_error(field, wrong.format(number=n))
        else:
            number = int(re.sub(r"\D", "", text))
            if 1 <= number <= most:
                return number
            shown = formats.number(most, self._language)
            too_many = _("Line {number}: write {most} or less.").format(number=n, most=shown)
            self.add_error(field, too_many if number else least)
        return None

    def _country(self, n: int, channel: str, kind: str) -> str:
        """The country, or everywhere for what costs the same in the whole world."""
        country = self.cleaned_data.get(f"country{n}", "")
        route = rules.route_for(self._priced, channel, kind, country)
        if route is not None:
            return route[2]
        if country:
            text = _(
                "Line {number}: your package has no price for {country}, so these sends would be refused."
            )
            self.add_error(
                f"country{n}", text.format(number=n, country=formats.country_name(country, self._language))
            )
        elif f"country{n}" not in self.errors:
            self.add_error(f"country{n}", _("Line {number}: choose a country.").format(number=n))
        return str(country)


def _number(label: str, initial: str = "") -> forms.CharField:
    """A whole number as people write it; it may be left out."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=40,
        initial=initial,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


def _route(line: LineAsked) -> tuple[str, str, str]:
    return line.channel, line.kind, line.country


def _kinds(prices: Sequence[PriceLine]) -> list[tuple[str, str]]:
    """What can be sent: the channel, with the kind where the channel has several."""
    named = {".".join(line.route[:2]): line for line in prices}
    several = Counter(line.channel for line in named.values())
    return [
        (code, f"{line.channel} · {line.kind}" if several[line.channel] > 1 else line.channel)
        for code, line in named.items()
    ]
