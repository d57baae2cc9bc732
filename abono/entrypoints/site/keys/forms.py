"""What somebody says of a new API key."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from abono.domain.identity.keys import METER, READ, WRITE
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


class NewKey(forms.Form):
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

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not readable(name):
            raise forms.ValidationError(_("Write a name that can be read."))
        return name


class Rotate(forms.Form):
    key = forms.UUIDField()
    hours = forms.ChoiceField(choices=OVERLAPS)
