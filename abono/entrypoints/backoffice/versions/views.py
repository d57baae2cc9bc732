"""Contracts in force that go on with newer versions: see what each customer pays before and after, then do it (CAT-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.contracts import batches
from abono.domain.contracts.batches import BatchInfo
from abono.entrypoints.site import flash
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask import ask_version_move
from abono.flows.charges.rises import Waits
from abono.flows.versions.apply import apply_versions, needs_second
from abono.flows.versions.preview import Effect, effects, preview_versions
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
from abono.kernel.money import CURRENCIES, Money, total
from abono.platform import clock


@dataclass(frozen=True, slots=True)
class Shown:
    """One preview of the list."""

    public_id: str
    what: str
    previewed_at: datetime
    applied_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One contract of a preview."""

    customer: str
    contract: str
    number: str
    day: date
    versions: tuple[tuple[str, str], ...]
    dearer: int
    cheaper: int
    before: Money
    after: Money
    difference: Money
    waits: str
    years: tuple[Money, Money] | None


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: choose, and what was previewed before. POST: make a preview; nothing is changed by it."""
    now, refusal = clock.now(), None
    chosen = request.POST.get("plan", ""), request.POST.get("package", "")
    if request.method == "POST":
        try:
            batch_id = preview_versions(
                plan_code=chosen[0], package_code=chosen[1], actor=request.staff.actor, now=now
            )
            return redirect("backoffice:versions-batch", batch_id=batches.get(batch_id).public_id)
        except Refusal as no:
            refusal = refused(no)
    language = get_language() or "en"
    context = {
        "refusal": refusal,
        "plans": catalog.plans_on_sale(at=now),
        "packages": [
            (package.code, package_name(package.code, language))
            for currency in CURRENCIES
            for package in catalog.packages_on_sale(currency=currency, at=now)
        ],
        "plan": chosen[0],
        "package": chosen[1],
        "earlier": [_shown(one, language) for one in batches.newest()],
    }
    return render(
        request, "backoffice/versions/page.html", context, status=refusal.status if refusal else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def batch(request: SellersVisitor, batch_id: str) -> HttpResponse:
    """GET: what the preview says. POST: do exactly that."""
    key, refusal = _key(batch_id), None
    if request.method == "POST" and request.POST.get("confirm") == "yes":
        try:
            fresh = apply_versions(batch_id=key, actor=request.staff.actor, now=clock.now())
        except SecondPersonNeeded:
            asked = ask_version_move(batch_id=key, why="", actor=request.staff.actor, now=clock.now())
            flash.done(request, _("A second person is asked. The contracts are moved when they agree."))
            return redirect("backoffice:approval", asked.public_id)
        except Refusal as no:
            refusal = refused(no)
        else:
            text = _(
                "Done: the contracts go on with the newer versions on their days, and their customers are told."
            )
            flash.done(request, text if fresh else _("This was applied before. Nothing was done again."))
            return redirect("backoffice:versions-batch", batch_id=batch_id)
    found, one = effects(key), batches.get(key)
    language = get_language() or "en"
    rows = [_row(effect, language) for effect in found]
    context = {
        "refusal": refusal,
        "unconfirmed": request.method == "POST" and refusal is None,
        "batch": _shown(one, language),
        "needs_second": one.applied_at is None
        and needs_second([effect.change for effect in found], at=clock.now()),
        "rows": rows,
        "sums": _sums(rows),
        "by_year": any(row.years for row in rows),
    }
    return render(
        request, "backoffice/versions/batch.html", context, status=refusal.status if refusal else 200
    )


@makes_file
@answered
def csv(request: SellersVisitor, batch_id: str) -> HttpResponse:
    """The same as a file, a line for each contract."""
    language = get_language() or "en"
    rows = [_row(effect, language) for effect in effects(_key(batch_id))]

    def amount(money: Money) -> str:
        return csv_file.decimal(money.minor, money.currency, language)

    return csv_file.response(
        f"versions-{batch_id}.csv",
        header=[
            _("Customer"),
            _("Contract"),
            _("From"),
            _("Versions"),
            _("Currency"),
            _("Each month before"),
            _("Each month after"),
            _("Difference"),
            _("Session prices dearer"),
            _("Session prices cheaper"),
            _("Why not the next cycle"),
            _("Plan a year, before"),
            _("Plan a year, after"),
        ],
        rows=[
            [
                row.customer,
                row.number,
                row.day,
                ", ".join(f"{old} → {new}" for old, new in row.versions),
                row.before.currency,
                amount(row.before),
                amount(row.after),
                amount(row.difference),
                row.dearer,
                row.cheaper,
                row.waits,
                *(("", "") if row.years is None else map(amount, row.years)),
            ]
            for row in rows
        ],
        language=language,
    )


def _key(batch_id: str) -> UUID:
    """Raises Http404."""
    key = parse("bat", batch_id)
    if key is None:
        raise Http404(batch_id)
    return key


def _shown(one: BatchInfo, language: str) -> Shown:
    parts = []
    if one.plan is not None:
        parts.append(f"{one.plan.name} v{one.plan.number}")
    if one.package is not None:
        parts.append(f"{package_name(one.package.code, language)} v{one.package.number}")
    return Shown(one.public_id, ", ".join(parts), one.previewed_at, one.applied_at)


def _row(effect: Effect, language: str) -> Row:
    plans = [f"{one.name} v{one.number}" for one in effect.plans]
    packages = [f"{package_name(one.code, language)} v{one.number}" for one in effect.packages]
    return Row(
        customer=effect.customer,
        contract=public("ctr", effect.contract_id),
        number=effect.number,
        day=effect.day,
        versions=tuple((old, new) for old, new in (plans, packages) if old != new),
        dearer=effect.dearer,
        cheaper=effect.cheaper,
        before=effect.before,
        after=effect.after,
        difference=effect.difference,
        waits=_waits(effect),
        years=effect.years if effect.by_year else None,
    )


def _waits(effect: Effect) -> str:
    """Why its day is not the first of its next cycle (CAT-13)."""
    words = {
        Waits.KEPT: _("its price was set too short before"),
        Waits.NOTICE: _("a rise is told 30 days before"),
    }
    return "" if effect.waits is None else words[effect.waits]


def _sums(rows: list[Row]) -> list[tuple[Money, Money, Money]]:
    """Before, after and difference of all, per currency."""
    found = []
    for currency in dict.fromkeys(row.before.currency for row in rows):
        own = [row for row in rows if row.before.currency == currency]
        before = total([row.before for row in own], currency)
        after = total([row.after for row in own], currency)
        found.append((before, after, after - before))
    return found
