from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest

from abono.domain.notices.types import Audience
from abono.entrypoints.site.design import bars as usage_bar
from abono.entrypoints.site.design import charts, drawing
from abono.kernel.rating import UNLIMITED
from abono.platform import formats

FIRST = date(2026, 11, 1)


def chart(*values: int | None, thresholds: tuple[charts.Threshold, ...] = (), scale: int = 0) -> charts.Chart:
    days = [(FIRST + timedelta(days=n), value) for n, value in enumerate(values)]
    return charts.Chart(
        id="sms",
        title="SMS <b>",
        summary="Sends for each day.",
        bars=charts.daily(days, language="es", shown=partial(formats.number, language="es")),
        thresholds=thresholds,
        scale=scale,
    )


def shapes(svg: str, kind: str) -> list[ElementTree.Element]:
    return [shape for shape in ElementTree.fromstring(svg).iter() if shape.get("class") == kind]


def test_a_chart_is_an_image_with_a_name_and_a_sentence() -> None:
    root = ElementTree.fromstring(chart(1).svg)
    names = {shape.get("id"): shape.text for shape in root if shape.get("id")}
    assert root.get("role") == "img"
    assert [names[name] for name in root.get("aria-labelledby", "").split()] == [
        "SMS <b>",
        "Sends for each day.",
    ]


def test_a_chart_has_nothing_inline() -> None:
    svg = chart(3, 7, thresholds=(charts.Threshold(5, "Budget"),)).svg
    assert "style=" not in svg
    assert "fill=" not in svg
    assert "<script" not in svg


def test_the_highest_bar_has_the_full_height_and_the_others_their_share() -> None:
    heights = [int(bar.get("height", "")) for bar in shapes(chart(10, 5, 0, 1).svg, "now")]
    assert heights == [144, 72, 14]  # 170 - 26 = 144; 5 of 10 is 72; 1 of 10 is 14.4; 0 is not drawn


def test_a_value_above_nothing_is_never_drawn_as_nothing() -> None:
    heights = [int(bar.get("height", "")) for bar in shapes(chart(100_000, 1).svg, "now")]
    assert heights == [144, 1]


def test_a_threshold_above_all_bars_sets_the_scale_and_has_its_name() -> None:
    svg = chart(5, thresholds=(charts.Threshold(20, "Package"),)).svg
    assert [bar.get("height") for bar in shapes(svg, "now")] == ["36"]  # 5 of 20 of 144
    assert [line.get("y1") for line in shapes(svg, "threshold")] == ["26"]
    assert [name.text for name in shapes(svg, "threshold-name")] == ["Package"]


@pytest.mark.parametrize(
    "values", [(80, 100, 180, 200), (80, 85, 100, 180, 200), (98, 99, 100), (100, 100, 200)]
)
def test_names_of_lines_never_stand_on_one_another(values: tuple[int, ...]) -> None:
    lines = tuple(charts.Threshold(value, f"line {value}") for value in values)
    names = shapes(chart(5, thresholds=lines).svg, "threshold-name")
    assert len(names) == len(values)
    places = [(name.get("text-anchor"), int(name.get("y", ""))) for name in names]
    for n, (side, y) in enumerate(places):
        assert all(side != other or abs(y - base) >= charts.NAME_HEIGHT for other, base in places[:n])


def test_a_taller_chart_has_its_floor_lower_and_its_bars_higher() -> None:
    low = chart(10)
    tall = replace(low, height=300)
    assert [bar.get("height") for bar in shapes(tall.svg, "now")] == ["244"]  # 300 - 30 - 26
    assert shapes(tall.svg, "floor")[0].get("y1") == "270"


def test_charts_that_are_compared_share_a_scale() -> None:
    assert [bar.get("height") for bar in shapes(chart(5, scale=10).svg, "now")] == ["72"]


def test_days_to_come_leave_their_place_empty_and_are_not_in_the_table() -> None:
    bars = chart(4, None, None).bars
    assert [bar.shown for bar in bars] == ["4", "", ""]
    assert len(shapes(chart(4, None, None).svg, "now")) == 1


def test_days_before_the_cycle_are_history() -> None:
    bars = charts.daily(
        [(FIRST, 1), (FIRST + timedelta(days=1), 2)],
        language="en",
        shown=str,
        cycle_start=FIRST + timedelta(days=1),
    )
    assert [bar.past for bar in bars] == [True, False]


def test_every_seventh_day_is_named_below_and_the_peak_above() -> None:
    svg = chart(*range(1, 16)).svg
    assert [label.text for label in shapes(svg, "axis")] == ["1 nov", "8 nov", "15 nov"]
    assert [label.text for label in shapes(svg, "peak")] == ["15"]


def test_a_chart_without_values_is_not_drawn() -> None:
    assert not chart().drawn
    assert not chart(0, None).drawn
    assert chart(1).drawn
    ElementTree.fromstring(chart().svg)


def test_a_share_is_written_in_hundredths_and_rounded_down() -> None:
    assert drawing.share(1, 3) == "33.33%"
    assert drawing.share(7, 7) == "100.00%"
    assert drawing.share(-1, 7) == "0.00%"
    assert drawing.share(1, 0) == "0.00%"


def test_words_near_an_edge_are_held_so_that_they_stay_inside() -> None:
    assert [drawing.anchor(part, 100) for part in (0, 50, 100)] == ["start", "middle", "end"]


def package(
    used: int,
    *,
    held: int = 0,
    limit: int | None = 500,
    blocked: bool = False,
    told: Collection[Audience] = tuple(Audience),
    language: str = "en",
    **more: Any,
) -> usage_bar.UsageBar:
    """A package of R$ 250,00; amounts in cents, the limit in whole reais."""
    return usage_bar.package(
        used_micro=used * 10_000,
        held_micro=held * 10_000,
        value_micro=250_000_000,
        ceiling_micro=UNLIMITED if limit is None else limit * 1_000_000,
        blocked=blocked,
        told=told,
        **more,
        currency="BRL",
        language=language,
    )


@pytest.mark.parametrize(
    ("used", "limit", "state", "amount", "next_step"),
    [
        (10_000, 500, "open", "R$100.00 of R$250.00 used", "At R$200.00 (80%)"),
        (20_000, 500, "warned", "R$200.00 of R$250.00 used", "up to R$500.00"),
        (20_000, None, "warned", "R$200.00 of R$250.00 used", "at the same prices; that part"),
        (20_000, 250, "warned", "R$200.00 of R$250.00 used", "At R$250.00 sending is blocked"),
        (25_000, 500, "overage", "R$250.00 of R$250.00 used", "At R$500.00 sending is blocked"),
        (26_000, 500, "overage", "R$260.00 used, R$10.00 beyond the package", "At R$500.00"),
        (26_000, None, "overage", "R$260.00 used, R$10.00 beyond the package", "on the next invoice."),
    ],
)
def test_the_package_bar_says_what_happens_at_the_next_mark(
    used: int, limit: int | None, state: str, amount: str, next_step: str
) -> None:
    bar = package(used, limit=limit)
    assert (bar.state, bar.amount) == (state, amount)
    assert next_step in bar.note


@pytest.mark.rule("LIM-3", part="levels: other")
@pytest.mark.parametrize(
    ("told", "limit", "says"),
    [
        ({Audience.ADMINISTRATORS}, 500, "At R$200.00 (80%) administrators get a notice."),
        ({Audience.FINANCIAL_CONTACT}, 500, "At R$200.00 (80%) the financial contact gets a notice."),
        ((), 500, "Beyond R$250.00 sending goes on at the same prices, up to R$500.00;"),
        ((), 250, "At R$250.00 sending is blocked"),
        ((), None, "Beyond R$250.00 sending goes on at the same prices;"),
    ],
)
def test_the_package_bar_promises_a_notice_to_those_alone_who_get_one(
    told: Collection[Audience], limit: int | None, says: str
) -> None:
    bar = package(10_000, limit=limit, told=told)
    assert bar.note.startswith(says)
    assert ("80%" in [mark.name for mark in bar.marks]) is bool(told)


def test_a_blocked_package_names_the_ways_out() -> None:
    assert package(49_990, blocked=True).note.startswith(
        "Pay what is beyond the package, or raise the package"
    )
    paying = package(49_990, blocked=True, bigger=False)
    assert paying.note == "Pay what is beyond the package: sending resumes at that moment."
    nothing = package(49_990, blocked=True, pay=False, bigger=False)
    assert nothing.note == "Sending opens again with the next cycle."
    without_overage = package(24_990, limit=250, blocked=True, pay=False)
    assert without_overage.note.startswith("Raise the package")
    assert without_overage.state == "blocked"


@pytest.mark.rule("LIM-5", part="cap")
def test_the_customers_own_cap_is_a_mark_and_the_next_step_where_it_comes_first() -> None:
    bar = package(10_000, cap_micro=150_000_000)
    assert bar.note == "At R$150.00, your own cap, sends that cost something stop."
    assert [mark.name for mark in bar.marks] == ["your cap", "package", "limit"]  # 80 % would stand on it
    later = package(10_000, cap_micro=400_000_000)
    assert later.note.startswith("At R$200.00 (80%)")
    reached = package(14_990, cap_micro=150_000_000, capped=True)
    assert reached.note.startswith("Your own cap of R$150.00 stops sends")
    assert reached.state == "capped"
    assert "your cap" not in [mark.name for mark in package(1, cap_micro=600_000_000).marks]


@pytest.mark.rule("PKG-3", part="statement")
def test_a_closed_cycle_speaks_of_the_past_and_says_what_expired() -> None:
    bar = package(21_340, closed=True)
    assert (bar.note, bar.state) == ("R$36.60 of the package was left, and is lost.", "")
    assert package(26_000, closed=True).note == "R$10.00 went beyond the package."
    past = usage_bar.interactions(used=3, included=5, extra_price="R$2.00", language="en", closed=True)
    assert past.note == "None went beyond them."


def test_what_is_set_aside_counts_towards_the_next_mark_and_is_said() -> None:
    bar = package(19_000, held=1_000)
    assert bar.amount == "R$190.00 of R$250.00 used, R$10.00 set aside"
    assert bar.state == "warned"


def test_the_bar_is_drawn_in_its_parts() -> None:
    svg = package(30_000, held=5_000).svg
    lengths = {kind: [s.get("width") for s in shapes(svg, kind)] for kind in ("used", "beyond", "held")}
    # of R$ 500: 250 are the package, 50 beyond it, 50 set aside
    assert lengths == {"used": ["50.00%"], "beyond": ["10.00%"], "held": ["10.00%"]}
    assert [mark.text for mark in shapes(svg, "mark-name")] == ["80%", "package", "limit"]


def test_a_package_without_overage_has_one_mark_for_package_and_limit() -> None:
    assert [mark.name for mark in package(1, limit=250).marks] == ["80%", "package = limit"]


def test_package_and_limit_that_are_close_have_their_names_on_two_sides() -> None:
    marks = {mark.name: mark.above for mark in package(1, limit=275).marks}
    assert marks == {"80%": True, "package": True, "limit": False}


def test_without_a_limit_the_bar_grows_with_the_use() -> None:
    assert package(1, limit=None).scale == 500_000_000
    assert package(90_000, limit=None).scale == 900_000_000


def test_interactions_go_on_beyond_the_allowance_at_the_extra_price() -> None:
    bar = usage_bar.interactions(used=2_310, included=2_000, extra_price="R$2.00", language="en")
    assert bar.amount == "2,310 used, 310 beyond the allowance"
    assert "R$2.00" in bar.note
    assert "Nothing is blocked" in bar.note
    assert (bar.own, bar.scale) == (2_000, 2_310)


def test_interactions_and_licences_without_a_bound_have_no_mark() -> None:
    assert usage_bar.interactions(used=0, included=None, extra_price="", language="en").marks == ()
    assert usage_bar.licences(in_use=0, owned=None, language="en").marks == ()


def test_licences_show_who_is_in_of_those_owned() -> None:
    bar = usage_bar.licences(in_use=12, owned=30, language="pt-br")
    assert bar.amount.startswith("12 ")
    assert bar.scale == 30
