"""The plans of the price page as columns that line up: allowances, what more costs, functions (CAT-7)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote as quoted
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from abono.domain.catalog.types import PlanInfo, PlanPriceInfo, PricePage
from abono.domain.contracts.types import MONTH
from abono.entrypoints.portal import intervals
from abono.entrypoints.site.design.comparison import Cell, PlanColumn, PlanTable, Row, RowGroup
from abono.platform import formats


def plan_table(page: PricePage, *, package: str, shown: str) -> PlanTable:
    return PlanTable(
        caption=_("Plans compared"),
        plans=tuple(_column(page, c.plan, c.price, package) for c in page.plans),
        groups=(
            RowGroup(_("Included every month"), _allowances(page)),
            RowGroup(_("When you need more"), _extras(page)),
            RowGroup(_("Functions"), _functions(page)),
        ),
        shown=shown,
    )


def _column(page: PricePage, plan: PlanInfo, price: PlanPriceInfo | None, package: str) -> PlanColumn:
    badge = _("Most chosen") if plan.most_chosen else ""
    if price is None:
        mail = f"mailto:{settings.ABONO_SELLER['email']}?subject={quoted(plan.name)}"
        return PlanColumn(plan.code, plan.name, _("On request"), "", _("Talk to us"), mail, badge)
    return PlanColumn(
        code=plan.code,
        name=plan.name,
        price=formats.money(price.price, page.language),
        per=_per(price, page.language),
        action=format_html(_("Choose {plan}"), plan=_unseen(plan.name)),
        url=order_address(plan=plan.code, package=package, currency=page.currency, interval=price.interval),
        badge=badge,
    )


def _per(price: PlanPriceInfo, language: str) -> str:
    """Of a year with what it saves (CAT-10)."""
    if price.interval == MONTH:
        return _("per month")
    prices = intervals.prices_of(price.plan_id, price.currency)
    saves = intervals.saved(prices) if MONTH in prices else None
    if saves is None:
        return _("per year")
    return _("per year, {saved} less than twelve months").format(saved=formats.money(saves, language))


def _unseen(name: str) -> SafeString:
    """The head of the column names the plan: only who hears the button alone needs it again."""
    return format_html('<span class="visually-hidden">{}</span>', name)


def _row(
    page: PricePage, label: str, value: Callable[[PlanInfo, PlanPriceInfo], str], *, hint: str = ""
) -> Row:
    """One row; a plan that is sold on request only has all of it by contract."""
    texts = (value(c.plan, c.price) if c.price else _("By contract") for c in page.plans)
    return Row(label, tuple(Cell(text) for text in texts), hint)


def _allowances(page: PricePage) -> tuple[Row, ...]:
    language = page.language

    def count(value: int | None) -> str:
        return _("By contract") if value is None else formats.number(value, language)

    return (
        _row(
            page,
            _("InteractionZ"),
            lambda plan, _price: count(plan.included_credits),
            hint=_("24 hours with one contact, any number of messages"),
        ),
        _row(
            page,
            _("Licences"),
            lambda plan, _price: count(plan.included_licences),
            hint=_("people in the software at the same time"),
        ),
        _row(
            page,
            _("Channel package"),
            lambda _plan, _price: _("Your choice"),
            hint=_("one value for sends on every channel, chosen below"),
        ),
    )


def same_prices(page: PricePage) -> bool:
    """Whether sends beyond the package cost in every plan what they cost inside it (LIM-1)."""
    return all(column.overage_price_percent == 100 for column in page.plans)


def _beyond_rows(page: PricePage) -> tuple[Row, ...]:
    """How far sending goes beyond the package, and what it costs there."""
    same, language = same_prices(page), page.language
    limits = _row(
        page,
        _("Sends beyond the package"),
        lambda plan, _price: _beyond(plan.limit_percent, language),
        hint=_("at the same session prices, on the next invoice") if same else "",
    )
    if same:
        return (limits,)
    shares = (formats.percent(column.overage_price_percent, language) for column in page.plans)
    return limits, Row(
        _("Price of a send beyond the package"),
        tuple(Cell(_("{share} of its session price").format(share=share)) for share in shares),
        _("on the next invoice"),
    )


def _extras(page: PricePage) -> tuple[Row, ...]:
    language = page.language
    decimals = formats.decimals_of(
        (column.price.extra_interaction_micro for column in page.plans if column.price), page.currency
    )
    return (
        _row(
            page,
            _("One more InteractionZ"),
            lambda _plan, price: formats.micro(
                price.extra_interaction_micro, price.currency, language, decimals=decimals
            ),
        ),
        _row(
            page,
            _("One more licence, per month"),
            lambda _plan, price: formats.money(price.extra_licence, language) if price.extra_licence else "–",
        ),
        *_beyond_rows(page),
        _row(
            page,
            _("Activation fee, once"),
            lambda _plan, price: formats.money(price.activation_fee, language),
        ),
    )


def _beyond(limit_percent: int | None, language: str) -> str:
    if limit_percent is None:
        return _("Without limit")
    if limit_percent == 0:
        return _("None: they stop")
    return _("Up to {share} more").format(share=formats.percent(limit_percent, language))


def _functions(page: PricePage) -> tuple[Row, ...]:
    return tuple(Row(row.label, tuple(Cell(included=yes) for yes in row.included)) for row in page.functions)


def order_address(*, plan: str, package: str, currency: str, interval: str = MONTH) -> str:
    by_year = {} if interval == MONTH else {"interval": interval}
    query = urlencode({"plan": plan, "package": package, "currency": currency, **by_year})
    return f"{reverse('public:order')}?{query}"


def contract_words(plan: str) -> str:
    return _("Choose {plan}").format(plan=plan)
