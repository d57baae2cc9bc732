"""A form that came too late for its token: what was typed in an order is kept all the same, where that is safe."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from abono.entrypoints.portal.order import drafts
from abono.entrypoints.portal.order.views import keep
from abono.entrypoints.site import errors
from abono.flows.signup.progress import progress

KEPT_OF = "public:order-details"


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For CSRF_FAILURE_VIEW. Details of an order are kept when the browser itself says that one of our pages sent them,
    and the order is this browser's: they only stand in the form again, to be sent by a person."""
    return errors.expired_form(request, reason, kept=_kept(request) if _from_us(request) else "")


def _from_us(request: HttpRequest) -> bool:
    """No other site can say so: the browser writes this header."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _kept(request: HttpRequest) -> str:
    """Where what was typed stands now; empty when it was not kept."""
    match = request.resolver_match
    if match is None or match.view_name != KEPT_OF:
        return ""
    try:
        draft = drafts.find(request, match.kwargs["order_id"])
    except Http404:
        return ""
    if not progress(draft).open:
        return ""
    keep(request, draft)
    return reverse(KEPT_OF, args=[draft.public_id])
