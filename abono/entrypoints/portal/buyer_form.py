"""What an organization says of itself on a form: its name, tax id, postal address and financial contact (CON-2, ACC-1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from abono.domain.customers import addresses, rules
from abono.domain.customers.errors import GenericTaxId, InvalidTaxId, UnreadableName, WrongAddress
from abono.domain.customers.types import Address
from abono.kernel.written import mailable, readable

_ADDRESS = {name: _(label) for name, label in WrongAddress.labels.items()}


def _name(text: str) -> None:
    """Names go on invoices and into e-mails."""
    if not readable(text):
        raise ValidationError(gettext(UnreadableName.message))


class MailField(forms.CharField):
    """An address that mail can reach, in the form in which it is mailed: with the DNS name of its domain."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        found = mailable(typed)
        if typed and found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found or typed


def text(label: Any, *, most: int, autocomplete: str, hint: Any = "", name: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=hint,
        validators=[_name] if name else [],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": _("Type it to go on.")},
    )


def mail(label: Any, *, autocomplete: str, hint: Any = "") -> MailField:
    return MailField(
        label=label,
        max_length=254,
        help_text=hint,
        widget=forms.EmailInput(attrs={"autocomplete": autocomplete}),
        error_messages={
            "required": _("Type it to go on."),
            "invalid": _("Type an address like name@company.com."),
        },
    )


def _part(label: Any, name: str, *, autocomplete: str, hint: Any = "") -> forms.CharField:
    """A part of the postal address; which are needed, the country says."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=addresses.MOST[name] * 2,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
    )


class BuyerForm(forms.Form):
    """The fields; `for_country` and `clean_buyer` make them those of a country."""

    use_required_attribute = False  # ours say more than the browser's, in the page's language

    legal_name = text(
        _("Legal name"),
        most=160,
        autocomplete="organization",
        hint=_("As it is registered: it stands so on the invoices."),
    )
    tax_id = text("", most=40, autocomplete="off", hint=_("With or without dots and dashes."), name=False)
    street = _part(_ADDRESS["street"], "street", autocomplete="address-line1")
    number = _part(_ADDRESS["number"], "number", autocomplete="off")
    complement = _part(
        _ADDRESS["complement"], "complement", autocomplete="address-line2", hint=_("Floor, room, building.")
    )
    district = _part(_ADDRESS["district"], "district", autocomplete="address-level3")
    city = _part(_ADDRESS["city"], "city", autocomplete="address-level2")
    region = _part(_ADDRESS["region"], "region", autocomplete="address-level1")
    postal_code = _part(_ADDRESS["postal_code"], "postal_code", autocomplete="postal-code")
    financial_name = text(_("Name of the financial contact"), most=120, autocomplete="off")
    financial_email = mail(
        _("E-mail of the financial contact"), autocomplete="off", hint=_("Gets invoices and warnings.")
    )

    def for_country(self, country: str) -> None:
        """The country says how its tax id and the parts of an address are called, and which of them are needed."""
        self.fields["tax_id"].label = tax_id_label(country)
        known = addresses.needs(country)
        for name in addresses.MOST:
            self.fields[name].required = name in ("street", "city", *known.needed)
            self.fields[name].error_messages["required"] = _("Type it to go on.")
        self.fields["region"].label = gettext(known.region)
        self.fields["postal_code"].label = code_label(known.code_name)

    def clean_buyer(self, country: str, cleaned: dict[str, Any]) -> None:
        """Puts the compact tax id, and the tidy `address`, among what was cleaned."""
        if cleaned.get("tax_id"):
            try:
                cleaned["tax_id"] = rules.compact_tax_id(country, cleaned["tax_id"])
            except (InvalidTaxId, GenericTaxId) as wrong:
                self.add_error("tax_id", gettext(wrong.message).format(**wrong.facts))
        typed = Address(**{name: str(cleaned.get(name, "")) for name in addresses.MOST})
        cleaned["address"] = addresses.tidy(country, typed)
        for name, (message, facts) in addresses.wrong(country, cleaned["address"]).items():
            if name not in self.errors:
                self.add_error(name, gettext(message).format(**facts))


def tax_id_label(country: str) -> SafeString:
    """`Tax id (NIT)`; the name in brackets follows the country."""
    name = f" ({rules.COUNTRIES[country][0]})" if country in rules.COUNTRIES else ""
    return format_html("{}<span data-tax-id-name>{}</span>", _("Tax id"), name)


def code_label(name: str) -> SafeString:
    """`Postal code (CEP)`; the name in brackets follows the country."""
    return format_html("{}<span data-code-name>{}</span>", _("Postal code"), f" ({name})" if name else "")
