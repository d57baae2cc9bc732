"""Usage › Limits of your own: a cap on each cycle and a budget per channel (LIM-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.identity.types import Profile
from abono.domain.metering import own_limits as metering
from abono.domain.metering import queries
from abono.domain.metering.own_limits import OwnLimits
from abono.entrypoints.portal.own_limits import amounts
from abono.entrypoints.portal.own_limits.shown import own_limit_rows
from abono.entrypoints.site import flash
from abono.entrypoints.site.access import Visitor
from abono.entrypoints.site.refusals import answered
from abono.flows.limits.set_own import set_own_limits
from abono.platform import formats
from abono.platform.clock import shifted

PREFIX = "channel-"  # of the names of the fields of budgets


class Amount(forms.CharField):
    """An amount of the contract's currency, cleaned to millionths; empty is none."""

    def __init__(self, *, label: str, currency: str, language: str, hint: str = "") -> None:
        super().__init__(
            label=label,
            required=False,
            max_length=40,
            strip=True,
            help_text=hint,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        self.currency, self.language = currency, language

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = amounts.read_micro(text, currency=self.currency, language=self.language)
        if found is None:
            sample = amounts.typed(1_500_500_000, currency=self.currency, language=self.language)
            raise forms.ValidationError(
                _("Write an amount like {sample}, or leave it empty.").format(sample=sample)
            )
        if found > metering.MOST_MICRO:
            raise forms.ValidationError(_("That is more than can be counted. Leave it empty for no limit."))
        return found


class OwnLimitsForm(forms.Form):
    """A field for the cap, and one for each channel."""

    use_required_attribute = False

    def __init__(
        self, data: Mapping[str, str] | None, *, contract: ContractInfo, limits: OwnLimits, language: str
    ) -> None:
        super().__init__(data)
        currency = contract.currency
        self.fields["cap"] = Amount(
            label=_("Cap on each cycle, in {currency}").format(currency=currency),
            currency=currency,
            language=language,
            hint=_("All channels together. Leave it empty for none."),
        )
        self.initial["cap"] = amounts.typed(limits.cap_micro, currency=currency, language=language)
        for channel in catalog.channels(language=language):
            name = PREFIX + channel.code
            self.fields[name] = Amount(label=channel.label, currency=currency, language=language)
            self.initial[name] = amounts.typed(
                limits.budgets.get(channel.code), currency=currency, language=language
            )

    @property
    def channels(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def cap_micro(self) -> int | None:
        found: int | None = self.cleaned_data["cap"]
        return found

    @property
    def budgets(self) -> dict[str, int]:
        named = {
            name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if name != "cap"
        }
        return {channel: value for channel, value in named.items() if value is not None}


@require_safe
def page(request: Visitor) -> HttpResponse:
    """What is limited and what is left of it; Administrators have the form below."""
    contract = contracts.served(request.visit.customer_id)
    if contract is None:
        return render(request, "portal/usage/none.html", {"contract": None})
    return _show(request, contract, None)


@require_POST
@answered
def save(request: Visitor) -> HttpResponse:
    """Put what was typed in the place of the limits before."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    contract = contracts.served(visit.customer_id)
    if contract is None:
        raise Http404("no contract")
    form = _form(request, contract, request.POST.dict())
    if not form.is_valid():
        return _show(request, contract, form)
    set_own_limits(
        contract_id=contract.id,
        customer_id=visit.customer_id,
        cap_micro=form.cap_micro,
        budgets=form.budgets,
        actor=visit.actor,
        now=now,
    )
    flash.done(request, _said(form, contract, visit.language))
    return redirect("portal:own-limits")


def _form(request: Visitor, contract: ContractInfo, data: Mapping[str, str] | None) -> OwnLimitsForm:
    limits = metering.own_limits(contract.id)
    return OwnLimitsForm(data, contract=contract, limits=limits, language=request.visit.language)


def _show(request: Visitor, contract: ContractInfo, form: OwnLimitsForm | None) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    balance = queries.find_balance(contract_id=contract.id, at=now)
    context = {
        "contract": contract,
        "balance": balance,
        "rows": [] if balance is None else own_limit_rows(balance, contract.currency, visit.language),
        "above": balance is not None and balance.cap_micro is not None and balance.cap_micro > balance.ceiling_micro,
        "form": form or _form(request, contract, None),
        "may_edit": visit.profile == Profile.ADMINISTRATOR.value,
        "changed_at": _changed_at(contract),
    }  # fmt: skip
    return render(request, "portal/own_limits/page.html", context, status=422 if form else 200)


def _changed_at(contract: ContractInfo) -> datetime | None:
    return metering.own_limits(contract.id).changed_at


def _said(form: OwnLimitsForm, contract: ContractInfo, language: str) -> str:
    """What holds from now on, in one sentence."""
    if form.cap_micro is None and not form.budgets:
        return _("There are no limits of your own any more. The limit of the contract stays.")
    if form.cap_micro is None:
        return _("The budgets hold from now on, in this cycle and in each one after it.")
    return _("From now on no send passes {cap} in a cycle.").format(
        cap=formats.micro(form.cap_micro, contract.currency, language)
    )
