"""The taxes that customers withhold: of which payments the proof is missing, and by which rates (PAY-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.customers import queries as customers
from abono.domain.invoicing.labels import fiscal_label
from abono.domain.invoicing.states import FiscalType
from abono.domain.payments.errors import NoSuchReceipt
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CONTRACT_CURRENCY, SELLER_TIME_ZONE
from abono.domain.withholding import actions, queries
from abono.domain.withholding.types import RateInfo, Unproven
from abono.entrypoints.backoffice.withheld.forms import BUYERS, Rate
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.proofs import Prove, proof_of
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.standing.prove import prove_withheld
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.periods import local_date
from abono.platform import clock, formats


@dataclass(frozen=True, slots=True)
class Row:
    """A rate as people read it; `over` where another has begun since."""

    rate: RateInfo
    percent: str
    whose: str
    of: str
    by: str
    over: bool


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: what is missing, and the rates. POST: set one."""
    if request.method != "POST":
        return _page(request, _form(request))
    form = _form(request, bound=True)
    if form.is_valid():
        told = form.cleaned_data
        contract = told["contract"]
        try:
            done = actions.set_rate(
                form.new,
                customer_id=None if contract is None else contract.customer_id,
                rate_id=told["rate"],
                why=told["why"],
                actor=request.staff.actor,
                now=clock.now(),
            )
        except Refusal as no:
            form.add_error(None, refused(no).sentence)
        else:
            flash.done(request, _("The rate of {tax} is set.").format(tax=done.name))
            return redirect("backoffice:withheld")
    return _page(request, form, status=422)


@posted("backoffice:withheld")
@answered
def prove(request: SellersVisitor, receipt_id: str) -> HttpResponse:
    """The proof of what was withheld of a payment came."""
    key = parse("rcp", receipt_id)
    one = None if key is None else next(iter(queries.unproven(receipt_id=key)), None)
    if key is not None and one is None and _is_kept(key, request.POST.get(f"{receipt_id}-reference", "")):
        return redirect("backoffice:withheld")  # the second of two presses
    if key is None or one is None:
        raise NoSuchReceipt()
    # Also of what is proven: of two presses the first one did that.
    taxes = [part.name for part in queries.of_receipts([key])[key]]
    form = Prove(request.POST, request.FILES, prefix=receipt_id, taxes=taxes)
    if form.is_valid():
        moment = customers.moment_of(one.customer_id, real=clock.now())
        try:
            prove_withheld(receipt_id=key, actor=request.staff.actor, now=moment.now, **form.given)
        except Refusal as no:
            form.add_error(None, refused(no).sentence)
        else:
            flash.done(
                request, _("The proof {number} is kept.").format(number=form.cleaned_data["reference"])
            )
            return redirect("backoffice:withheld")
    return _page(request, _form(request), wrong=form, status=422)


@makes_file
@answered
def file(request: SellersVisitor, receipt_id: str, place: str) -> HttpResponse:
    """One proof itself, as it came."""
    key = parse("rcp", receipt_id)
    if key is None:
        raise NoSuchReceipt()
    return proof_of(key, place)


def _is_kept(receipt_id: UUID, reference: str) -> bool:
    """Whether this proof of a payment is there already."""
    parts = queries.of_receipts([receipt_id]).get(receipt_id, ())
    return any(one.proof is not None and one.proof.reference == reference.strip() for one in parts)


def _form(request: SellersVisitor, *, bound: bool = False) -> Rate:
    said = settings.value(CONTRACT_CURRENCY, at=clock.now())
    currencies: Mapping[str, str] = {} if said == "any" else said
    return Rate(request.POST if bound else None, language=get_language() or "en", currencies=currencies)


def _page(
    request: SellersVisitor, form: Rate, *, wrong: Prove | None = None, status: int = 200
) -> HttpResponse:
    def proof(one: Unproven) -> Prove:
        if wrong is not None and wrong.prefix == one.public_id:
            return wrong
        return Prove(None, None, prefix=one.public_id, taxes=[part.name for part in one.parts])

    context = {
        "form": form,
        "missing": [(one, proof(one)) for one in queries.unproven()],
        "rows": _rows([*queries.everybodys(), *queries.own()]),
    }
    return render(request, "backoffice/withheld/page.html", context, status=status)


def _rows(rates: list[RateInfo]) -> list[Row]:
    """Those that begin last first."""
    language = get_language() or "en"
    by = names_of(one.set_by for one in rates)
    buyers = dict(BUYERS)
    names = {
        one.customer_id: customers.get(one.customer_id).legal_name
        for one in rates
        if one.customer_id is not None
    }

    def whose(one: RateInfo) -> str:
        if one.customer_id is not None:
            return names[one.customer_id]
        country = formats.country_name(one.country, language) if one.country else _("Any country")
        return f"{country} · {buyers[one.buyer]}" if one.buyer else country

    def of(one: RateInfo) -> str:
        lines = fiscal_label(FiscalType(one.fiscal_type), language) if one.fiscal_type else _("All lines")
        return f"{lines} · {_('of the taxes on top')}" if one.of_tax else lines

    today = local_date(clock.now(), settings.value(SELLER_TIME_ZONE, at=clock.now()))
    held = {one.id for one in queries.in_force(rates, today)}
    ordered = sorted(rates, key=lambda one: (one.from_date, one.id), reverse=True)
    return [
        Row(
            one,
            _("As for everybody") if one.percent is None else formats.rate(one.rate_micro, language),
            whose(one),
            of(one),
            by[one.set_by],
            one.from_date <= today and one.id not in held,
        )
        for one in ordered
    ]
