"""What somebody says of a new API key."""

from __future__ import annotations

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from abono.domain.identity import addresses as ranges
from abono.domain.identity.keys import METER, READ, WRITE
from abono.kernel.errors import Refusal
from abono.kernel.written import readable

SCOPES = (
    (READ, _("Read contracts, invoices and usage")),
    (METER, _("Hold and settle sends, tell of contacts")),
    (WRITE, _("Do what costs money: raise, pay, correct")),
)
LIVES = (("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")))
OVERLAPS = (
    ("0", _("At once")),
    ("1", _("After 1 hour")),
    ("24", _("After 24 hours")),
    ("168", _("After 7 days")),
)


class Addresses(forms.Form):
    """From where a key may come. Whoever leaves it empty binds it to nothing."""

    use_required_attribute = False
    addresses = forms.CharField(
        label=_("Works from these IP addresses only"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=format_lazy(
            _(
                "One on each line, up to {most}: an address or a range, IPv4 or IPv6, such as 203.0.113.7 or 2001:db8::/48. Empty: from anywhere."
            ),
            most=ranges.MOST,
        ),
    )

    def clean_addresses(self) -> tuple[str, ...]:
        try:
            return ranges.read(self.cleaned_data["addresses"])
        except Refusal as no:
            raise forms.ValidationError(gettext(no.message).format(**no.facts)) from no


class NewKey(Addresses):
    """`key` names the key that comes of it, so that a second press makes no second one."""

    use_required_attribute = False
    key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("To tell it from others: which program has it."),
        error_messages={"required": _("Write which program gets it.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=SCOPES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    days = forms.ChoiceField(label=_("Works for"), choices=LIVES)
    field_order = ("key", "name", "scopes", "days", "addresses")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not readable(name):
            raise forms.ValidationError(_("Write a name that can be read."))
        return name


class Rotate(forms.Form):
    key = forms.UUIDField()
    hours = forms.ChoiceField(choices=OVERLAPS)
