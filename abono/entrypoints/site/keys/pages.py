"""API keys on pages, of a customer and of the seller alike: made and shown once, bound to addresses, replaced, ended (ACC-4, S-50)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.identity import queries
from abono.domain.identity.queries import KeyInfo
from abono.entrypoints.site import flash
from abono.entrypoints.site.keys.forms import OVERLAPS, SCOPES, Addresses, NewKey, Rotate
from abono.entrypoints.site.owner import Owner, owner_of
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.flows.keys import bind_key, end_key, make_key, rotate_key
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, uuid7
from abono.platform import clock


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return _page(request, owner_of(request))


def _page(
    request: HttpRequest,
    owner: Owner,
    form: NewKey | None = None,
    *,
    bound: tuple[str, Addresses] | None = None,
) -> HttpResponse:
    """`bound` is what somebody typed for one of the keys, by its id, when it is wrong."""
    scopes = dict(SCOPES)
    rows = [
        (one, [scopes[scope] for scope in one.scopes], _addresses(one, bound))
        for one in queries.keys_of(owner.customer_id)
    ]
    context = {
        "owner": owner,
        "rows": rows,
        "form": form or NewKey(initial={"key": uuid7(), "days": "365"}),
        "overlaps": OVERLAPS,
        "next_id": uuid7(),
    }
    status = 200 if form is None and bound is None else 422
    return render(request, "site/keys/page.html", context, status=status)


@posted("{room}:keys")
def create(request: HttpRequest) -> HttpResponse:
    """The answer shows the text: it is kept nowhere, not even for a redirect."""
    owner, form, now = owner_of(request), NewKey(request.POST), clock.now()
    if not form.is_valid():
        return _page(request, owner, form)
    told = form.cleaned_data
    try:
        made, text = make_key(
            name=told["name"],
            customer_id=owner.customer_id,
            scopes=tuple(sorted(told["scopes"])),
            expires_at=now + timedelta(days=int(told["days"])),
            by=owner.by,
            actor=owner.actor,
            now=now,
            key_id=told["key"],
            addresses=told["addresses"],
        )
    except Refusal as no:
        return _said(request, owner, no)
    return _once(request, owner, made, text)


@posted("{room}:keys")
@answered
def rotate(request: HttpRequest, key_id: str) -> HttpResponse:
    owner, form = owner_of(request), Rotate(request.POST)
    old = _key(key_id, owner)
    if not form.is_valid():
        flash.refused(request, _("Nothing was done: choose when the old key ends."))
        return redirect(f"{owner.room}:keys")
    try:
        made, text = rotate_key(
            key_id=old,
            customer_id=owner.customer_id,
            overlap=timedelta(hours=int(form.cleaned_data["hours"])),
            new_id=form.cleaned_data["key"],
            by=owner.by,
            actor=owner.actor,
            now=clock.now(),
        )
    except Refusal as no:
        return _said(request, owner, no)
    return _once(request, owner, made, text)


@posted("{room}:keys")
@answered
def bind(request: HttpRequest, key_id: str) -> HttpResponse:
    """From which addresses it works (S-50)."""
    owner, form = owner_of(request), Addresses(request.POST, prefix=key_id)
    key = _key(key_id, owner)
    if not form.is_valid():
        return _page(request, owner, bound=(key_id, form))
    bound = bind_key(
        key_id=key,
        customer_id=owner.customer_id,
        addresses=form.cleaned_data["addresses"],
        by=owner.by,
        actor=owner.actor,
        now=clock.now(),
    )
    said = (
        _("Key {name} works from {addresses} only, from now on.")
        if bound.addresses
        else _("Key {name} works from anywhere.")
    )
    flash.done(request, said.format(name=bound.name, addresses=", ".join(bound.addresses)))
    return redirect(f"{owner.room}:keys")


def _addresses(key: KeyInfo, bound: tuple[str, Addresses] | None) -> Addresses:
    if bound is not None and bound[0] == key.public_id:
        return bound[1]
    return Addresses(initial={"addresses": "\n".join(key.addresses)}, prefix=key.public_id)


@posted("{room}:keys")
@answered
def revoke(request: HttpRequest, key_id: str) -> HttpResponse:
    owner = owner_of(request)
    key = _key(key_id, owner)
    if request.POST.get("confirm") != "yes":
        flash.refused(request, _("Nothing was done: tick the box to confirm."))
        return redirect(f"{owner.room}:keys")
    ended = end_key(
        key_id=key, customer_id=owner.customer_id, by=owner.by, actor=owner.actor, now=clock.now()
    )
    flash.done(request, _("Key {name} has ended, everywhere.").format(name=ended.name))
    return redirect(f"{owner.room}:keys")


def _once(request: HttpRequest, owner: Owner, made: KeyInfo, text: str) -> HttpResponse:
    response = render(request, "site/keys/made.html", {"owner": owner, "made": made, "text": text})
    response["Cache-Control"] = "no-store"
    return response


def _said(request: HttpRequest, owner: Owner, no: Refusal) -> HttpResponse:
    flash.refused(request, refused(no).sentence)
    return redirect(f"{owner.room}:keys")


def _key(text: str, owner: Owner) -> UUID:
    """Raises Http404, NoSuchKey for what is not theirs or has ended."""
    key = parse("key", text)
    if key is None:
        raise Http404(text)
    queries.key(key, customer_id=owner.customer_id)
    return key
