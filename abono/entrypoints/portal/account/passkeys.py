"""Passkeys: added, removed, and used instead of a password, after one, or as a fresh factor (ACC-3)."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth, flows
from cryptography.exceptions import InvalidSignature
from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from abono.domain.identity import factors
from abono.domain.notices import letters
from abono.entrypoints.portal.account import again, codes, goes_on, told, tries
from abono.entrypoints.portal.account.second import stage_of
from abono.entrypoints.site import errors, flash, sessions
from abono.entrypoints.site.posted import posted
from abono.platform import clock
from abono.platform.use_case import one_transaction

# What the library lets through when somebody sends what no browser would.
_NONSENSE = (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error, InvalidSignature)


class AddForm(AddWebAuthnForm):  # type: ignore[misc]
    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("So that you know it again, such as “telephone” or “blue key”."),
        required=False,
        max_length=60,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and _right(form):
        with one_transaction():
            _made, recovery_codes = flows.add_authenticator(
                request, name=form.cleaned_data["name"], credential=form.cleaned_data["credential"]
            )
            codes.note(request, "factor.added", "passkey", letters.FACTOR_ADDED)
        sessions.proven(request, second=True)
        flash.done(request, _("Your passkey is added: with it you sign in without a password."))
        return redirect("portal:recovery-codes" if recovery_codes else "portal:security")
    wrong = request.method == "POST"
    options = {"creation_options": flows.begin_registration(request, request.user, True)}
    context = {"form": form, "frame": told.frame(request), "options": options, "wrong": wrong}
    return render(request, "portal/account/passkey_add.html", context, status=422 if wrong else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Of one's own; another person's does not exist."""
    found = factors.passkey(sessions.person_of(request), passkey_id)
    name = "" if found is None else found.wrap().name
    said = _("The passkey is removed: it lets nobody in any more.")
    return codes.removed(request, found, flows.remove_authenticator, kind="passkey", said=said, name=name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET tells the browser what to sign; POST is what it signed. There is no secret that could be guessed."""
    if request.method != "POST":
        return JsonResponse({"request_options": auth.begin_authentication(user=None)})
    if wait := tries.spend_passkey(request, now=clock.now()):
        return errors.too_many(request, wait=wait)
    form = LoginWebAuthnForm(request.POST)
    if not _right(form):
        flash.refused(request, _("This passkey is not known here. Sign in with your password."))
        return redirect("portal:sign-in")
    used = form.cleaned_data["credential"]
    clear_login(request)
    login = Login(user=used.user, redirect_url=goes_on.safe(request, goes_on.wish(request)))
    response: HttpResponse = flows.perform_passwordless_login(request, used, login)
    return response


@posted("mfa_authenticate")
def second(request: HttpRequest) -> HttpResponse:
    """Instead of a code, after the password."""
    stage = stage_of(request)
    if stage is None:
        return redirect("portal:sign-in")
    form, wait = _checked(request, AuthenticateWebAuthnForm, stage.login.user)
    if wait:
        return errors.too_many(request, wait=wait)
    if form is None:
        return redirect("mfa_authenticate")
    post_authentication(request, form.cleaned_data["credential"])
    response: HttpResponse = stage.exit()
    return response


@posted("account_reauthenticate")
def again_with_it(request: HttpRequest) -> HttpResponse:
    """A fresh factor."""
    form, wait = _checked(request, ReauthenticateWebAuthnForm, request.user)
    if wait:
        return errors.too_many(request, wait=wait)
    if form is None:
        return redirect("account_reauthenticate")
    flows.reauthenticate(request, form.cleaned_data["credential"])
    return again.proven(request, goes_on.wish(request), second_factor=True)


def _checked(request: HttpRequest, form_class: Any, user: Any) -> tuple[Any, timedelta]:
    """The form when it is right, else None; and how long to wait."""
    wait = tries.spend_code(user.pk, now=clock.now())
    if wait:
        return None, wait
    form = form_class(user=user, data=request.POST)
    if not _right(form):
        flash.refused(request, _("This passkey is not one of this account."))
        return None, wait
    tries.right_code(user.pk)
    return form, wait


def _right(form: forms.Form) -> bool:
    try:
        return form.is_valid()
    except _NONSENSE:
        return False
