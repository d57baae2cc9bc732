"""It is you again: a fresh factor before what matters (ACC-3). A second factor where there is one, else the password."""

from __future__ import annotations

from functools import partial

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.domain.identity import actions as identity
from abono.domain.identity import factors
from abono.entrypoints.portal.account import goes_on, second, sign_on
from abono.entrypoints.portal.account.fields import password_field
from abono.entrypoints.site import errors, sessions
from abono.platform import clock


class PasswordForm(forms.Form):
    use_required_attribute = False

    password = password_field(_("Password"))

    def __init__(self, person: object, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self._person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._person.check_password(password):  # type: ignore[attr-defined]
            raise forms.ValidationError(_("This is not your password."))
        return password


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """From here back to the page that asked for it."""
    wanted = goes_on.wish(request)
    person_id = sessions.person_of(request)
    own = factors.of(person_id)
    form: forms.Form
    if own.second:
        form, wait = second.checked_code(request, person_id, own)
    else:
        of_password = partial(PasswordForm, request.user)
        form, wait = second.checked(request, person_id, of_password, failed="sign_in.failed")
    if wait:
        return errors.too_many(request, wait=wait)
    if form.is_bound and form.is_valid():
        return proven(request, wanted, second_factor=own.second)
    context = {
        "form": form,
        "next": wanted,
        **second.offered(request.user, own),
        "sign_on": sign_on.remembered(request) if sessions.only(request) else None,
    }
    return render(request, "portal/account/again.html", context, status=422 if form.errors else 200)


def proven(request: HttpRequest, wanted: str, *, second_factor: bool) -> HttpResponse:
    """It is them: the session goes on, fresh and under a new key."""
    sessions.proven(request, second=second_factor)
    person_id, actor = sessions.person_of(request), sessions.actor_of(request)
    identity.note(name="sign_in.confirmed", person_id=person_id, actor=actor, now=clock.now())
    return HttpResponseRedirect(goes_on.safe(request, wanted) or goes_on.start(request))
