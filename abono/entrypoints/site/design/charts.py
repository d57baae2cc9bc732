"""Charts drawn on the server: one hue for comparing, history in grey, labels beside what they name.

A chart always comes with its table, which is one press away and what a screen reader is told about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from abono.entrypoints.site.design import drawing
from abono.entrypoints.site.design.words import Text
from abono.platform import formats

HEIGHT = 200  # pixels of the whole drawing, where nothing else is said
TOP, BELOW = 26, 30  # pixels: highest bar, and what is under the line on which all stand
NAME_HEIGHT, NAME_ABOVE, NAME_BELOW = 14, 5, 15  # of a line's name, and how far it stands from the line
LEAST_SLOTS = 10  # a few bars are not drawn as wide as walls

_X = {"start": "0%", "end": "100%", "middle": "50%"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` is None for a day that is still to come: its place stays empty."""

    name: str  # in the table: "5 nov"
    value: int | None
    shown: str  # the value as people read it: "R$ 12,40"
    label: str = ""  # under the bar; most have none
    past: bool = False  # history: an earlier cycle


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line across the chart with its name, such as "Package R$ 250,00"."""

    value: int
    label: Text


@dataclass(frozen=True, slots=True)
class Chart:
    """`id` is unique on its page; `summary` is the one sentence that says what the chart shows."""

    id: str
    title: Text
    summary: Text
    bars: tuple[Bar, ...]
    thresholds: tuple[Threshold, ...] = ()
    columns: tuple[Text, Text] = (_("Day"), _("Amount"))
    height: int = HEIGHT
    scale: int = 0  # value of the full height, for charts that are compared; 0 makes the chart its own

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw; the summary of an empty chart says so in words."""
        return any(bar.value for bar in self.bars)

    @property
    def svg(self) -> SafeString:
        """The drawing. Values are drawn to the pixel; a value above 0 is never drawn as nothing."""
        return format_html(
            '<svg class="chart-drawing" role="img" aria-labelledby="{id}-title {id}-summary" width="100%"'
            ' height="{height}"><title id="{id}-title">{title}</title><desc id="{id}-summary">{summary}</desc>'
            "{marks}</svg>",
            id=self.id,
            height=self.height,
            title=self.title,
            summary=self.summary,
            marks=format_html_join("", "{}", ((mark,) for mark in self._marks())),
        )

    def _marks(self) -> list[SafeString]:
        return [
            *self._bars(),
            *self._thresholds(),
            drawing.line("0%", self._floor, "100%", self._floor, "floor"),
        ]

    @property
    def _floor(self) -> int:
        return self.height - BELOW

    @property
    def _full(self) -> int:
        values = [bar.value or 0 for bar in self.bars]
        return max(self.scale, *values, *(t.value for t in self.thresholds), 1)

    def _height(self, value: int) -> int:
        pixels = value * (self._floor - TOP) // self._full
        return max(pixels, 1) if value > 0 else 0

    def _bars(self) -> list[SafeString]:
        slots = max(len(self.bars), LEAST_SLOTS)
        peak = max(self.bars, key=lambda bar: bar.value or 0, default=None)
        marks = []
        for place, bar in enumerate(self.bars):
            if bar.value:
                height = self._height(bar.value)
                x, width = drawing.share(10 * place + 1, 10 * slots), drawing.share(8, 10 * slots)
                kind = "past" if bar.past else "now"
                marks.append(
                    drawing.rect(x, self._floor - height, width, height, kind, f"{bar.name}: {bar.shown}")
                )
            if bar.label:
                marks.append(self._label(place, slots, self._floor + 20, bar.label, "axis"))
            if bar is peak and bar.value:
                marks.append(
                    self._label(place, slots, self._floor - self._height(bar.value) - 6, bar.shown, "peak")
                )
        return marks

    def _label(self, place: int, slots: int, y: int, words: str, kind: str) -> SafeString:
        middle, whole = 2 * place + 1, 2 * slots
        return drawing.text(
            drawing.share(middle, whole), y, words, kind, anchor=drawing.anchor(middle, whole)
        )

    def _thresholds(self) -> list[SafeString]:
        """Lines from the lowest up, each name where it meets neither another line nor another name, if it can;
        where it cannot, it stands before the line."""
        drawn, names = [], []
        lines = {self._floor - self._height(threshold.value) for threshold in self.thresholds}
        taken: list[tuple[str, int]] = []  # side, and line on which the letters of a name stand
        for threshold in sorted(self.thresholds, key=lambda one: one.value):
            y = self._floor - self._height(threshold.value)
            side, baseline = min(
                ((side, y + below) for side in _X for below in (-NAME_ABOVE, NAME_BELOW)),
                key=lambda place: (
                    sum(other == place[0] and abs(base - place[1]) < NAME_HEIGHT for other, base in taken),
                    sum(place[1] - NAME_HEIGHT < line < place[1] + NAME_ABOVE for line in lines - {y}),
                ),
            )
            taken.append((side, baseline))
            drawn.append(drawing.line("0%", y, "100%", y, "threshold"))
            names.append(drawing.text(_X[side], baseline, threshold.label, "threshold-name", anchor=side))
        return [*drawn, *names]


def daily(
    values: Sequence[tuple[date, int | None]],
    *,
    language: str,
    shown: Callable[[int], str],
    cycle_start: date | None = None,
) -> tuple[Bar, ...]:
    """Bars for consecutive days; every seventh has its day below.

    shown         from a value to what people read, such as `lambda v: formats.micro(v, "BRL", language)`
    cycle_start   days before it are history and drawn in grey
    """
    return tuple(
        Bar(
            name=formats.short_day(day, language),
            value=value,
            shown="" if value is None else shown(value),
            label=formats.short_day(day, language) if place % 7 == 0 else "",
            past=cycle_start is not None and day < cycle_start,
        )
        for place, (day, value) in enumerate(values)
    )
