"""Payment links of an invoice on pages, of its organization and of the seller alike: listed, made and shown once, revoked (ACC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from abono.domain.customers import queries as customers
from abono.domain.customers.errors import UnmailableAddress
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payment_links import queries
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.owner import Owner, owner_of
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.payment_links.make import address_of, make_payment_link, revoke_payment_link
from abono.flows.payment_links.pay import state_of
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, uuid7
from abono.kernel.money import Money
from abono.platform import clock


class NewLink(forms.Form):
    """`link` names the link that comes of it, so that a second press makes no second one."""

    use_required_attribute = False
    link = forms.UUIDField(widget=forms.HiddenInput)
    email = forms.EmailField(
        label=gettext_lazy("Send it to"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Of whoever pays: they get the link in the language of the organization."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Write an e-mail address, like ana@example.com.")},
    )


@dataclass(frozen=True, slots=True)
class Row:
    link: PaymentLinkDetail
    by: str
    state: str

    @property
    def open(self) -> bool:
        return self.state == "open"


@require_safe
@answered
def page(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """Every link of the invoice, newest first, and the form for another one while something is to be paid."""
    owner = owner_of(request)
    return _page(request, owner, _invoice(owner, invoice_id))


def _page(
    request: HttpRequest, owner: Owner, invoice: InvoiceDetail, form: NewLink | None = None
) -> HttpResponse:
    found, now = queries.of_invoice(invoice.id), _now(invoice)
    by = names_of(link.made_by for link in found)
    may_change = owner.may_change and (owner.room == "portal" or _seller_may(request))
    context = {
        "owner": owner,
        "invoice": invoice,
        "owed": Money(invoice.owed_minor, invoice.currency),
        "rows": [Row(link, by[link.made_by], state_of(link, invoice.state, now=now).value) for link in found],
        "form": form or NewLink(initial={"link": uuid7()}),
        "may_make": may_change and invoice.owed_minor > 0,
        "may_change": may_change,
    }
    return render(request, "site/payment_links/page.html", context, status=422 if form else 200)


@posted("{room}:payment-links", of="invoice_id")
@answered
def make(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """The answer shows the address: it is kept nowhere, not even for a redirect."""
    owner, form = owner_of(request), NewLink(request.POST)
    invoice = _invoice(owner, invoice_id)
    if not form.is_valid():
        return _page(request, owner, invoice, form)
    try:
        made = make_payment_link(
            invoice_id=invoice.id,
            customer_id=owner.customer_id,
            email=form.cleaned_data["email"],
            link_id=form.cleaned_data["link"],
            actor=owner.actor,
            now=_now(invoice),
        )
    except UnmailableAddress as no:
        form.add_error("email", refused(no).sentence)
        return _page(request, owner, invoice, form)
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return _back(owner, invoice)
    address = address_of(made.id, customers.get(made.customer_id).language)
    context = {"owner": owner, "invoice": invoice, "made": made, "text": address}
    response = render(request, "site/payment_links/made.html", context)
    response["Cache-Control"] = "no-store"
    return response


@posted("{room}:payment-links", of="invoice_id")
@answered
def revoke(request: HttpRequest, invoice_id: str, link_id: str) -> HttpResponse:
    owner, key = owner_of(request), parse("lnk", link_id)
    invoice = _invoice(owner, invoice_id)
    if key is None or queries.get(key, customer_id=owner.customer_id).invoice_id != invoice.id:
        raise Http404(link_id)
    revoke_payment_link(link_id=key, customer_id=owner.customer_id, actor=owner.actor, now=_now(invoice))
    flash.done(request, _("The payment link is revoked: it opens nothing any more."))
    return _back(owner, invoice)


def _invoice(owner: Owner, text: str) -> InvoiceDetail:
    """An issued invoice of the owner's; any other does not exist for them (ACC-2). Raises Http404, NoSuchInvoice."""
    key = parse("inv", text)
    found = None if key is None else invoices.get(key, customer_id=owner.customer_id)
    if found is None or not found.title:
        raise Http404(text)
    return found


def _now(invoice: InvoiceDetail) -> datetime:
    return customers.moment_of(invoice.customer_id, real=clock.now()).now


def _seller_may(request: HttpRequest) -> bool:
    return Act.LINKS in cast(SellersVisitor, request).staff.acts


def _back(owner: Owner, invoice: InvoiceDetail) -> HttpResponse:
    return redirect(f"{owner.room}:payment-links", invoice.public_id)
