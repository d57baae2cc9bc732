"""Money at a gateway that matches nothing here: what the seller sees of it, and what can be done (PAY-12)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import disputes, unmatched
from abono.domain.payments.states import Why
from abono.domain.payments.types import Unmatched
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.collecting.look_at import given_back, look_again
from abono.kernel.ids import parse
from abono.platform import clock

WHY: dict[Why, Text] = {
    Why.DIFFERS: gettext_lazy("Another sum was taken than was asked for"),
    Why.NOBODY: gettext_lazy("Nothing here asked for this money"),
    Why.DISPUTED: gettext_lazy("It paid, and the holder disputes it at the bank"),
    Why.SURPLUS: gettext_lazy("It was paid twice, or too late to pay for anything"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    money: Unmatched
    why: Text
    organization: str
    invoice: InvoiceDetail | None
    form: HowForm


class HowForm(forms.Form):
    """What became of the money."""

    how = forms.CharField(
        label=gettext_lazy("What became of it"),
        max_length=200,
        help_text=gettext_lazy(
            "For example: refunded at the gateway, with its number. It stays in the record."
        ),
    )


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    return _page(request)


@posted("backoffice:money")
@answered
def ask_again(request: SellersVisitor, money_id: str) -> HttpResponse:
    """Ask the gateway once more: what is right by now is applied."""
    key = _key(money_id)
    look_again(money_id=key, real=clock.now())
    if any(one.id == key for one in unmatched.open_money()):
        flash.told(request, _("The gateway still says the same."))
    else:
        flash.done(request, _("The gateway says something else now, and it was applied."))
    return redirect("backoffice:money")


@posted("backoffice:money")
@answered
def close(request: SellersVisitor, money_id: str) -> HttpResponse:
    """It went back: say how. The invoice, if there is one, can be paid anew."""
    key = _key(money_id)
    form = HowForm(request.POST, prefix=money_id)
    if not form.is_valid():
        return _page(request, wrong=form)
    given_back(money_id=key, how=form.cleaned_data["how"], actor=request.staff.actor, real=clock.now())
    flash.done(request, _("It is settled, with your words in the record."))
    return redirect("backoffice:money")


def _page(request: SellersVisitor, *, wrong: HowForm | None = None) -> HttpResponse:
    context = {
        "rows": [_shown(one, wrong) for one in unmatched.open_money()],
        "disputes": [(one, invoices.get(one.invoice_id)) for one in disputes.open_payments()],
    }
    status = 200 if wrong is None else 422
    return render(request, "backoffice/money/page.html", context, status=status)


def _shown(money: Unmatched, wrong: HowForm | None) -> Shown:
    invoice = None if money.invoice_id is None else invoices.get(money.invoice_id)
    whose = "" if invoice is None else customers.get(invoice.customer_id).legal_name
    mine = wrong is not None and wrong.prefix == money.public_id
    return Shown(
        money=money,
        why=WHY[money.why],
        organization=whose,
        invoice=invoice,
        form=wrong if mine and wrong is not None else HowForm(prefix=money.public_id),
    )


def _key(text: str) -> UUID:
    """The key behind an address. Raises Http404 for what is not one."""
    key = parse("unm", text)
    if key is None:
        raise Http404(text)
    return key
