"""Choosing a password by the link in an e-mail: whoever opens it has shown that the address is theirs."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.entrypoints.site import flash
from abono.entrypoints.site.links import start_of, tokens
from abono.kernel.ids import parse

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SetPasswordForm(forms.Form):
    use_required_attribute = False

    password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 8 characters, and nothing that is easy to guess."),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Type a password.")},
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Type it a second time.")},
    )

    def __init__(self, person: object, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self._person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self._person)  # type: ignore[arg-type]
        return password

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise ValidationError(_("This is not the same as above."))
        return again


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, person_id: str, token: str) -> HttpResponse:
    """A link serves once and for three days; a used, old or made-up one all lead to the same words."""
    key = parse("usr", person_id)
    person = None if key is None else queries.person(key)
    valid = person is not None and person.is_active and tokens.check_token(person, token)
    if person is None or not valid:
        context = {"seller": settings.ABONO_SELLER}
        return render(request, "portal/account/set_password_invalid.html", context, status=404)
    form = SetPasswordForm(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        identity.set_password(person_id=person.id, password=form.cleaned_data["password"])
        login(request, queries.person(person.id), backend=BACKEND)
        flash.done(request, gettext("Your password is set, and you are signed in."))
        return redirect(start_of(person.id))
    shown = {"form": form, "person": person}
    return render(request, "portal/account/set_password.html", shown, status=422 if form.errors else 200)
