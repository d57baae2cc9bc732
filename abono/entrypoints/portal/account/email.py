"""Another e-mail address for one's account: proven by a mail to it, and taken back by one to that from before (ACC-3).

Nothing changes before the new address is proven by whoever is signed in. That somebody signs in with it already is said
in a mail to it alone: neither the answer nor its time tells.
"""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.domain.notices import letters
from abono.entrypoints.portal.account import set_password, told, tries
from abono.entrypoints.site import errors, flash, links, sessions
from abono.entrypoints.site.refusals import answered
from abono.kernel.written import mailable
from abono.platform import clock
from abono.platform.use_case import one_transaction

SESSION_PROOF, SESSION_BACK = "email_proof", "email_back"  # from the link of a mail to a clean address


class EmailForm(forms.Form):
    use_required_attribute = False

    email = forms.CharField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Type your e-mail.")},
    )

    def __init__(self, own: str, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self._own = own

    def clean_email(self) -> str:
        address = mailable(self.cleaned_data["email"])
        if address is None:
            raise forms.ValidationError(_("Type a whole e-mail address."))
        if address == self._own:
            raise forms.ValidationError(_("You sign in with this address already."))
        return address


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Ask for it; who does has given a factor a moment ago."""
    person = queries.person(sessions.person_of(request))
    assert person is not None
    form = EmailForm(person.email, request.POST if request.method == "POST" else None)
    frame = told.frame(request)
    if request.method == "POST" and form.is_valid():
        email, now = form.cleaned_data["email"], clock.now()
        wait, goes = tries.spend_letter(request, email, now=now)
        if wait:
            return errors.too_many(request, wait=wait)
        if goes:
            with one_transaction():
                told.person(request, letters.NEW_EMAIL, address=email)
                identity.note(
                    name="email.change_asked", person_id=person.id, actor=f"person:{person.id}", now=now
                )
        return render(request, "portal/account/email_sent.html", {"frame": frame, "email": email})
    context = {"form": form, "frame": frame, "own": person.email}
    return render(request, "portal/account/email.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def proof_link(request: HttpRequest, token: str) -> HttpResponse:
    request.session[SESSION_PROOF] = token
    return redirect("portal:email-proof")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def proof(request: HttpRequest) -> HttpResponse:
    """Whoever reads the mail is signed in as who asked: a stranger whose address was typed by mistake gets nothing."""
    found = links.read_email_proof(request.session.get(SESSION_PROOF, ""))
    if found is None or found.person_id != sessions.person_of(request):
        return _void(request)
    if request.method != "POST":
        context = {"change": found, "frame": told.frame(request)}
        return render(request, "portal/account/email_proof.html", context)
    request.session.pop(SESSION_PROOF, None)
    with one_transaction():
        change = identity.change_email(
            person_id=found.person_id,
            before=found.before,
            after=found.after,
            keep=request.session.session_key or "",
            actor=f"person:{found.person_id}",
            now=clock.now(),
        )
        if change is None:
            return _void(request)
        told.person(request, letters.EMAIL_CHANGED, address=found.before, change=change)
    sessions.renew(request)
    flash.done(
        request,
        gettext("You sign in with {email} from now on. Everywhere else you are signed out.").format(
            email=found.after
        ),
    )
    response = redirect("portal:security")
    tries.know(request, response, found.after)
    return response


@never_cache
@require_safe
def back_link(request: HttpRequest, token: str) -> HttpResponse:
    request.session[SESSION_BACK] = token
    return redirect("portal:email-back")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def back(request: HttpRequest) -> HttpResponse:
    """Whoever reads mail to the address from before takes the account back, and chooses a password for it. A second
    factor is still asked for."""
    found = links.read_email_back(request.session.get(SESSION_BACK, ""))
    if found is None:
        return _void(request)
    if request.method != "POST":
        return render(request, "portal/account/email_back.html", {"way": found})
    request.session.pop(SESSION_BACK, None)
    taken = identity.take_back_email(
        person_id=found.person_id,
        address=found.address,
        change=found.change,
        actor=f"person:{found.person_id}",
        now=clock.now(),
    )
    if not taken:  # somebody was faster
        return _void(request)
    if request.user.is_authenticated:
        sessions.end(request)
    person = queries.person(found.person_id)
    assert person is not None
    request.session[set_password.SESSION_LINK] = [person.public_id, links.reset_tokens.make_token(person)]
    return redirect("portal:choose-password")


def _void(request: HttpRequest) -> HttpResponse:
    context = {"frame": told.frame(request)}
    return render(request, "portal/account/email_void.html", context, status=404)
