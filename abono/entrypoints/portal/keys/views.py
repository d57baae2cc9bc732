"""Settings › API keys: the organization's own (ACC-4)."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from abono.entrypoints.site.access import Visitor
from abono.entrypoints.site.keys import pages
from abono.entrypoints.site.keys.pages import Owner
from abono.entrypoints.site.refusals import answered


@require_safe
def page(request: Visitor) -> HttpResponse:
    return pages.show(request, _owner(request))


@require_POST
def create(request: Visitor) -> HttpResponse:
    return pages.create(request, _owner(request))


@require_POST
@answered
def rotate(request: Visitor, key_id: str) -> HttpResponse:
    return pages.rotate(request, _owner(request), key_id)


@require_POST
@answered
def revoke(request: Visitor, key_id: str) -> HttpResponse:
    return pages.revoke(request, _owner(request), key_id)


def _owner(request: Visitor) -> Owner:
    return Owner(request.visit.customer_id, request.visit.person_name, request.visit.actor, "portal")
