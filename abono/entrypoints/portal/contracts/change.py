"""One change of plan, package or licences: before and after side by side, its acceptance, and what became of it (CHG-1, CHG-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import NoPriceInCurrency, PackageNotOnSale, PlanNotOnSale
from abono.domain.catalog.labels import package_name
from abono.domain.contracts.errors import NoSuchChange, QuoteStale
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import line_label, sentence
from abono.domain.payments import queries as payments
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CHANGE_HELD_FOR
from abono.domain.settings.types import Whose
from abono.entrypoints.portal.financial.asked import unless_moved
from abono.entrypoints.portal.session_prices import PriceLine, Prices
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.billing.offered import offered_to
from abono.flows.changes.accept import Accepted, accept_change, may_be_accepted
from abono.flows.changes.confirm import confirm_change, link_serves
from abono.flows.changes.undo import Undo, preview_undo, undo_change
from abono.flows.changes.withdraw import take_back_change
from abono.flows.charges.held import Held
from abono.flows.quotes.being_paid import asked_of
from abono.flows.quotes.parts import Quote, QuotedLine
from abono.flows.quotes.seen import Seen, find, still_as_seen
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock, formats

NOT_SOLD = (PlanNotOnSale, PackageNotOnSale, NoPriceInCurrency)  # any more
SESSION_LINK = "change_link"  # the secret of a mail's link, so that it stays in no address


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that holds before and after; `later` is empty where nothing begins with the next cycle."""

    label: str
    before: str
    now: str
    later: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    explanation: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of send before and after."""

    before: PriceLine
    after: PriceLine


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, change_id: str) -> HttpResponse:
    """GET: before and after, or what became of it. POST: accept it, or confirm it by the link that led here."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    change = _own(visit, change_id)
    if request.headers.get("HX-Request") and (asked := asked_of(change.id)) is not None:
        return unless_moved(request, asked)
    if request.method != "POST":
        return _show(request, change, moment.now)
    try:
        accepted = _accept(request, change, moment)
    except QuoteStale as stale:
        flash.refused(request, _stale(stale, visit.language))
        return redirect("portal:change", stale.quote)
    except Refusal as refusal:
        return _show(request, _own(visit, change_id), moment.now, refusal=refusal)
    if accepted.charged is not None and not accepted.paid:
        return redirect("portal:payment", public("att", accepted.charged.attempt_id))
    if accepted.waits_for is None and accepted.asked is None:
        flash.done(request, _done(find(change.id), visit))
    return redirect("portal:change", change.public_id)


@never_cache
@require_safe
def link(request: HttpRequest, change_id: str, token: str) -> HttpResponse:
    """From the mail to a clean address: there whoever is signed in sees it once more, and confirms it (CHG-6)."""
    request.session[SESSION_LINK] = token
    return redirect("portal:change", change_id)


def _accept(request: Visitor, change: Seen, moment: Moment) -> Accepted:
    visit = request.visit
    by = Means.PIX if request.POST.get("means") == "pix" else Means.CARD
    if change.state is not ChangeState.CONFIRM:
        return accept_change(
            change_id=change.id, customer_id=visit.customer_id, by=by, actor=visit.actor, moment=moment
        )
    return confirm_change(
        change_id=change.id,
        customer_id=visit.customer_id,
        secret=request.session.get(SESSION_LINK, ""),
        by=by,
        actor=visit.actor,
        moment=moment,
    )


@posted("portal:plans")
@answered
def withdraw(request: Visitor, change_id: str) -> HttpResponse:
    """Nothing of it begins with the next cycle any more."""
    return _taken_back(request, change_id, take_back_change, _withdrawn)


@posted("portal:plans")
@answered
def undo(request: Visitor, change_id: str) -> HttpResponse:
    """As if it had not been."""

    def act(*, moment: Moment, **of: Any) -> Seen:
        return undo_change(now=moment.now, **of)

    return _taken_back(request, change_id, act, _undone)


def _taken_back(
    request: Visitor, change_id: str, act: Callable[..., Seen], said: Callable[[Seen], str]
) -> HttpResponse:
    visit = request.visit
    change = _own(visit, change_id)
    moment = clock.moment(visit.now_offset_s)
    try:
        after = act(change_id=change.id, customer_id=visit.customer_id, actor=visit.actor, moment=moment)
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
    else:
        flash.done(request, said(after))
    return redirect("portal:change", change.public_id)


def _own(visit: Visit, public_id: str) -> Seen:
    """A change of the visitor's organization; any other does not exist for them (ACC-2)."""
    key = parse("chg", public_id)
    if key is None:
        raise NoSuchChange()
    return find(key, customer_id=visit.customer_id)


def _withdrawn(change: Seen) -> str:
    if change.came:
        return _("What was still to come is withdrawn. What held at once stays in force.")
    return _("The change was withdrawn: your contract goes on as it is.")


def _undone(_change: Seen) -> str:
    return _("Undone: your contract is as it was before the change.")


def _stale(stale: QuoteStale, language: str) -> str:
    if not stale.difference_minor:
        return _("What this changes is not as you saw it any more, so nothing was done. Look at it again.")
    more = formats.minor(stale.difference_minor, stale.currency, language)
    text = _(
        "What this costs today changed by {more} since you saw it, so nothing was done. Look at it again."
    )
    return text.format(more=more)


def _done(change: Seen, visit: Visit) -> str:
    quote = change.quote
    if not quote.at_once:
        assert quote.begins_at is not None
        first = quote.rest_at if quote.rest_comes_first and quote.rest_at else quote.begins_at
        day, last = (
            formats.long_day(local_date(one, visit.time_zone), visit.language)
            for one in (first, quote.begins_at)
        )
        text = _("Your contract changes on {day}. Until then everything stays as it is.")
        if quote.rest_comes_first:
            text = _("Package and licences change on {day}, the plan on {last}, when the paid year is over.")
        return text.format(day=day, last=last)
    text = _("Done: software plan {plan} and channel package {package} hold from now on.")
    if "licences" in quote.at_once:
        text = ngettext(
            "Done: software plan {plan}, channel package {package} and one extra licence hold from now on.",
            "Done: software plan {plan}, channel package {package} and {licences} extra licences hold from now on.",
            quote.between.extra_licences,
        )
    return text.format(
        plan=quote.between.plan.name,
        package=package_name(quote.between.package.code, visit.language),
        licences=formats.number(quote.between.extra_licences, visit.language),
    )


def _show(request: Visitor, change: Seen, now: datetime, *, refusal: Refusal | None = None) -> HttpResponse:
    visit, quote, state = request.visit, change.quote, _state(change, now)
    status = 200 if refusal is None else refused(refusal).status
    by_link, over = _by_link(request, change, now), _over(change, now)
    moved = False
    if refusal is None and (by_link or (state is ChangeState.QUOTED and not over)):
        moved, refusal = _moved(change, now)
    said = None if refusal is None else refused(refusal)
    card = payments.card_in_use(visit.customer_id)
    invoice = invoices.of_change(change.id)
    compared = _compared(quote, Prices(visit, now))
    gone = isinstance(refusal, NOT_SOLD)
    context = {
        "change": change,
        "state": state.value,
        "nothing": change.came_to_nothing or state is ChangeState.LAPSED,
        "by": names_of([change.asked_by])[change.asked_by],
        "lapsed": gone or over or moved,
        "moved": moved and said is None,
        "again": change.runs and not gone,
        "held_for": settings.snapshot().value(
            CHANGE_HELD_FOR, whose=Whose(quote.before.plan.code, change.contract_id), at=now
        ),
        "by_link": by_link,
        "quote": quote,
        "monthly": (quote.between if change.word == "rest_withdrawn" else quote.after).monthly,
        "undo": _undo(change, visit, now),
        "package_before": package_name(quote.before.package.code, visit.language),
        "rows": _rows(quote, visit),
        "narrow": not ((quote.at_once and quote.later) or quote.before.by_year or quote.after.by_year),
        "lines": [_line(one, visit.language) for one in quote.lines],
        "gained": _functions(quote.after, quote.before, visit),
        "lost": _functions(quote.before, quote.after, visit),
        "compared": compared,
        "decimals": formats.decimals_of(
            (one.price_micro for both in compared for one in (both.before, both.after)),
            change.currency,
        ),
        "next_day": change.cycle_end,
        "card": None if card is None else card.name,
        "pix": offered_to(change.country, change.currency, Means.PIX),
        "asked": asked_of(change.id) if state is ChangeState.WAITING else None,
        "invoice": invoice if invoice is not None and invoice.title else None,
        "refusal": said,
    }
    return render(request, "portal/contracts/change.html", context, status=status)


def _by_link(request: Visitor, change: Seen, now: datetime) -> bool:
    """Whether the link of its mail led here, and still serves."""
    secret = request.session.get(SESSION_LINK, "")
    whose = {"customer_id": request.visit.customer_id, "secret": secret}
    return change.state is ChangeState.CONFIRM and link_serves(change.id, now=now, **whose)


def _over(change: Seen, now: datetime) -> bool:
    return now >= change.valid_until or not (change.runs and change.stands)


def _moved(change: Seen, now: datetime) -> tuple[bool, Refusal | None]:
    """Whether a quote would not be accepted as it stands here, and what refuses any other like it."""
    try:
        return not still_as_seen(change.id, now=now), None
    except Refusal as refusal:
        return True, refusal


def _state(change: Seen, now: datetime) -> ChangeState:
    """As its page tells it: what was declined can be accepted once more; nobody's word counts after its time."""
    if may_be_accepted(change.id, change.state):
        return ChangeState.QUOTED
    late = change.held_until is not None and now >= change.held_until
    return ChangeState.LAPSED if late else change.state


def _undo(change: Seen, visit: Visit, now: datetime) -> Undo | None:
    """What undoing it would do; None where it cannot be."""
    if change.accepted_at is None:
        return None
    try:
        return preview_undo(change_id=change.id, customer_id=visit.customer_id, now=now)
    except Refusal:
        return None


def _rows(quote: Quote, visit: Visit) -> list[Row]:
    three = (quote.before, quote.between, quote.after)

    def row(label: str, *texts: str) -> Row:
        return Row(label, texts[0], texts[1], texts[2] if quote.later else "")

    def number(value: int | None) -> str:
        return _("by contract") if value is None else formats.number(value, visit.language)

    extra = [
        formats.micro(one.price.extra_interaction_micro, one.price.currency, visit.language) for one in three
    ]

    def licences(one: Held) -> str:
        included = number(one.plan.included_licences)
        return f"{included} + {number(one.extra_licences)}" if one.extra_licences else included

    rows = [
        row(_("Software plan"), *(one.plan.name for one in three)),
        row(_("Channel package"), *(package_name(one.package.code, visit.language) for one in three)),
        *(
            [row(_("Plan, a year"), *(_a_year(one, visit) for one in three))]
            if any(one.by_year for one in three)
            else []
        ),
        row(_("Together, a month"), *(formats.money(one.monthly, visit.language) for one in three)),
        row(
            _("InteractionZ in this cycle"),
            *(formats.number(count, visit.language) for count in quote.interactions),
            "–",
        ),
        row(_("InteractionZ a month"), *(number(one.plan.included_credits) for one in three)),
        row(_("Each extra InteractionZ"), *extra),
        row(_("Licences"), *(licences(one) for one in three)),
    ]
    if any(one.extra_licences for one in three):
        each = [formats.money(one.price.extra_licence, visit.language) for one in three]
        rows.append(row(_("Each extra licence, a month"), *each))
    return rows


def _a_year(one: Held, visit: Visit) -> str:
    return formats.money(one.yearly, visit.language) if one.by_year else "–"


def _line(line: QuotedLine, language: str) -> Line:
    return Line(
        line_label(line.kind, line.name, language),
        sentence(line.name, line.calculation, line.amount, language),
        line.amount,
    )


def _functions(of: Held, but: Held, visit: Visit) -> list[str]:
    """What one lets people do and the other does not."""
    labels = catalog.function_labels(language=visit.language)
    return [labels.get(code, code) for code in of.plan.function_codes if code not in but.plan.function_codes]


def _compared(quote: Quote, prices: Prices) -> list[Compared]:
    """Session prices side by side, where the package is another, of the kinds of send that cost something."""
    if quote.before.package.id == quote.after.package.id:
        return []
    before = {line.route: line for line in prices.of(quote.before.package)}
    after: Iterable[PriceLine] = prices.of(quote.after.package)
    return [Compared(before[line.route], line) for line in after if line.route in before and line.price_micro]
