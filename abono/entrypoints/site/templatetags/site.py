"""`{% load site %}`: figures, icons, status, bars, charts, form fields, dialogs. Examples: docs/design.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from operator import attrgetter
from zipfile import ZipFile

from django import template
from django.forms import BoundField, Form
from django.template.context import Context
from django.template.loader import render_to_string
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from abono.domain.approvals import queries as approvals
from abono.domain.identity import staff
from abono.domain.invoicing.labels import reason_label
from abono.domain.payments import unmatched
from abono.domain.payments.states import Because, Way
from abono.entrypoints.site import navigation
from abono.entrypoints.site import shell as shells
from abono.entrypoints.site.design import places, words
from abono.entrypoints.site.help import contents
from abono.entrypoints.words.refused import refused
from abono.kernel.money import EXPONENT, Money
from abono.kernel.periods import ended_date, last_date
from abono.kernel.qr import qr_svg
from abono.platform import formats

register = template.Library()


def _language() -> str:
    return get_language() or "en"


# Figures. The language is that of the page, the zone that of the visit (the middleware activates it).


@register.filter
def money(value: Money | None) -> str:
    """`{{ invoice.total|money }}`"""
    return "" if value is None else formats.money(value, _language())


@register.filter
def minor(value: int | None, currency: str) -> str:
    """`{{ plan.price_minor|minor:plan.currency }}`"""
    return "" if value is None else formats.minor(value, currency, _language())


@register.simple_tag
def way(of: Way) -> str:
    """How money came or went without a gateway: `{% way receipt.way %}`"""
    return str(words.WAYS[of])


@register.simple_tag
def because(of: Because) -> str:
    """Why money goes back: `{% because refund.because %}`"""
    return str(words.BECAUSE[of])


@register.simple_tag
def place(card: str, came: Way | None) -> str:
    """Where money goes back to, by what it came from: `{% place refund.card refund.came %}`"""
    return card or ("" if came is None else str(words.WAYS[came]))


@register.filter
def source(of: str) -> str:
    """Where money lies, a gateway or a way without one: `{{ payout.gateway|source }}`"""
    return words.source(of)


@register.filter
def refusal(code: str) -> str:
    """Why a bank or a payment service refused: `{{ line.why|refusal }}`"""
    return refused(code)


@register.filter
def reason(why: str) -> str:
    """Why a credit note was issued: `{{ note.why|reason }}`"""
    return reason_label(why, _language())


@register.filter
def micro(value: int | None, currency: str) -> str:
    """A session price with the decimals that it needs: `{{ row.price_micro|micro:"BRL" }}`"""
    return "" if value is None else formats.micro(value, currency, _language())


@register.simple_tag
def price(value_micro: int, currency: str, decimals: int) -> str:
    """A session price in a column, with the decimals of that column: `{% price line.price_micro currency decimals %}`"""
    return formats.micro(value_micro, currency, _language(), decimals=decimals)


@register.simple_tag
def decimals(lines: Iterable[object], price: str, currency: str) -> int:
    """How many the prices of a column need: `{% decimals lines "facts.price_micro" currency as places %}`"""
    found = map(attrgetter(price), lines)
    return formats.decimals_of((amount for amount in found if amount is not None), currency)


@register.filter
def balance(value: int | None, currency: str) -> str:
    """A sum of millionths, to the cent: `{{ cycle.used_micro|balance:"BRL" }}`"""
    decimals = EXPONENT[currency]
    return "" if value is None else formats.micro(value, currency, _language(), decimals=decimals)


@register.filter
def number(value: int | None) -> str:
    return "" if value is None else formats.number(value, _language())


@register.filter
def percent(value: int | None) -> str:
    return "" if value is None else formats.percent(value, _language())


@register.filter
def rate(rate_micro: int) -> str:
    """Millionths in percent: `{{ part.rate_micro|rate }}`"""
    return formats.rate(rate_micro, _language())


@register.filter(expects_localtime=True)
def day(value: date | datetime | None) -> str:
    """A day, or the day of a moment in the customer's zone."""
    return "" if value is None else formats.day(_local_day(value), _language())


@register.filter(expects_localtime=True)
def short_day(value: date | datetime | None) -> str:
    return "" if value is None else formats.short_day(_local_day(value), _language())


@register.filter(expects_localtime=True)
def long_day(value: date | datetime | None) -> str:
    return "" if value is None else formats.long_day(_local_day(value), _language())


@register.filter(expects_localtime=True)
def month(value: date | datetime | None) -> str:
    return "" if value is None else formats.month(_local_day(value), _language())


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time on the customer's clock."""
    if value is None:
        return ""
    return formats.moment(value, timezone.get_current_timezone_name(), _language())


@register.filter
def last_day(end: datetime | None) -> date | None:
    """The last day of a cycle, whose end is exclusive: `{{ contract.cycle_end|last_day|short_day }}`"""
    return None if end is None else last_date(end, timezone.get_current_timezone_name())


@register.filter
def ended_day(at: datetime | None) -> date | None:
    """The last day on which something worked that ended at a moment, at a midnight or within a day."""
    return None if at is None else ended_date(at, timezone.get_current_timezone_name())


@register.filter
def city(zone: str) -> str:
    """A time zone as people know it: `{{ request.visit.time_zone|city }}` is São Paulo."""
    return places.city(zone, _language())


def _local_day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


# Small marks.


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """`{% icon "lock" %}`: an icon beside words; it says nothing by itself."""
    # The engine marks literals of templates as safe text, which the parser of the drawing does not take.
    return _drawn(str.__str__(name), size)


@cache
def _drawn(name: str, size: int) -> SafeString:
    """What the wheel draws between its tag and the end, in a tag of ours. Raises KeyError for what it does not have."""
    lines = _drawings().read(f"{name}.svg").decode().partition(">")[2].splitlines()
    return mark_safe(_TAG.format(size=size) + "".join(map(str.strip, lines)))  # noqa: S308 - no words of others


_TAG = (
    '<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
)


@cache
def _drawings() -> ZipFile:
    """Opened once in a process: the list of its 1,700 icons takes as long to read as a page to draw."""
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


@register.simple_tag
def status(noun: str, code: str) -> SafeString:
    """`{% status "contract" contract.state %}`: a word with a dot."""
    word, tone = words.status(noun, code)
    return format_html('<span class="status {}">{}</span>', tone, word)


@register.simple_tag
def contact_kind(code: str) -> words.Text:
    """`{% contact_kind "agent_action" %}`: what happened with a contact, in words."""
    return words.contact_kind(code)


@register.inclusion_tag("site/design/figures/_change.html")
def change(before: object, after: object) -> dict[str, object]:
    """`{% change old new %}`: before → after."""
    return {"before": before, "after": after}


@register.inclusion_tag("site/design/figures/_usage_bar.html")
def usage_bar(bar: object, heading: str = "h3") -> dict[str, object]:
    """`{% usage_bar bar %}` with a `design.bars.UsageBar`."""
    return {"bar": bar, "heading": heading}


@register.inclusion_tag("site/design/figures/_chart.html")
def chart(chart: object) -> dict[str, object]:
    """`{% chart chart %}` with a `design.charts.Chart`."""
    return {"chart": chart}


@register.simple_tag
def qr(text: str, title: str) -> SafeString:
    """A code to be read with a phone: `{% qr request.pay_with _("QR code of this Pix") %}`"""
    return mark_safe(qr_svg(text, title))  # noqa: S308  markup of our own; the title is escaped by who draws it


# Forms.


@register.inclusion_tag("site/design/forms/_field.html")
def field(bound: BoundField) -> dict[str, object]:
    """`{% field form.email %}`: label above, hint, the field, its error below."""
    return {"field": bound, "kind": bound.widget_type, "grouped": bound.use_fieldset}


@register.inclusion_tag("site/design/forms/_error_summary.html")
def error_summary(form: Form, focus: bool = True) -> dict[str, object]:
    """`{% error_summary form %}`: everything that is wrong, with a link to each field; nothing when all is well."""
    return {"form": form, "focus": focus, "wrong": [bound for bound in form if bound.errors]}


# Blocks of a page.


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """`{% dialog "end" _("End the contract?") %}…{% enddialog %}`, opened by `<a href="…" data-dialog="end">`."""
    return mark_safe(  # noqa: S308 - content was drawn by the template engine
        render_to_string("site/design/forms/_dialog.html", {"id": id, "title": title, "content": content})
    )


@register.inclusion_tag("site/design/parts/_empty.html")
def empty(sentence: str, url: str = "", action: str = "") -> dict[str, str]:
    """`{% empty _("There are no invoices yet.") url _("See the first charge") %}`"""
    return {"sentence": sentence, "url": url, "action": action}


@register.inclusion_tag("site/design/parts/_pagination.html")
def pagination(newer: str = "", older: str = "", back: str = "", on: str = "") -> dict[str, str]:
    """`{% pagination newer_url older_url %}`; an empty address is an end. What does not go by time says `back` and `on`."""
    return {"newer": newer, "older": older, "back": back, "on": on}


@register.inclusion_tag("site/design/forms/_stepper.html")
def stepper(current: int, *labels: str) -> dict[str, object]:
    """`{% stepper 2 _("Choose") _("Details") _("Pay") %}`: steps count from 1."""
    return {"steps": list(enumerate(labels, start=1)), "current": current, "count": len(labels)}


@register.simple_tag(takes_context=True)
def again(context: Context, name: str) -> SafeString:
    """Draw a block of the page a second time: the title is in the head and in the heading."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return mark_safe(block.render(context).strip() if block else "")  # noqa: S308


@register.inclusion_tag("site/frame/_page_head.html", takes_context=True)
def page_head(context: Context) -> dict[str, str]:
    """Title, one sentence and the main button, from the page's blocks `title`, `lead` and `actions`; and the way to the
    help of this page (HLP-1)."""
    drawn: dict[str, str] = {name: again(context, name) for name in ("title", "lead", "actions")}
    match = getattr(context.get("request"), "resolver_match", None)
    entry = None if match is None else contents.beside(match.view_name)
    return drawn | {"help_url": contents.url(entry.slug) if entry else ""}


@register.simple_tag(takes_context=True)
def shell(context: Context) -> shells.Shell:
    """What stands around a signed-in page; a context that brings its own `shell` wins."""
    own: shells.Shell | None = context.get("shell")
    return own or shells.shell(context["request"])


@register.simple_tag(takes_context=True)
def languages(context: Context) -> tuple[shells.Language, ...]:
    """This page in each language."""
    own: tuple[shells.Language, ...] | None = context.get("languages")
    return own or shells.languages(context.get("request"))


@register.simple_tag(takes_context=True)
def back_office_menu(context: Context) -> tuple[navigation.Group, ...]:
    """The menu of whoever works for the seller, with how much waits for them."""
    request = context["request"]
    found = getattr(request, "staff", None) or staff.colleague(request.user.pk)
    counts = {
        "backoffice:money": unmatched.open_count(),  # PAY-12
        "backoffice:approvals": approvals.waiting_count(),  # ACC-5
    }
    return navigation.back_office(found.acts if found else (), path=request.path, counts=counts)
