"""Contracts in force that go on with newer versions: see what each customer pays before and after, then do it (CAT-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.contracts import batches
from abono.domain.contracts.batches import BatchInfo
from abono.entrypoints.backoffice.price_moves import pages
from abono.entrypoints.backoffice.price_moves.pages import WAITS, Pages
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import Moved, effects, preview_versions
from abono.kernel.errors import Refusal
from abono.kernel.ids import public
from abono.kernel.money import CURRENCIES, Money
from abono.platform import clock

MOVES = Pages(
    kind=VERSIONS,
    url="versions-batch",
    file="versions-csv",
    template="backoffice/versions/batch.html",
    asked=gettext_lazy("A second person is asked. The contracts are moved when they agree."),
    done=gettext_lazy(
        "Done: the contracts go on with the newer versions on their days, and their customers are told."
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One contract of a preview."""

    effect: Moved
    contract: str
    versions: tuple[tuple[str, str], ...]
    waits: Text


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
        "earlier": [MOVES.listed(one, _named(one, language)) for one in batches.newest()],
        "what": pgettext("version", "To"),
    }
    return render(
        request, "backoffice/versions/page.html", context, status=refusal.status if refusal else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def batch(request: SellersVisitor, batch_id: str) -> HttpResponse:
    """GET: what the preview says. POST: do exactly that."""
    key = pages.key("bat", batch_id)

    def shown(_now: datetime) -> dict[str, Any]:
        found, language = effects(key), get_language() or "en"
        one = batches.get(key)
        return {
            "one": one,
            "name": _named(one, language),
            "effects": found,
            "rows": [_row(effect, language) for effect in found],
            "what": _("Versions"),
            "back": reverse("backoffice:versions"),
        }

    return MOVES.preview(request, key, shown)


@makes_file
@answered
def csv(request: SellersVisitor, batch_id: str) -> HttpResponse:
    """The same as a file, a line for each contract."""
    language = get_language() or "en"
    rows = [_row(effect, language) for effect in effects(pages.key("bat", batch_id))]

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
                row.effect.customer,
                row.effect.number,
                row.effect.day,
                ", ".join(f"{old} → {new}" for old, new in row.versions),
                row.effect.before.currency,
                amount(row.effect.before),
                amount(row.effect.after),
                amount(row.effect.difference),
                row.effect.dearer,
                row.effect.cheaper,
                str(row.waits),
                *(map(amount, row.effect.years) if row.effect.by_year else ("", "")),
            ]
            for row in rows
        ],
        language=language,
    )


def _named(one: BatchInfo, language: str) -> str:
    parts = []
    if one.plan is not None:
        parts.append(f"{one.plan.name} v{one.plan.number}")
    if one.package is not None:
        parts.append(f"{package_name(one.package.code, language)} v{one.package.number}")
    return ", ".join(parts)


def _row(effect: Moved, language: str) -> Row:
    plans = [f"{one.name} v{one.number}" for one in effect.plans]
    packages = [f"{package_name(one.code, language)} v{one.number}" for one in effect.packages]
    return Row(
        effect=effect,
        contract=public("ctr", effect.contract_id),
        versions=tuple((old, new) for old, new in (plans, packages) if old != new),
        waits=WAITS[effect.waits],
    )
