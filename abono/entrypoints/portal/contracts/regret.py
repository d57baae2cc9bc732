"""End the contract shortly after it was made, with a full refund: what happens, and the press that does it (CON-10)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.endings.regret import preview_regret, regret
from abono.kernel.ids import parse
from abono.platform import clock, formats


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, contract_id: str) -> HttpResponse:
    """GET: what ends and what goes back. POST: do it."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    key = parse("ctr", contract_id)
    if key is None:
        raise NoSuchContract()
    contract = contracts.get(key, customer_id=visit.customer_id)
    if request.method != "POST":
        seen = preview_regret(contract_id=contract.id, now=moment.now)
        return render(request, "portal/contracts/regret.html", {"contract": contract, "regret": seen})
    done = regret(contract_id=contract.id, customer_id=visit.customer_id, actor=visit.actor, moment=moment)
    said = _("Contract {number} has ended. {amount} goes back to whoever paid it.")
    if not done.amount:
        said = _("Contract {number} has ended.")
    flash.done(
        request,
        said.format(number=contract.number, amount=formats.money(done.amount, visit.language)),
    )
    return redirect("portal:plans")
