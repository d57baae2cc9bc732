"""Settings › Financial information › Password of documents: with what they open, once they are taken along or sent (FIN-6)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from abono.domain.identity import document_locks
from abono.domain.identity.document_locks import LONGEST, SHORTEST, LockInfo, Way
from abono.domain.identity.errors import DocumentPasswordUnfit
from abono.entrypoints.site import flash
from abono.entrypoints.site.owner import owner_of
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.document_lock import choose_document_password
from abono.platform.clock import shifted

WAYS = (
    (Way.OPEN.value, gettext_lazy("Without a password")),
    (Way.TAX_ID.value, gettext_lazy("With the first six characters of your tax id")),
    (Way.OWN.value, gettext_lazy("With a password of your own")),
)


class PasswordForm(forms.Form):
    use_required_attribute = False

    way = forms.ChoiceField(
        label=gettext_lazy("Documents open"),
        choices=WAYS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of them.")},
    )
    own = forms.CharField(
        label=gettext_lazy("New password of your own"),
        help_text=gettext_lazy(
            "8 to 64 characters. It is kept encrypted, and nobody sees it here again: tell it to whoever gets your documents."
        ),
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("way") == Way.OWN.value and "own" in typed and len(typed["own"]) < SHORTEST:
            self.add_error("own", _("Type at least {count} characters.").format(count=SHORTEST))
        return typed


@sensitive_post_parameters("own")
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """GET: how it stands. POST: how it is from the next document on."""
    visit = request.visit
    if request.method != "POST":
        stands = document_locks.of(visit.customer_id)
        return _show(request, PasswordForm(initial={"way": stands.way.value}), stands)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _show(request, form, document_locks.of(visit.customer_id))
    owner = owner_of(request)
    try:
        changed = choose_document_password(
            customer_id=visit.customer_id,
            way=Way(form.cleaned_data["way"]),
            own=form.cleaned_data["own"],
            by=owner.by,
            actor=owner.actor,
            now=shifted(visit.now_offset_s),
        )
    except DocumentPasswordUnfit as refusal:
        form.add_error("own", refused(refusal).sentence)
        return _show(request, form, document_locks.of(visit.customer_id))
    flash.done(
        request, _("Saved. It holds from the next document on.") if changed else _("Nothing was changed.")
    )
    return redirect("portal:document-password")


def _show(request: Visitor, form: PasswordForm, stands: LockInfo) -> HttpResponse:
    context = {"form": form, "stands": stands}
    return render(
        request, "portal/financial/document_password.html", context, status=422 if form.errors else 200
    )
