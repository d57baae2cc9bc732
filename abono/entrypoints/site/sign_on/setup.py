"""Setting up the single sign-on of an organization, or of the seller (ACC-3)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.domain.identity import sign_on
from abono.domain.identity.sign_on import SignOnInfo
from abono.entrypoints.site import flash
from abono.entrypoints.site.owner import owner_of
from abono.entrypoints.site.sign_on.supplier import FAILED, Supplier, allowed, callback_of
from abono.kernel.ids import uuid7
from abono.platform import clock

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
MOST_DOMAINS = 20


class SignOnForm(forms.Form):
    use_required_attribute = False

    issuer = forms.CharField(
        label=gettext_lazy("Address of the supplier (issuer)"),
        help_text=gettext_lazy("As it calls itself, such as https://id.example.com/realms/main"),
        max_length=300,
        widget=forms.URLInput(),
    )
    client_id = forms.CharField(label=gettext_lazy("Client id"), max_length=191)
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        help_text=gettext_lazy("It is kept encrypted, and nobody sees it here again."),
        max_length=191,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    domains = forms.CharField(
        label=gettext_lazy("Domains of your e-mail addresses"),
        help_text=gettext_lazy(
            "With commas between them. Only members with such an address sign in this way."
        ),
        max_length=600,
    )

    def __init__(self, request: HttpRequest, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self._request = request
        for field in self.fields.values():
            field.error_messages["required"] = gettext_lazy("This is needed.")

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"].strip().rstrip("/")
        if not allowed(issuer):
            raise ValidationError(_("Type an address that begins with https://."))
        return issuer

    def clean_domains(self) -> list[str]:
        found = [
            word.lower().lstrip("@") for word in re.split(r"[\s,;]+", self.cleaned_data["domains"]) if word
        ]
        wrong = [word for word in found if not _DOMAIN.fullmatch(word)]
        if wrong:
            raise ValidationError(
                _("“{word}” is no domain, such as padaria.example.").format(word=wrong[0][:80])
            )
        if len(found) > MOST_DOMAINS:
            raise ValidationError(_("At most {most} domains.").format(most=MOST_DOMAINS))
        return found

    def clean(self) -> dict[str, Any]:
        """Nothing is kept with which nobody could sign in."""
        typed = super().clean() or {}
        if not self.errors:
            tried = SignOnInfo(uuid7(), None, typed["issuer"], typed["client_id"], tuple(typed["domains"]))
            try:
                _config = (
                    Supplier(self._request, tried, typed["secret"])
                    .get_oauth2_adapter(self._request)
                    .openid_config
                )
            except FAILED:
                said = _("No supplier of sign-ins answers there, or it calls itself by another address.")
                self.add_error("issuer", said)
        return typed


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The page on which it is seen and set up."""
    owner = owner_of(request)
    own = sign_on.of(owner.customer_id)
    first = (
        None
        if own is None
        else {"issuer": own.issuer, "client_id": own.client_id, "domains": ", ".join(own.domains)}
    )
    form = SignOnForm(request, request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        sign_on.set_up(customer_id=owner.customer_id, **form.cleaned_data, actor=owner.actor, now=clock.now())
        flash.done(
            request, _("The sign-in of your organization is set up. Try it before you hand its address out.")
        )
        return redirect(f"{owner.room}:sign-on")
    context = {
        "form": form,
        "owner": owner,
        "own": own,
        "callback": callback_of(owner.customer_id),
        "address": ""
        if own is None
        else f"{settings.PUBLIC_URL}{reverse('portal:sign-on-in', args=[own.public_id])}",
    }
    return render(request, "site/sign_on/setup.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """Nobody signs in that way any more; back to the page."""
    owner = owner_of(request)
    if request.method == "POST" and sign_on.end(
        customer_id=owner.customer_id, actor=owner.actor, now=clock.now()
    ):
        flash.done(request, _("Nobody signs in that way any more. Passwords serve as before."))
    return redirect(f"{owner.room}:sign-on")
