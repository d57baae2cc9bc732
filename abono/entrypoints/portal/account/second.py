"""The second half of signing in: a code of an application, or a recovery code (ACC-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.domain.identity import actions as identity
from abono.domain.identity import factors
from abono.entrypoints.portal.account import tries
from abono.entrypoints.site import errors
from abono.entrypoints.site.design.words import Text
from abono.platform import clock

WRONG = _("This code is not right, or was used before. Wait for the next one and type it.")

HINTS: dict[
    tuple[bool, bool], Text
] = {  # whether there is an application that makes codes, and whether recovery codes are left
    (True, True): _("Six digits from your application, or one of your recovery codes."),
    (True, False): _("Six digits from your application."),
    (False, True): _("One of your recovery codes."),
    (False, False): "",
}


class CodeForm(forms.Form):
    """A code of the person's application, or one of their recovery codes; each serves once."""

    use_required_attribute = False

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Type the code.")},
    )

    def __init__(self, person_id: UUID, own: factors.Factors, data: Any = None) -> None:
        super().__init__(data)
        self.fields["code"].help_text = str(HINTS[own.codes_since is not None, own.recovery_codes > 0])
        self.person_id = person_id
        self.used: Authenticator | None = None

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        for factor in factors.codes(self.person_id):
            if factor.wrap().validate_code(code):
                self.used = factor
                return code
        raise ValidationError(WRONG)


def offered(person: Any, own: factors.Factors) -> dict[str, Any]:
    """What a person may prove themselves with, what their browser is to sign where that is a passkey, and whom they write to
    when all of it is lost."""
    options = {"request_options": begin_authentication(person)} if own.passkeys else {}
    return {"factors": own, "options": options, "seller": settings.ABONO_SELLER}


def checked[F: forms.Form](
    request: HttpRequest, person_id: UUID, form_of: Callable[[Any], F], *, failed: str = ""
) -> tuple[F, timedelta]:
    """The form as it was sent, and how long to wait when there were too many tries before it.

    failed   the event of a wrong one; nothing for a form in which nobody is guessed
    """
    if request.method != "POST":
        return form_of(None), timedelta()
    form, wait = form_of(request.POST), tries.spend_code(person_id, now=clock.now())
    if wait:
        return form, wait  # nobody has looked at it
    if form.is_valid():
        tries.right_code(person_id)
    elif failed:
        identity.note(name=failed, person_id=person_id, actor="system", now=clock.now())
    return form, wait


def checked_code(request: HttpRequest, person_id: UUID, own: factors.Factors) -> tuple[CodeForm, timedelta]:
    return checked(request, person_id, partial(CodeForm, person_id, own), failed="sign_in.code_failed")


def stage_of(request: HttpRequest) -> AuthenticateStage | None:
    """Where whoever has just given the right password stands; None for everybody else."""
    if request.user.is_authenticated:
        return None
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    return None if stage is None or stage.login.user is None else stage


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Only who has just given the right password comes here; a quarter of an hour later they begin anew."""
    stage = stage_of(request)
    if stage is None:
        return redirect("portal:sign-in")
    person_id = stage.login.user.pk
    own = factors.of(person_id)
    if (
        "begin_anew" in request.POST or not own.second
    ):  # all of it was removed meanwhile: the password is enough
        clear_login(request)
        return redirect("portal:sign-in")
    form, wait = checked_code(request, person_id, own)
    if wait:
        return errors.too_many(request, wait=wait)
    if form.is_bound and form.used is not None:
        form.used.user = stage.login.user
        post_authentication(request, form.used)
        response: HttpResponse = stage.exit()
        return response
    context = {"form": form, **offered(stage.login.user, own)}
    return render(request, "portal/account/second.html", context, status=422 if form.errors else 200)
