"""An application that makes codes, and recovery codes for the day on which it is lost (ACC-3)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import flows as totp
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.domain.identity import actions as identity
from abono.domain.identity import factors
from abono.domain.notices import letters
from abono.entrypoints.portal.account import second, told
from abono.entrypoints.site import errors, flash, sessions
from abono.platform import clock
from abono.platform.use_case import one_transaction


class AddForm(ActivateTOTPForm):  # type: ignore[misc]
    """The library's, in our words."""

    use_required_attribute = False

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        code = self.fields["code"]
        code.label = gettext_lazy("Code that the application shows")
        code.widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
        code.error_messages["required"] = gettext_lazy("Type the code.")


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The secret is in the session until a code proves that the application has it."""
    person_id = sessions.person_of(request)
    if factors.of(person_id).codes_since is not None:
        return redirect("portal:security")
    form, wait = second.checked(request, person_id, partial(AddForm, user=request.user))
    if wait:
        return errors.too_many(request, wait=wait)
    if form.is_bound and form.is_valid():
        with one_transaction():
            _made, recovery_codes = totp.activate_totp(request, form)
            note(request, "factor.added", "codes", letters.FACTOR_ADDED)
        sessions.proven(request, second=True)
        flash.done(request, _("Your application makes the codes from now on."))
        return redirect("portal:recovery-codes" if recovery_codes else "portal:security")
    context = {
        "form": form,
        "frame": told.frame(request),
        "secret": form.secret,
        **_picture(request, form.secret),
    }
    return render(request, "portal/account/codes_add.html", context, status=422 if form.errors else 200)


def _picture(request: HttpRequest, secret: str) -> dict[str, str]:
    adapter = get_adapter()
    address = adapter.build_totp_url(request.user, secret)
    drawn = base64.b64encode(adapter.build_totp_svg(address).encode()).decode()
    return {"address": address, "picture": f"data:image/svg+xml;base64,{drawn}"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest) -> HttpResponse:
    found = factors.application(sessions.person_of(request))
    said = _("The application is removed: its codes serve no more.")
    return removed(request, found, totp.deactivate_totp, kind="codes", said=said)


def removed(
    request: HttpRequest,
    found: Authenticator | None,
    remove_it: Callable[[HttpRequest, Authenticator], object],
    *,
    kind: str,
    said: str,
    name: str = "",
) -> HttpResponse:
    """GET asks, POST does it. Whoever works for the seller keeps at least one second factor."""
    if found is None or not get_adapter().can_delete_authenticator(found):
        return redirect("portal:security")
    if request.method == "POST":
        with one_transaction():
            remove_it(request, found)
            note(request, "factor.removed", kind, letters.FACTOR_REMOVED)
        sessions.lost_factor(request)
        flash.done(request, said)
        return redirect("portal:security")
    last = factors.of(sessions.person_of(request)).one_left
    context = {"frame": told.frame(request), "name": name, "last": last}
    return render(request, "portal/account/factor_remove.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shown once, when they were made; who lost them makes new ones, and the old ones serve no more."""
    if not factors.has_second(sessions.person_of(request)):
        return redirect("portal:security")
    if request.method == "POST":
        with one_transaction():
            recovery.generate_recovery_codes(request)
            note(request, "factor.codes_made", "recovery_codes", letters.FACTOR_ADDED)
        return redirect("portal:recovery-codes")
    made, shown = recovery.view_recovery_codes(request)
    context = {
        "frame": told.frame(request),
        "codes": made.get_unused_codes() if made is not None and shown else [],
        "left": 0 if made is None else len(made.get_unused_codes()),
    }
    return render(request, "portal/account/recovery_codes.html", context)


def note(request: HttpRequest, event: str, kind: str, letter: str) -> None:
    """Write down what changed, and tell the account's owner by mail."""
    person_id, actor = sessions.person_of(request), sessions.actor_of(request)
    identity.note(name=event, person_id=person_id, actor=actor, now=clock.now(), data={"kind": kind})
    told.person(request, letter)
