"""A new password for who forgot theirs, by a link in a mail. The answer is the same for every address (ACC-3)."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.domain.notices import letters
from abono.entrypoints.portal.account import tries
from abono.entrypoints.site import errors
from abono.kernel.written import one_form
from abono.platform import clock
from abono.platform.use_case import one_transaction

_NOBODY = UUID(int=0)


class ForgotForm(forms.Form):
    use_required_attribute = False

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": _("Type your e-mail."), "invalid": _("Type a whole e-mail address.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """A worker looks whether there is such a person, so that not even the time of the answer says it."""
    form = ForgotForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = one_form(form.cleaned_data["email"])
        wait, goes = tries.spend_letter(request, email, now=clock.now())
        if wait:
            return errors.too_many(request, wait=wait)
        if goes:
            _send(email)
        return render(request, "portal/account/forgot_sent.html", {"email": email})
    return render(request, "portal/account/forgot.html", {"form": form}, status=422 if form.errors else 200)


def _send(email: str) -> None:
    person = queries.find_person(email)
    with one_transaction():
        to = _NOBODY if person is None else person.id
        letters.send_soon(letters.FORGOT, person_id=to, language=get_language() or "en")
        if person is not None:
            identity.note(name="password.link_asked", person_id=person.id, actor="system", now=clock.now())
