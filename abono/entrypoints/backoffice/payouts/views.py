"""What lies at gateways and is in no account of the seller yet, and what they paid out (PAY-13)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.payments import payouts
from abono.domain.payments.payouts import UnderWay
from abono.domain.payments.types import PayoutInfo
from abono.entrypoints.backoffice.payouts.forms import Record, TakeBack
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock


@dataclass(frozen=True, slots=True)
class Row:
    payout: PayoutInfo
    form: TakeBack
    by: str


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: what waits, and the newest payouts. POST: record one."""
    under_way = payouts.under_way()
    if request.method != "POST":
        return _page(request, _form(request, under_way), under_way)
    form = _form(request, under_way, bound=True)
    if form.is_valid():
        try:
            done = payouts.record(form.new, actor=request.staff.actor, now=clock.now())
        except Refusal as no:
            form.add_error(None, refused(no).sentence)
        else:
            said = _("The payout {reference} is recorded.").format(reference=done.reference)
            flash.done(request, said)
            return redirect("backoffice:payouts")
    return _page(request, form, under_way, status=422)


@posted("backoffice:payouts")
@answered
def withdraw(request: SellersVisitor, payout_id: str) -> HttpResponse:
    """It was recorded wrongly."""
    key = parse("pyo", payout_id)
    if key is None:
        raise Http404(payout_id)
    form = TakeBack(request.POST, prefix=payout_id)
    if not form.is_valid():
        under_way = payouts.under_way()
        return _page(request, _form(request, under_way), under_way, wrong=form, status=422)
    payouts.withdraw(key, why=form.cleaned_data["why"], actor=request.staff.actor, now=clock.now())
    flash.done(request, _("The payout is taken back, and its money lies at the gateway again."))
    return redirect("backoffice:payouts")


def _form(request: SellersVisitor, under_way: UnderWay, *, bound: bool = False) -> Record:
    data = request.POST if bound else None
    language = get_language() or "en"
    return Record(data, arrives=under_way.arrives, sends=under_way.sends, language=language)


def _page(
    request: SellersVisitor,
    form: Record,
    under_way: UnderWay,
    *,
    wrong: TakeBack | None = None,
    status: int = 200,
) -> HttpResponse:
    def take_back(payout: PayoutInfo) -> TakeBack:
        mine = wrong is not None and wrong.prefix == payout.public_id
        return wrong if mine and wrong is not None else TakeBack(prefix=payout.public_id)

    newest = payouts.newest()
    by = names_of(one.actor for one in newest)
    rows = [Row(one, take_back(one), by[one.actor]) for one in newest]
    waiting = [(name, money) for name, money in under_way.arrives if money]
    context = {"form": form, "waiting": waiting, "to_send": under_way.sends, "rows": rows}
    return render(request, "backoffice/payouts/page.html", context, status=status)
