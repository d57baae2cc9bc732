"""What a contract needs to know of the organization and its people (CON-2), field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from abono.domain.contracts.errors import CurrencyOfCountry
from abono.domain.contracts.types import MOST_LICENCES
from abono.domain.customers import addresses, rules
from abono.domain.customers.types import LANGUAGES, NewCustomer
from abono.entrypoints.portal.buyer_form import BuyerForm, mail, text
from abono.entrypoints.site.design import places
from abono.flows.signup import terms
from abono.flows.signup.currency import require_currency
from abono.flows.signup.sign import Administrator
from abono.platform import clock, formats

UNWRITABLE = "\N{REPLACEMENT CHARACTER}"  # what stands for a NUL, which no database keeps
LONGEST = 20_000  # characters of one field that are kept while the person corrects it


def typed(data: QueryDict) -> dict[str, str]:
    """What was typed in the fields of the form, kept whether it is right or not."""
    return {name: data.get(name, "").replace("\0", UNWRITABLE)[:LONGEST] for name in DetailsForm.base_fields}


def accepted_versions() -> dict[str, str]:
    """What a tick may stand for: the version and language of the text that was shown; its language."""
    return {f"{terms.VERSION} {language}": language for language in LANGUAGES}


class CountrySelect(forms.Select):
    """Each country says how its tax id is called: the page's label follows it."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in rules.COUNTRIES:
            known = addresses.needs(str(value))
            option["attrs"] |= {
                "data-tax-id": rules.COUNTRIES[str(value)][0],
                "data-region": gettext(known.region),
                "data-code": known.code_name,
                "data-needed": " ".join(known.needed),
            }
        return option


class DetailsForm(BuyerForm):
    """All errors stand at their fields; `customer` and `administrator` give what was cleaned."""

    field_order = (
        "legal_name",
        "country",
        "tax_id",
        "time_zone",
        *addresses.MOST,
        "administrator_name",
        "administrator_email",
        "same_person",
    )

    country = forms.ChoiceField(
        label=_("Country"),
        widget=CountrySelect(attrs={"autocomplete": "country"}),
        error_messages={
            "required": _("Choose the country of the organization."),
            "invalid_choice": _("Choose a country of the list: we sell to these."),
        },
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("The days of your contract begin and end at midnight there."),
        error_messages={"invalid_choice": _("Choose a time zone of the list.")},
    )
    administrator_name = text(_("Name of the administrator"), most=120, autocomplete="name")
    administrator_email = mail(
        _("E-mail of the administrator"),
        autocomplete="email",
        hint=_("To sign in with. The link to choose a password goes there."),
    )
    same_person = forms.BooleanField(label=_("The same person answers for payment"), required=False)
    coupon = forms.CharField(
        label=_("Coupon"),
        max_length=30,
        required=False,
        widget=forms.TextInput(
            attrs={"form": "details", "autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    licences = forms.IntegerField(
        label=_("Extra licences"),
        required=False,
        min_value=0,
        max_value=MOST_LICENCES,
        help_text=_("Beside those that the plan includes."),
        widget=forms.NumberInput(attrs={"form": "details", "autocomplete": "off"}),
    )
    accept = forms.BooleanField(
        label=_("I have read the terms and accept them"),
        error_messages={"required": _("Accept the terms to go on.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        currency: str,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=None if initial is None else dict(initial))
        language = get_language() or "en"
        self.currency, self.contracts_in = currency, ""
        country = self._given("country")
        self._choose("country", [("", _("Choose…")), *places.countries(language)])
        self._choose("time_zone", [("", _("The usual one of the country")), *places.time_zones(language)])
        self.for_country(country)
        self.fields["accept"].widget.attrs["value"] = f"{terms.VERSION} {language}"
        if self._given("accept") not in accepted_versions():
            self.initial["accept"] = ""

    def _choose(self, name: str, choices: Iterable[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def _given(self, name: str) -> str:
        given = self.data.get(name) if self.is_bound else self.initial.get(name)
        return str(given or "")

    def clean(self) -> dict[str, Any]:
        cleaned = dict(self.cleaned_data)
        if cleaned.get("same_person"):
            for part in ("name", "email"):
                self.errors.pop(f"financial_{part}", None)  # what stands there is not asked for
                cleaned[f"financial_{part}"] = cleaned.get(f"administrator_{part}", "")
        country = cleaned.get("country")
        if country:
            cleaned["time_zone"] = cleaned.get("time_zone") or rules.COUNTRIES[country][2]
        if country:
            self._clean_currency(country)
        if country:
            self.clean_buyer(country, cleaned)
        return cleaned

    def _clean_currency(self, country: str) -> None:
        """Another than the country contracts in: `contracts_in` says which (CAT-14)."""
        try:
            require_currency(country, self.currency, at=clock.now())
        except CurrencyOfCountry as wrong:
            self.contracts_in = wrong.currency
            name = formats.country_name(country, get_language() or "en")
            self.add_error("country", gettext(wrong.message).format(country=name, currency=wrong.currency))

    def clean_accept(self) -> bool:
        if self._given("accept") not in accepted_versions():
            raise ValidationError(_("The terms changed since you read them. Read and accept them again."))
        return True

    @property
    def administrator(self) -> Administrator:
        clean = self.cleaned_data
        return Administrator(clean["administrator_name"], clean["administrator_email"].lower())

    @property
    def customer(self) -> NewCustomer:
        """The organization, in the language in which the terms were accepted."""
        language = accepted_versions()[self._given("accept")]
        facts = (
            "legal_name",
            "country",
            "tax_id",
            "time_zone",
            "financial_name",
            "financial_email",
            "address",
        )
        return NewCustomer(language=language, **{fact: self.cleaned_data[fact] for fact in facts})
