"""Signing in and out, and the language that a person reads."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, translate_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from abono.domain.identity import actions as identity
from abono.domain.identity import queries as identity_queries
from abono.entrypoints.site import errors
from abono.entrypoints.site.access import SESSION_CUSTOMER, SESSION_PAID
from abono.entrypoints.site.links import start_of
from abono.kernel.written import one_form
from abono.platform import clock, throttle

FREE_TRIES = 5  # of one e-mail from one address
FREE_TRIES_OF_ADDRESS = 50  # of any e-mails: one address may be a whole office
NOBODY = _("The e-mail or the password is not right. Check both.")


class SignInForm(forms.Form):
    use_required_attribute = False

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": _("Type your e-mail.")},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Type your password.")},
    )


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password. A wrong one and an unknown one get the same answer; guessers wait (ACC-3)."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    if request.method != "POST" and request.user.is_authenticated:
        return HttpResponseRedirect(_safe(request, wanted) or start_of(request.user.pk))
    form = SignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = one_form(form.cleaned_data["email"])
        wait = _spend_try(request, email)
        if wait:
            return errors.too_many(request, wait=wait)
        person = authenticate(request, username=email, password=form.cleaned_data["password"])
        if person is not None:
            throttle.clear(_pair(request, email))
            throttle.give_back(_address(request))
            login(request, person)
            return _in(request, person.pk, wanted)
        form.add_error(None, str(NOBODY))
    context = {"form": form, "next": wanted, "seller": settings.ABONO_SELLER}
    return render(request, "portal/account/sign_in.html", context, status=422 if form.errors else 200)


def _in(request: HttpRequest, person_id: UUID, wanted: str) -> HttpResponse:
    """Signed in. Who paid a contract in this very browser consents by it to be its administrator (CON-9)."""
    paid = request.session.get(SESSION_PAID)
    for asked in identity_queries.invitations(person_id):
        if str(asked.customer_id) == paid:
            identity.answer_invitation(
                invitation_id=asked.id, person_id=person_id, accept=True, now=clock.now()
            )
            request.session[SESSION_CUSTOMER] = paid
    if identity_queries.invitations(person_id):
        wanted = ""  # an answer is asked for first
    return HttpResponseRedirect(_safe(request, wanted) or start_of(person_id))


def _spend_try(request: HttpRequest, email: str) -> timedelta:
    """Count the try before the password is looked at; how long to wait when there were too many."""
    now = clock.now()
    of_pair = throttle.spend(_pair(request, email), free=FREE_TRIES, now=now)
    return of_pair or throttle.spend(_address(request), free=FREE_TRIES_OF_ADDRESS, now=now)


def _pair(request: HttpRequest, email: str) -> str:
    return f"{_address(request)}:{email}"


def _address(request: HttpRequest) -> str:
    return f"sign-in:{request.META.get('REMOTE_ADDR', '')}"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and with it everything that this browser was trusted with."""
    logout(request)
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
        translate_url(_safe(request, given.get("next", "")) or reverse("public:root"), language)
    )
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=timedelta(days=365),
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _safe(request: HttpRequest, address: str) -> str:
    """The address when it is a whole path of this site, else nothing: a lone word would be taken for a view's name."""
    safe = address.startswith(("/", "http://", "https://")) and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else ""
