"""Automatic Pix: ask for it, authorize it in the app of a bank, see its limits and charges, cancel it (PAY-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from abono.domain.contracts.types import ContractInfo
from abono.domain.payments.errors import MandateNotOffered, NoSuchMandate
from abono.domain.payments.pushed import agreed
from abono.domain.payments.pushed.agreed import Charged, MandateInfo
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.amounts import read_micro, typed
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.billing.project import project_invoice
from abono.flows.mandates.ask import (
    LEAST_MINOR,
    MOST_MINOR,
    ask_for_mandate,
    cancel_mandate,
    offers_mandate,
)
from abono.kernel.ids import parse
from abono.kernel.money import Money, micro_per_minor
from abono.kernel.periods import local_date
from abono.platform import clock, formats

CHARGES_SHOWN = 6
ROOM, STEP_MINOR = 2, 50_00  # the limit that is proposed: so many usual invoices, in whole steps


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page, and the wallet, say of a mandate."""

    mandate: MandateInfo
    last: Charged | None  # the newest charge that is over
    coming: Charged | None  # what is announced
    next_invoice: date | None  # when the next one is issued that it would pay


class Limit(forms.Form):
    """The most that is charged at a time."""

    use_required_attribute = False
    most = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}))

    def __init__(self, data: Mapping[str, str] | None, *, currency: str, language: str, usual: Money | None):
        proposed = STEP_MINOR if usual is None else -(-usual.minor * ROOM // STEP_MINOR) * STEP_MINOR
        per_minor = micro_per_minor(currency)
        shown = typed(max(proposed, STEP_MINOR) * per_minor, currency=currency, language=language)
        super().__init__(data, initial={"most": shown})
        self.currency, self.language = currency, language
        field = self.fields["most"]
        field.label = _("Most for one charge, in {currency}").format(currency=currency)
        field.error_messages["required"] = _("Write the most that may be charged at a time.")
        field.help_text = _(
            "What is above it is not charged by itself: you pay it by Pix with a code. Your bank asks you for a limit, too; let it be"
            " this one or more."
        )

    def clean_most(self) -> int:
        micro = read_micro(self.cleaned_data["most"], currency=self.currency, language=self.language)
        minor = (micro or 0) // micro_per_minor(self.currency)
        if not LEAST_MINOR <= minor <= MOST_MINOR:
            sample = typed(1_500_000_000, currency=self.currency, language=self.language)
            raise forms.ValidationError(_("Write an amount like {sample}.").format(sample=sample))
        return int(minor)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """How it stands, which the page follows by itself while it waits for the bank; POST: ask for it. Pressed twice it is the same."""
    visit, contract = request.visit, own_contract(request.visit)
    if contract is None:
        raise Http404("no contract to be paid")
    shown, offered = shown_mandate(contract, visit), is_offered(contract, visit)
    if shown is None and not offered:
        why_not = MandateNotOffered()
        if request.method == "POST":
            raise why_not
        return render(request, "portal/wallet/automatic.html", {"why_not": refused(why_not).sentence})
    if request.headers.get("HX-Request"):
        return _unless_moved(request, shown)
    coming = project_invoice(contract_id=contract.id)
    form = Limit(
        request.POST.dict() if request.method == "POST" else None,
        currency=contract.currency,
        language=visit.language,
        usual=None if coming is None else coming.total,
    )
    if request.method == "POST" and form.is_valid():
        ask_for_mandate(
            contract_id=contract.id,
            customer_id=visit.customer_id,
            most_minor=form.cleaned_data["most"],
            actor=visit.actor,
            moment=clock.moment(visit.now_offset_s),
        )
        return redirect("portal:mandate")
    context: dict[str, Any] = {
        "shown": shown,
        "form": form if offered and not (shown and shown.mandate.alive) else None,
        "waits": shown is not None and shown.mandate.word in ("created", "asked", "ending"),
        "usual": coming,
        "confirm": _confirm(shown, visit.language) if shown and shown.mandate.alive else None,
        "may_change": visit.administers,
    }
    return render(
        request, "portal/wallet/automatic.html", context, status=422 if form.is_bound and form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def cancel(request: Visitor, mandate_id: str) -> HttpResponse:
    """GET: are you sure. POST: nothing is charged under it any more. Pressed twice it is the same."""
    visit, key, contract = request.visit, parse("mdt", mandate_id), own_contract(request.visit)
    shown = None if contract is None else shown_mandate(contract, visit)
    if key is None or shown is None:
        raise NoSuchMandate()
    if request.method != "POST":
        mandate = agreed.get(key, customer_id=visit.customer_id)
        if not mandate.alive or shown.mandate.id != key:
            return redirect("portal:mandate")
        return render(request, "site/frame/base_confirm.html", {"confirm": _confirm(shown, visit.language)})
    cancel_mandate(
        mandate_id=key,
        customer_id=visit.customer_id,
        actor=visit.actor,
        moment=clock.moment(visit.now_offset_s),
    )
    flash.done(
        request,
        _("Automatic Pix is cancelled. Your next invoices are paid by Pix with a code, or as you choose."),
    )
    return redirect("portal:mandate")


def is_offered(contract: ContractInfo, visit: Visit) -> bool:
    return offers_mandate(visit.customer.country, contract.currency, contract.state)


def shown_mandate(contract: ContractInfo, visit: Visit) -> Shown | None:
    """The one that is alive, else the newest; with its charges."""
    known = agreed.of_contract(contract.id)
    if not known:
        return None
    mandate = next((one for one in known if one.alive), known[0])
    charges = agreed.charged([mandate.id], limit=CHARGES_SHOWN)
    end = contract.cycle_end
    return Shown(
        mandate,
        next((one for one in charges if not one.coming), None),
        next((one for one in charges if one.coming), None),
        local_date(end, visit.time_zone) if mandate.agreed and end and not contract.is_last_cycle else None,
    )


def _unless_moved(request: Visitor, shown: Shown | None) -> HttpResponse:
    """To the script of a page that waits: nothing, or that it shall load anew."""
    same = shown is not None and shown.mandate.word == request.GET.get("was")
    answer = HttpResponse(status=204 if same else 200)
    if not same:
        answer["HX-Refresh"] = "true"
    return answer


def _confirm(shown: Shown, language: str) -> dict[str, object]:
    sentences = [
        _("Nothing is charged to the account by itself any more, from this moment on."),
        _("Your next invoices are paid by Pix with a code, or as you choose under “How invoices are paid”."),
    ]
    if shown.coming is not None and shown.coming.on is not None:
        said = _(
            "Invoice {invoice}, {amount}, is announced for {day}: it is taken back if the bank still allows it, until the day before, and"
            " you pay it yourself then."
        )
        sentences.append(
            said.format(
                invoice=shown.coming.title,
                amount=formats.money(shown.coming.amount, language),
                day=formats.long_day(shown.coming.on, language),
            )
        )
    return {
        "title": _("Cancel automatic Pix?"),
        "sentences": sentences,
        "url": reverse("portal:mandate-cancel", args=[shown.mandate.public_id]),
        "action": _("Cancel automatic Pix"),
        "danger": True,
        "back": _("Keep it"),
        "back_url": reverse("portal:mandate"),
    }
