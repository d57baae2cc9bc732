"""A coupon as somebody of the seller types it, and what is done with one (INV-8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.contracts.types import ContractInfo
from abono.domain.coupons.types import NewCoupon
from abono.entrypoints.site.design.amounts import read_micro
from abono.entrypoints.site.fields import ContractNumber, Reason
from abono.kernel.ids import parse
from abono.kernel.money import CURRENCIES, MICRO, micro_per_minor
from abono.kernel.periods import day_start

_PAIR = re.compile(r"([A-Za-z]{3})\s+(.+)")


class Why(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why: it stays in the record.")},
    )


class TakeBack(forms.Form):
    use_required_attribute = False
    why = Reason()
    contract = forms.CharField(widget=forms.HiddenInput, max_length=40)
    contract_id: UUID
    whole = forms.BooleanField(
        label=gettext_lazy("As if it had never had it: the next invoice asks for what was taken off"),
        required=False,
    )

    def clean_contract(self) -> str:
        """Raises Http404: nobody types it."""
        text: str = self.cleaned_data["contract"]
        key = parse("ctr", text)
        if key is None:
            raise Http404(text)
        self.contract_id = key
        return text

    @property
    def seen(self) -> str:
        """What was looked at: whoever wants something else afterwards looks again."""
        return f"{self.cleaned_data['contract']} {self.cleaned_data['whole']}"


class Redeem(forms.Form):
    use_required_attribute = False
    number = ContractNumber()

    @property
    def seen(self) -> str:
        """As that of `TakeBack`."""
        number: str = self.found.number
        return number

    @property
    def found(self) -> ContractInfo:
        contract: ContractInfo = self.cleaned_data["number"]
        return contract


class Make(Why):
    """Percent or amounts; what is empty is no condition."""

    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        label=gettext_lazy("Code"),
        max_length=30,
        error_messages={
            "required": gettext_lazy("Write a code."),
            "invalid": gettext_lazy("Write letters without accents, digits, - and _."),
        },
    )
    percent = forms.CharField(label=gettext_lazy("Percent of the fees"), max_length=10, required=False)
    amounts = forms.CharField(
        label=gettext_lazy("Or an amount of each cycle"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For each currency, like “BRL 50; USD 10”."),
    )
    cycles = forms.IntegerField(
        label=gettext_lazy("For how many cycles"),
        min_value=1,
        max_value=1_200,
        required=False,
        help_text=gettext_lazy("Empty: for all that come."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Valid through"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    plans = forms.MultipleChoiceField(
        label=gettext_lazy("Off the fees of these plans"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("No plan and no package: off all fixed fees."),
    )
    packages = forms.MultipleChoiceField(
        label=gettext_lazy("Off the fees of these packages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries of buyers"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Two letters each, like “BR, CO”. Empty: all."),
    )
    first_only = forms.BooleanField(
        label=gettext_lazy("Only for organizations that never had a contract"), required=False
    )
    most = forms.IntegerField(
        label=gettext_lazy("Contracts in all, at most"), min_value=1, max_value=10**9, required=False
    )
    most_each = forms.IntegerField(
        label=gettext_lazy("Times for one organization"), min_value=1, max_value=1_000, initial=1
    )
    field_order = (
        "code",
        "percent",
        "amounts",
        "cycles",
        "valid_from",
        "valid_until",
        "plans",
        "packages",
        "countries",
        "first_only",
        "most",
        "most_each",
        "why",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        language: str,
        zone: str,
        plans: Sequence[tuple[str, str]],
        packages: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.language, self.zone = language, zone
        for name, choices in (("plans", plans), ("packages", packages)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = list(choices)

    def clean_percent(self) -> int | None:
        text = self.cleaned_data["percent"].strip().rstrip("%").strip().replace(",", ".")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", text) or not 0 < Decimal(text) <= 100:
            raise forms.ValidationError(_("Write a number of percent, at most 100."))
        return int(Decimal(text) * MICRO / 100)

    def clean_amounts(self) -> dict[str, int] | None:
        found = {}
        for part in filter(None, map(str.strip, self.cleaned_data["amounts"].split(";"))):
            pair = _PAIR.fullmatch(part)
            currency = "" if pair is None else pair[1].upper()
            micro = None
            if pair is not None and currency in CURRENCIES:
                micro = read_micro(pair[2], currency=currency, language=self.language)
            if not micro or micro % micro_per_minor(currency) or micro > 10**15:
                raise forms.ValidationError(_("Write a currency and an amount, like “BRL 50; USD 10”."))
            found[currency] = micro // micro_per_minor(currency)
        return found or None

    def clean_countries(self) -> tuple[str, ...]:
        codes = self.cleaned_data["countries"].replace(",", " ").upper().split()
        if any(re.fullmatch("[A-Z]{2}", code) is None for code in codes):
            raise forms.ValidationError(_("Write two letters for each country, like “BR, CO”."))
        return tuple(dict.fromkeys(codes))

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        both = told.get("percent") is not None and told.get("amounts") is not None
        neither = "percent" in told and "amounts" in told and not (told["percent"] or told["amounts"])
        if both or neither:
            self.add_error("percent", _("Write a number of percent or amounts, and not both."))
        since, until = told.get("valid_from"), told.get("valid_until")
        if since and until and since > until:
            self.add_error("valid_until", _("It ends after it begins."))
        return told

    @property
    def new(self) -> NewCoupon:
        told = self.cleaned_data
        until = told["valid_until"]
        return NewCoupon(
            code=told["code"],
            rate_micro=told["percent"],
            amounts=told["amounts"],
            cycles=told["cycles"],
            valid_from=self._start(told["valid_from"]),
            valid_until=None if until is None else self._start(until + timedelta(days=1)),
            plans=tuple(told["plans"]),
            packages=tuple(told["packages"]),
            countries=told["countries"],
            first_only=told["first_only"],
            most=told["most"],
            most_each=told["most_each"],
        )

    def _start(self, day: date | None) -> datetime | None:
        return None if day is None else day_start(day, self.zone)
