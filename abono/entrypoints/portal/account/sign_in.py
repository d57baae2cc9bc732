"""Signing in and out, and the language that a person reads."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.entrypoints.portal.account import goes_on, sign_on, tries
from abono.entrypoints.portal.account.fields import password_field
from abono.entrypoints.site import errors, sessions
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.remembered import remember_language
from abono.kernel.written import one_form
from abono.platform import clock, events

PAUSED = "sign_in.paused"
NOBODY = _("The e-mail or the password is not right. Check both.")


class SignInForm(forms.Form):
    use_required_attribute = False

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": _("Type your e-mail.")},
    )
    password = password_field(_("Password"))


@sensitive_variables("form")
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password. A wrong one and an unknown one get the same answer; guessers wait (ACC-3)."""
    wanted = goes_on.wish(request)
    if request.method != "POST" and request.user.is_authenticated:
        return HttpResponseRedirect(goes_on.safe(request, wanted) or goes_on.start(request))
    form = SignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = one_form(form.cleaned_data["email"])
        if wait := tries.spend(request, email, now=clock.now()):
            _note_pause(email)
            return errors.too_many(request, wait=wait)
        person = get_adapter().authenticate(request, username=email, password=form.cleaned_data["password"])
        if person is not None:
            tries.right(request, email)
            clear_login(request)  # what somebody else began here
            login = Login(user=person, email=email, redirect_url=goes_on.safe(request, wanted))
            response: HttpResponse = perform_password_login(request, {"email": email}, login)
            return response
        tries.wrong()
        form.add_error(None, str(NOBODY))
    known = sign_on.remembered(request)
    context = {
        "form": form,
        "next": wanted,
        "sign_on": known,
        "organization": "" if known is None else sign_on.organization(known),
    }
    return render(request, "portal/account/sign_in.html", context, status=422 if form.errors else 200)


def _note_pause(email: str) -> None:
    """Guessing that had to be slowed is written down, once an hour."""
    person = queries.find_person(email)
    if person is not None:
        events.record_rarely(
            name=PAUSED,
            subject=("person", person.id),
            customer_id=None,
            actor="system",
            now=clock.now(),
        )


@posted("portal:sign-in")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and with it everything that this browser was trusted with."""
    if request.user.is_authenticated:
        actor = sessions.actor_of(request)
        identity.note(name="sign_in.ended", person_id=request.user.pk, actor=actor, now=clock.now())
    sessions.end(request)
    return redirect("portal:sign-in")


@require_http_methods(["GET", "HEAD", "POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember in which language the person reads, and go on with the same page in it.

    A link changes what this browser shows; what is kept with a person changes by POST alone.
    """
    given = request.POST if request.method == "POST" else request.GET
    language = given.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = get_language() or "en"
    elif request.method == "POST" and request.user.is_authenticated:
        identity.set_language(person_id=request.user.pk, language=language)
    response = HttpResponseRedirect(
        translate_url(goes_on.safe(request, given.get("next", "")) or reverse("public:root"), language)
    )
    remember_language(response, language)
    return response
