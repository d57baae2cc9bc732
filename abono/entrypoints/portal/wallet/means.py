"""By which means the organization pays: card, Pix or slip, with the day from which a slip is possible (PAY-2, PAY-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.payments import queries as payments
from abono.domain.payments.errors import NoCard
from abono.domain.payments.pushed import means as choices
from abono.domain.payments.pushed.means import Choice
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.words import MEANS
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.billing.offered import offers
from abono.flows.requests.choose import choose_means
from abono.kernel.due import Means
from abono.kernel.periods import local_date
from abono.platform import formats
from abono.platform.clock import shifted


@dataclass(frozen=True, slots=True)
class Way:
    """One choice on the page; `possible_from` is a later day."""

    means: Means
    name: str
    possible_from: date | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    contract = own_contract(visit)
    if contract is None:
        raise Http404("no contract to be paid")
    if request.method == "POST":
        try:
            wanted = Means(request.POST.get("means", ""))
        except ValueError:
            raise Http404("no such means") from None
        try:
            chosen = choose_means(
                contract_id=contract.id,
                customer_id=visit.customer_id,
                means=wanted,
                actor=visit.actor,
                now=now,
            )
        except NoCard as no:
            flash.refused(request, refused(no).sentence)
            return redirect("portal:wallet-add")
        flash.done(request, _said(chosen, local_date(now, visit.time_zone), visit.language))
        return redirect("portal:means")
    today = local_date(now, visit.time_zone)
    holds, ahead = choices.chosen(visit.customer_id, today)
    ways = [Way(Means.CARD, str(MEANS[Means.CARD]))]
    ways += [Way(one.means, str(MEANS[one.means]), one.possible_from) for one in offers(contract.id, now=now)]
    context = {
        "ways": ways,
        "holds": holds,
        "holds_name": MEANS[holds],
        "picked": ahead.means if ahead else holds,
        "ahead": ahead,
        "ahead_name": MEANS[ahead.means] if ahead else "",
        "card": payments.card_in_use(visit.customer_id),
        "may_change": visit.administers,
    }
    return render(request, "portal/wallet/means.html", context)


def _said(chosen: Choice, today: date, language: str) -> str:
    name = str(MEANS[chosen.means])
    if chosen.from_date > today:
        day = formats.long_day(chosen.from_date, language)
        return _("Invoices issued from {day} on are paid so: {means}.").format(day=day, means=name)
    return _("Invoices are paid so from now on: {means}.").format(means=name)
