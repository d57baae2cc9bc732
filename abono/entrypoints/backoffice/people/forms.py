"""Who is let into the back office, and as what."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from abono.domain.identity.roles import Role
from abono.entrypoints.site.design.words import ROLES
from abono.flows.forget_factors import MOST_WHY
from abono.kernel.written import mailable, readable


class Roles(forms.Form):
    """What somebody works as: at least one."""

    use_required_attribute = False
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role.value, ROLES[role.value][0]) for role in Role],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role.")},
    )

    @property
    def chosen(self) -> frozenset[Role]:
        return frozenset(Role(one) for one in self.cleaned_data["roles"])


class Invite(Roles):
    """Somebody new."""

    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Write the name of the person.")}
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("They get a link there to choose a password."),
        error_messages={"required": _("Write the e-mail address of the person.")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    field_order = ("name", "email", "language", "roles")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not readable(name):
            raise forms.ValidationError(_("Write a name that can be read."))
        return name

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        if mailable(address) is None:
            raise forms.ValidationError(_("No mail can reach this address."))
        return address


class Lost(forms.Form):
    """Why somebody's second proof is removed."""

    use_required_attribute = False
    why = forms.CharField(
        label=_("Reason"),
        max_length=MOST_WHY,
        help_text=_("How you made sure that it is them. It stays in the record."),
        error_messages={"required": _("Say why, and how you made sure that it is them.")},
    )
