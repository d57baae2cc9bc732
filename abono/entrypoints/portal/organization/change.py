"""Settings › Organization › Change: an Administrator corrects what the organization says of itself (ACC-1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from abono.domain.customers import addresses, rules
from abono.domain.customers import queries as customers
from abono.domain.customers.errors import ChangedMeanwhile, TaxIdKept
from abono.domain.customers.types import Organization, Particulars
from abono.entrypoints.portal.buyer_form import BuyerForm
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.shell import LANGUAGES
from abono.entrypoints.site.visit import Visitor
from abono.flows.people.organization import change_organization, mark
from abono.platform.clock import shifted


class ChangeForm(BuyerForm):
    """The tax id can be another where the same company may have several."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    language = forms.ChoiceField(
        label=gettext_lazy("Language of the financial contact"),
        choices=LANGUAGES,
        help_text=gettext_lazy("Of mails to this person, and of the documents with them."),
    )

    def __init__(self, customer: Organization, data: Any = None) -> None:
        super().__init__(data, initial=_initial(customer))
        self.customer = customer
        self.for_country(customer.country)
        free = rules.other_establishments(customer.country, customer.tax_id)
        self.fields["tax_id"].disabled = not free
        self.fields["tax_id"].help_text = (
            _("That of another establishment of the same company can take its place.")
            if free
            else _("Another tax id is another buyer. If yours changed, write to {seller_email}.").format(
                seller_email=settings.ABONO_SELLER["email"]
            )
        )

    def clean(self) -> dict[str, Any]:
        cleaned = dict(self.cleaned_data)
        self.clean_buyer(self.customer.country, cleaned)
        return cleaned

    def beside(self, now: Organization) -> None:
        """Say at each field what holds by now, where that is not what was typed. What was typed stays, and may be saved then."""
        self.data = {**dict(self.data.items()), "seen": mark(now)}
        for name, value in _initial(now).items():
            if name != "seen" and value != str(self[name].value() or ""):
                shown = dict(LANGUAGES).get(value, value) if name == "language" else value
                self.add_error(name, _("It is by now: {value}").format(value=shown or _("empty")))

    @property
    def particulars(self) -> Particulars:
        names = ("legal_name", "tax_id", "language", "financial_name", "financial_email", "address")
        return Particulars(**{name: self.cleaned_data[name] for name in names})


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """GET: as it is. POST: as it is from the next invoice and the next mail on."""
    visit = request.visit
    form = ChangeForm(visit.customer, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show(request, form)
    try:
        after = change_organization(
            seen=form.cleaned_data["seen"],
            customer_id=visit.customer_id,
            new=form.particulars,
            by=visit.person_name,
            by_seller=False,
            actor=visit.actor,
            now=shifted(visit.now_offset_s),
        )
    except ChangedMeanwhile as no:
        form.beside(customers.get(visit.customer_id))
        return _show(request, form, refused(no))
    except TaxIdKept as no:
        form.add_error("tax_id", refused(no).sentence)
        return _show(request, form)
    done = _("Saved. It holds from the next invoice on; those that are issued keep what they say.")
    flash.done(request, _("Nothing was changed.") if after == visit.customer else done)
    return redirect("portal:organization")


def _initial(customer: Organization) -> dict[str, str]:
    address = {name: getattr(customer.address, name) for name in addresses.MOST}
    address["postal_code"] = addresses.written_code(customer.country, address["postal_code"])
    return {
        "seen": mark(customer),
        "legal_name": customer.legal_name,
        "tax_id": rules.printed_tax_id(customer.country, customer.tax_id),
        "financial_name": customer.financial_name,
        "financial_email": customer.financial_email,
        "language": customer.language,
        **address,
    }


def _show(request: Visitor, form: ChangeForm, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "form": form,
        "address_fields": [form[name] for name in addresses.MOST],
        "refusal": refusal,
    }
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "portal/organization/change.html", context, status=status)
