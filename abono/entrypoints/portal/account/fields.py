"""Fields that several pages about one's own account have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from abono.kernel.written import readable

KNOWN, NEW = "current-password", "new-password"  # what a browser may fill in


def password_field(label: Any, *, kind: str = KNOWN, **other: Any) -> forms.CharField:
    """As it was typed, spaces too."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": kind}),
        **{"error_messages": {"required": _("Type your password.")}, **other},
    )


class NameForm(forms.Form):
    """How somebody is called who has no account yet."""

    use_required_attribute = False
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name.")},
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not readable(name):
            raise forms.ValidationError(_("Write a name that can be read."))
        return name
