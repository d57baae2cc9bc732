"""The fiscal document of one invoice: how it stands, its files, and what came back of it, typed by hand (INV-11)."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.fiscal import queries
from abono.domain.fiscal.states import Said, Standing, State
from abono.domain.fiscal.types import DocumentInfo
from abono.domain.invoicing.types import InvoiceDetail
from abono.entrypoints.backoffice.fiscal.forms import Issued, Why
from abono.entrypoints.backoffice.invoices.views import issued
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.fiscal import file_of
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.fiscal.answer import answer, list_again
from abono.kernel.errors import Refusal
from abono.platform import clock

_OPEN = (State.EXPORTED, State.REFUSED, State.ISSUED)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: SellersVisitor, invoice_id: str) -> HttpResponse:
    """GET: how it stands. POST: what `act` names, of the document of this invoice."""
    found = issued(invoice_id)
    if request.method != "POST":
        return _show(request, found)
    act = request.POST.get("act", "")
    form = _form(request, act)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        done = _do(found, act, form, request.staff.actor)
    except Refusal as no:
        form.add_error(None, refused(no).sentence)
        return _show(request, found, form, refused(no).status.value)
    flash.done(request, done)
    return redirect("backoffice:invoice-fiscal", invoice_id)


@makes_file
@answered
def file(request: SellersVisitor, invoice_id: str, part: str) -> HttpResponse:
    """The XML or the PDF, byte for byte as it came."""
    return file_of(issued(invoice_id), part)


def _form(request: SellersVisitor, act: str) -> forms.Form:
    """Raises Http404 for what is no act."""
    if act == "issued":
        return Issued(request.POST, request.FILES)
    if act in ("refused", "cancelled"):
        return Why(request.POST, prefix=act)
    if act == "again":
        return forms.Form(request.POST, prefix=act)
    raise Http404(act)


def _do(found: InvoiceDetail, act: str, form: forms.Form, actor: str) -> str:
    """Returns the sentence that tells of it."""
    real = clock.now()
    if isinstance(form, Issued):
        document, _did = answer(invoice_id=found.id, given=form.given, actor=actor, real=real)
        return _("Fiscal document {number} is kept with the invoice.").format(number=document.number)
    if isinstance(form, Why):
        answer(invoice_id=found.id, given=form.given(Said(act)), actor=actor, real=real)
        return _("It is kept with the invoice.")
    list_again(invoice_id=found.id, actor=actor, real=real)
    return _("It is listed again, and goes out with the next export.")


def _show(
    request: SellersVisitor, found: InvoiceDetail, wrong: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    stands, document = queries.stands(found), queries.newest(found.id)
    state = None if document is None else document.state
    kept, may = queries.kept(), state in _OPEN or queries.left(found).minor > 0

    def form(name: str) -> forms.Form:
        return wrong if wrong is not None and wrong.prefix == name else Why(prefix=name)

    context = {
        "kept": kept,
        "invoice": found,
        "organization": found.buyer.legal_name,
        "standing": None if stands is None else stands.standing.value,
        "document": document,
        "earlier": queries.of_invoice(found.id)[1:],
        "to_cancel": stands is not None and stands.standing is Standing.TO_CANCEL,
        "issued": _issued(document if state in _OPEN else None, wrong) if kept and may else None,
        "adds": state is State.ISSUED,
        "refused": form("refused") if kept and may and state is not State.ISSUED else None,
        "cancelled": form("cancelled") if kept and state is State.ISSUED else None,
        "again": kept and state is State.REFUSED,
    }
    return render(request, "backoffice/fiscal/invoice.html", context, status=200 if wrong is None else status)


def _issued(document: DocumentInfo | None, wrong: forms.Form | None) -> forms.Form:
    return wrong if isinstance(wrong, Issued) else Issued.of(document)
