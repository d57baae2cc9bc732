"""The proof of taxes that the organization withheld of a payment: given by its Administrators, read by all who read its invoice (PAY-6)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import receipts
from abono.domain.payments.errors import NoSuchReceipt
from abono.domain.withholding import queries as withholding
from abono.entrypoints.portal.financial.views import issued
from abono.entrypoints.site import flash
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.proofs import Prove, proof_of
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.standing.prove import prove_withheld
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform.clock import shifted


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, invoice_id: str, receipt_id: str) -> HttpResponse:
    """GET: what was withheld of a payment, and of what the proof is missing. POST: keep one."""
    invoice = issued(request.visit, invoice_id)
    key = _of(invoice, receipt_id)
    parts = withholding.of_receipts([key]).get(key, ())
    # Also of what is proven: a wrong proof is followed by another, and a press may come twice.
    taxes = [part.name for part in parts]
    if request.method == "POST":
        form = Prove(request.POST, request.FILES, prefix=receipt_id, taxes=taxes)
        if form.is_valid():
            try:
                prove_withheld(
                    receipt_id=key,
                    actor=request.visit.actor,
                    now=shifted(request.visit.now_offset_s),
                    **form.given,
                )
            except Refusal as no:
                form.add_error(None, refused(no).sentence)
            else:
                number = form.cleaned_data["reference"]
                flash.done(request, _("The proof {number} is kept.").format(number=number))
                return redirect("portal:invoice", invoice_id)
    else:
        form = Prove(None, None, prefix=receipt_id, taxes=taxes)
    context = {"invoice": invoice, "parts": parts, "form": form, "one": receipts.get(key)}
    return render(request, "portal/financial/withheld.html", context, status=422 if form.is_bound else 200)


@makes_file
@answered
def file(request: Visitor, invoice_id: str, receipt_id: str, place: str) -> HttpResponse:
    """One proof itself, as it came."""
    return proof_of(_of(issued(request.visit, invoice_id), receipt_id), place)


def _of(invoice: InvoiceDetail, text: str) -> UUID:
    """The payment of this invoice that the address names. Raises NoSuchReceipt for another's."""
    key = parse("rcp", text)
    if key is None or receipts.get(key, customer_id=invoice.customer_id).invoice_id != invoice.id:
        raise NoSuchReceipt()
    return key
