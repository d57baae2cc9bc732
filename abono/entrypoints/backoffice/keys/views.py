"""API keys of the seller's own programs, which see every customer (ACC-4)."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from abono.entrypoints.site.access import SellersVisitor
from abono.entrypoints.site.keys import pages
from abono.entrypoints.site.keys.pages import Owner
from abono.entrypoints.site.refusals import answered


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    return pages.show(request, _owner(request))


@require_POST
def create(request: SellersVisitor) -> HttpResponse:
    return pages.create(request, _owner(request))


@require_POST
@answered
def rotate(request: SellersVisitor, key_id: str) -> HttpResponse:
    return pages.rotate(request, _owner(request), key_id)


@require_POST
@answered
def revoke(request: SellersVisitor, key_id: str) -> HttpResponse:
    return pages.revoke(request, _owner(request), key_id)


def _owner(request: SellersVisitor) -> Owner:
    return Owner(None, request.staff.name, request.staff.actor, "backoffice")
