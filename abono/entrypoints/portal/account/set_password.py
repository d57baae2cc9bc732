"""Choosing a password by the link in an e-mail: whoever opens it has shown that the address is theirs.

The token goes from the link into the session, and the browser on to a clean address: no log and no other page sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.internal.flows.password_reset import perform_password_reset_login
from allauth.account.internal.stagekit import clear_login
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.entrypoints.portal.account.fields import NEW, password_field
from abono.entrypoints.site import flash, sessions
from abono.entrypoints.site.links import reset_tokens, tokens
from abono.kernel.ids import parse
from abono.platform import clock

if TYPE_CHECKING:
    from abono.domain.identity.models import Person

SESSION_LINK = "password_link"


class SetPasswordForm(forms.Form):
    use_required_attribute = False

    password = password_field(
        _("New password"),
        kind=NEW,
        help_text=_("At least 8 characters, and nothing that is easy to guess."),
        error_messages={"required": _("Type a password.")},
    )
    again = password_field(
        _("The same password again"),
        kind=NEW,
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


@never_cache
@require_safe
def link(request: HttpRequest, person_id: str, token: str) -> HttpResponse:
    """From the mail to a clean address. What it is worth is looked at there."""
    request.session[SESSION_LINK] = [person_id, token]
    return redirect("portal:choose-password")


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest) -> HttpResponse:
    """A link serves once, for three days or an hour; a used, old or made-up one all lead to the same words."""
    person = _linked(request)
    if person is None:
        context = {"seller": settings.ABONO_SELLER}
        return render(request, "portal/account/set_password_invalid.html", context, status=404)
    form = SetPasswordForm(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        request.session.pop(SESSION_LINK, None)
        _leave(request, person)
        identity.choose_password(
            person_id=person.id,
            password=form.cleaned_data["password"],
            keep=sessions.key_of(request),
            actor=f"person:{person.id}",
            now=clock.now(),
        )
        flash.done(request, gettext("Your password is set."))
        # A second factor is still asked for: a mail alone opens no account that has one.
        response: HttpResponse = perform_password_reset_login(
            request, queries.person(person.id), email=person.email
        )
        return response
    shown = {"form": form, "person": person}
    return render(request, "portal/account/set_password.html", shown, status=422 if form.errors else 200)


def _linked(request: HttpRequest) -> Person | None:
    """Whose password the link in the session sets; None when it sets nobody's."""
    person_id, token = request.session.get(SESSION_LINK) or ("", "")
    key = parse("usr", person_id)
    person = None if key is None else queries.person(key)
    if person is None or not person.is_active:
        return None
    return person if any(of.check_token(person, token) for of in (tokens, reset_tokens)) else None


def _leave(request: HttpRequest, person: Person) -> None:
    """Whoever is signed in here leaves, if they are somebody else; what they began to sign in with is forgotten."""
    if request.user.is_authenticated and request.user.pk != person.id:
        sessions.end(request)
    clear_login(request)
