"""Made-up content of the style page. Names are long where long names break a layout."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

from django import forms

from abono.domain.notices.types import Audience
from abono.entrypoints.site.design import bars as usage_bar
from abono.entrypoints.site.design import charts, comparison
from abono.kernel.money import Money
from abono.kernel.rating import UNLIMITED, volume
from abono.platform import formats

CYCLE_START = date(2026, 11, 5)
PLANS = ("Starter", "Specialist", "Expert", "Professional", "Enterprise")
PRICES = (0, 60_000, 180_000, 390_000, None)
LICENCES, CREDITS = (1, 10, 30, 50, None), (100, 500, 2_000, 5_000, None)
PACKAGES = {100: (550_000, 100_000), 250: (530_000, 85_000), 500: (510_000, 80_000), 1_000: (490_000, 75_000)}
SENT = (12, 40, 38, 0, 5, 61, 72, 44, 39, 80, 12, 4, 55, 91, 66, 48, 52, 9, 3, 70, 64, 58, 71)


class SampleForm(forms.Form):
    """One field of each kind."""

    company = forms.CharField(label="Legal name", help_text="As it stands in the register of companies.")
    tax_id = forms.CharField(
        label="Tax id", help_text="CNPJ, with or without its signs.", initial="11.222.333/0001-8"
    )
    country = forms.ChoiceField(label="Country", choices=[("BR", "Brazil"), ("CO", "Colombia")])
    email = forms.EmailField(label="E-mail of the financial contact")
    phone = forms.CharField(label="Telephone", required=False)
    method = forms.ChoiceField(
        label="Pay with",
        widget=forms.RadioSelect,
        choices=[("card", "Card"), ("slip", "Slip, from 5 December 2026")],
    )
    remarks = forms.CharField(label="Remarks", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    terms = forms.BooleanField(
        label="I accept the terms of version 3", help_text="We keep who, when and which text."
    )


class FilterForm(forms.Form):
    """Above a list."""

    number = forms.CharField(label="Contract number", required=False)
    status = forms.ChoiceField(
        label="Status", choices=[("", "All"), ("pending", "Pending"), ("paid", "Paid")]
    )


def everything(language: str) -> dict[str, object]:
    """The context of the page."""
    data = {"company": "Padaria Sol Ltda.", "tax_id": "11.222.333/0001-8", "country": "BR", "email": "ana@"}
    return {
        "form": SampleForm(),
        "filter_form": FilterForm(use_required_attribute=False),
        "wrong_form": SampleForm(data, auto_id="wrong_%s"),
        "bars": _bars(language),
        "chart": _chart(language),
        "empty_chart": charts.Chart("none", "SMS", "Nothing was sent on this channel yet.", ()),
        "plan_table": _plan_table(language),
        "packages": _packages(language),
        "lines": _lines(language),
        "total": formats.minor(269_900, "BRL", language),
        "monthly": formats.minor(205_000, "BRL", language),
        "amount": Money(123_456_750, "BRL"),
        "session_price_micro": 46_300,
        "day": CYCLE_START,
        "at": datetime(2026, 11, 22, 17, 30, tzinfo=UTC),
        "invoices": _invoices(),
        "notices": _notices(),
        "confirm": {
            "title": "End the contract on 5 December 2026?",
            "sentences": (
                "Sending and licences stop at the end of the cycle. You can take it back until then.",
            ),
            "url": "#",
            "action": "End the contract on 5 December",
            "danger": True,
            "back": "Keep the contract",
            "back_url": "#",
        },
    }


def _bars(language: str) -> list[tuple[str, usage_bar.UsageBar]]:
    def package(used: int, *, held: int = 0, limit: int = 500, blocked: bool = False) -> usage_bar.UsageBar:
        return usage_bar.package(
            used_micro=used * 10_000,
            held_micro=held * 10_000,
            value_micro=250_000_000,
            ceiling_micro=limit * 1_000_000 if limit else UNLIMITED,
            blocked=blocked,
            told=tuple(Audience),
            currency="BRL",
            language=language,
        )

    price = formats.minor(200, "BRL", language)
    return [
        ("below 80 %, some of it on hold", package(11_340, held=2_150)),
        ("above 80 %", package(21_340)),
        ("beyond the package", package(33_015, held=1_000)),
        ("blocked", package(49_980, blocked=True)),
        ("no overage, close to the end", package(24_010, limit=250)),
        ("a small overage limit", package(6_000, limit=275)),
        ("no limit", package(61_000, limit=0)),
        (
            "interactions",
            usage_bar.interactions(used=1_234, included=2_000, extra_price=price, language=language),
        ),
        (
            "interactions beyond",
            usage_bar.interactions(used=2_310, included=2_000, extra_price=price, language=language),
        ),
        ("licences", usage_bar.licences(in_use=12, owned=30, language=language)),
    ]


def _chart(language: str) -> charts.Chart:
    days: list[tuple[date, int | None]] = [
        (CYCLE_START + timedelta(days=n - 5), count) for n, count in enumerate(SENT)
    ]
    days += [(CYCLE_START + timedelta(days=n), None) for n in range(len(SENT) - 5, 30)]
    return charts.Chart(
        id="whatsapp",
        title="WhatsApp",
        summary="Sends for each day of the cycle; the days before it in grey.",
        bars=charts.daily(
            days, language=language, shown=partial(formats.number, language=language), cycle_start=CYCLE_START
        ),
        thresholds=(charts.Threshold(75, "Daily budget 75"),),
    )


def _plan_table(language: str) -> comparison.PlanTable:
    def shown(count: int | None) -> comparison.Cell:
        return comparison.Cell("by contract" if count is None else formats.number(count, language))

    def included(first: int) -> tuple[comparison.Cell, ...]:
        return tuple(comparison.Cell(included=place >= first) for place in range(len(PLANS)))

    return comparison.PlanTable(
        caption="Software plans side by side",
        shown="expert",
        plans=tuple(
            comparison.PlanColumn(
                code=name.lower(),
                name=name,
                price="On request" if price is None else formats.minor(price, "BRL", language),
                per="" if price is None else "per month",
                action="Ask for an offer" if price is None else f"Choose {name}",
                url="#",
                badge="Most chosen" if name == "Expert" else "",
            )
            for name, price in zip(PLANS, PRICES, strict=True)
        ),
        groups=(
            comparison.RowGroup(
                "Allowances",
                (
                    comparison.Row(
                        "Licences", tuple(map(shown, LICENCES)), "People in the software at one moment"
                    ),
                    comparison.Row(
                        "Interactions per month", tuple(map(shown, CREDITS)), "24 hours of contact each"
                    ),
                ),
            ),
            comparison.RowGroup(
                "Functions",
                (
                    comparison.Row("Inbox for all channels", included(0)),
                    comparison.Row("Mass sends", included(1)),
                    comparison.Row("Automation agents", included(2)),
                    comparison.Row("Single sign-on", included(3)),
                ),
            ),
        ),
    )


def _packages(language: str) -> list[comparison.PackageCard]:
    return [
        comparison.PackageCard(
            code=f"brl-{value}",
            value=formats.minor(value * 100, "BRL", language),
            badge="Most chosen" if value == 250 else "",
            volumes=(
                comparison.Volume("WhatsApp", formats.number(volume(value * 1_000_000, whatsapp), language)),
                comparison.Volume("SMS", formats.number(volume(value * 1_000_000, sms), language)),
            ),
        )
        for value, (whatsapp, sms) in PACKAGES.items()
    ]


def _lines(language: str) -> list[tuple[str, str, str]]:
    shown = partial(formats.minor, currency="BRL", language=language)
    return [
        ("Plan Expert", shown(180_000), "5 November to 5 December 2026"),
        ("Channel package 250", shown(25_000), "5 November to 5 December 2026"),
        ("Activation", shown(64_900), "once"),
    ]


def _invoices() -> list[dict[str, object]]:
    rows = (
        ("2026-000131", "Monthly invoice", 205_000, date(2026, 12, 5), "pending"),
        ("2026-000098", "Monthly invoice", 213_150, date(2026, 11, 5), "overdue"),
        ("2026-000064", "Overage so far", 8_150, date(2026, 10, 20), "paid"),
        ("2026-000042", "First invoice", 269_900, date(2026, 10, 5), "cancelled"),
    )
    return [
        {"number": number, "type": kind, "total": Money(minor, "BRL"), "due": due, "state": state}
        for number, kind, minor, due, state in rows
    ]


def _notices() -> list[dict[str, object]]:
    at = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    return [
        {
            "title": "80 % of the channel package is used",
            "text": "R$ 200,00 of R$ 250,00, with 13 days to go.",
            "url": "#",
            "at": at,
            "unread": True,
        },
        {
            "title": "Invoice 2026-000131 was issued",
            "text": "",
            "url": "#",
            "at": at - timedelta(days=3),
            "unread": True,
        },
        {
            "title": "Payment received",
            "text": "R$ 2.050,00",
            "url": "",
            "at": at - timedelta(days=17),
            "unread": False,
        },
    ]
