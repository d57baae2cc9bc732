"""What is typed on the pages of people."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from abono.domain.customers.errors import UnmailableAddress
from abono.domain.identity.states import MemberState
from abono.domain.identity.types import Profile
from abono.entrypoints.site.shell import PROFILES
from abono.kernel.written import mailable

INVITED, DEACTIVATED = "invited", MemberState.DEACTIVATED.value
_SAYS = {
    Profile.ADMINISTRATOR: _("Everything of the organization: contract, money, people."),
    Profile.VIEWER: _("Reads Home, use and invoices; changes nothing."),
    Profile.AGENT: _("Works in the software; here only notices and their own profile."),
}


class Search(forms.Form):
    """Whom the list shows."""

    use_required_attribute = False
    text = forms.CharField(
        label=_("Name or e-mail"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("All members")),
            *PROFILES.items(),
            (DEACTIVATED, _("Deactivated")),
            (INVITED, _("Invited, not answered")),
        ],
    )


def _profiles() -> list[tuple[str, object]]:
    return [(profile.value, _Said(PROFILES[profile.value], _SAYS[profile])) for profile in Profile]


class _Said:
    """The name of a profile, and what it is for."""

    def __init__(self, name: object, says: object) -> None:
        self._name, self._says = name, says

    def __str__(self) -> str:
        return f"{self._name}: {self._says}"


class NewProfile(forms.Form):
    use_required_attribute = False
    profile = forms.ChoiceField(
        label=_("Profile"),
        choices=_profiles,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the person may do.")},
    )

    @property
    def chosen(self) -> Profile:
        return Profile(self.cleaned_data["profile"])


class Invite(NewProfile):
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The invitation goes there. Only who reads that mailbox can accept it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the e-mail address of the person.")},
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of the mail, and of the pages at first."),
    )
    field_order = ("email", "profile", "language")

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        found = mailable(typed)
        if found is None:
            raise forms.ValidationError(gettext(UnmailableAddress.message).format(address=typed[:80]))
        return found
