"""A tax that buyers withhold as somebody of the seller types it (PAY-6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing.labels import fiscal_label
from abono.domain.invoicing.states import FiscalType
from abono.domain.withholding.types import NewRate
from abono.entrypoints.site.design.amounts import read_micro, typed
from abono.entrypoints.site.design.places import countries
from abono.entrypoints.site.fields import ContractNumber, Reason, day_field, seen
from abono.kernel.ids import uuid7
from abono.kernel.money import MICRO, micro_per_minor

BUYERS = (("company", gettext_lazy("Companies")), ("person", gettext_lazy("People")))
_ANY = ("", pgettext_lazy("buyers", "All"))
_CURRENCY = "BRL"  # any with two decimals: a rate has none


class _OneOrNone(ContractNumber):
    """No number is no contract."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) if str(value or "").strip() else None


class Rate(forms.Form):
    """`rate` names what comes of it, so that a second press of the button sets no second one."""

    use_required_attribute = False
    rate = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    name = forms.CharField(
        label=gettext_lazy("Name of the tax"),
        max_length=30,
        validators=[seen],
        help_text=gettext_lazy(
            "Both sides read it. Taxes that go to the tax office together may be one: “CSRF”."
        ),
        error_messages={"required": gettext_lazy("Write the name of the tax.")},
    )
    percent = forms.CharField(
        label=gettext_lazy("Rate in %"),
        max_length=12,
        required=False,
        help_text=gettext_lazy(
            "0: it is not withheld any more. Empty, for one organization: as for everybody again."
        ),
    )
    from_date = day_field(
        gettext_lazy("From the day"),
        gettext_lazy("On which the customer pays. What was booked stays as it is."),
    )
    contract = _OneOrNone(
        required=False,
        help_text=gettext_lazy(
            "For its organization alone, instead of everybody’s rate of this name. Empty: for everybody."
        ),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country of the buyer"), required=False)
    buyer = forms.ChoiceField(
        label=gettext_lazy("Buyers"), required=False, choices=(_ANY, *BUYERS), initial="company"
    )
    fiscal_type = forms.ChoiceField(label=gettext_lazy("Fiscal type of the lines"), required=False)
    of_tax = forms.BooleanField(
        label=gettext_lazy("Reckoned of the taxes on top of the lines, not of the lines"), required=False
    )
    free_up_to = forms.CharField(
        label=gettext_lazy("Not withheld up to"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "So much of an invoice, or less, is paid instead, in the currency of the country. Empty: nothing."
        ),
    )
    why = Reason()

    def __init__(
        self, data: Mapping[str, Any] | None, *, language: str, currencies: Mapping[str, str]
    ) -> None:
        super().__init__(data, initial={"country": "BR"})
        self.language, self.currencies = language, currencies
        for name, choices in (
            ("country", ((("", _("Any country"))), *countries(language))),
            (
                "fiscal_type",
                (("", _("All lines")), *((one.value, fiscal_label(one, language)) for one in FiscalType)),
            ),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean_percent(self) -> Decimal | None:
        text: str = self.cleaned_data["percent"].strip().removesuffix("%").strip()
        if not text:
            return None
        micro = read_micro(text, currency=_CURRENCY, language=self.language)
        if micro is None or micro > 100 * MICRO or micro % 100:
            raise forms.ValidationError(
                _("Write a rate from 0 to 100, with four decimals at most, like {sample}.").format(
                    sample=typed(4_650_000, currency=_CURRENCY, language=self.language)
                )
            )
        return Decimal(micro) / MICRO

    def clean(self) -> dict[str, Any]:
        """An amount is read in the currency of the one organization, or of the country."""
        told = super().clean() or {}
        contract: ContractInfo | None = told.get("contract")
        if contract is None and told.get("percent", 0) is None:
            self.add_error("percent", _("Write a rate; 0 is one, too."))
        text = told.get("free_up_to") or ""
        currency = self.currencies.get(told.get("country", "")) if contract is None else contract.currency
        told["free_up_to_minor"] = 0
        if text and currency is None:
            self.add_error("free_up_to", _("Choose a country for that: it says in which currency."))
        elif text and currency is not None:
            micro = read_micro(text, currency=currency, language=self.language)
            if micro is None or micro > 10**15 or micro % micro_per_minor(currency):
                sample = typed(10_000_000, currency=currency, language=self.language)
                self.add_error("free_up_to", _("Write an amount like {sample}.").format(sample=sample))
            else:
                told["free_up_to_minor"] = micro // micro_per_minor(currency)
        return told

    @property
    def new(self) -> NewRate:
        told = self.cleaned_data
        one = told["contract"] is not None
        return NewRate(
            name=told["name"],
            percent=told["percent"],
            from_date=told["from_date"],
            country="" if one else told["country"],
            buyer="" if one else told["buyer"],
            fiscal_type=told["fiscal_type"],
            of_tax=told["of_tax"],
            free_up_to_minor=told["free_up_to_minor"],
        )
