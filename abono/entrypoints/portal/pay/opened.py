"""The payment links that this browser came with: their secrets go no further than their first address."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from abono.domain.payment_links import queries as payment_links
from abono.domain.payment_links.errors import NoSuchPaymentLink
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.kernel.ids import parse

_SESSION = "payment_links"  # by public id, oldest first: the newest attempt made with it here, "" for none
_KEPT = 20  # links of one browser; the oldest is forgotten first


def remember(request: HttpRequest, link: PaymentLinkDetail, attempt_id: UUID | None = None) -> None:
    """This browser came with the link's secret; or has just tried to pay with it."""
    kept = {**_links(request), link.public_id: "" if attempt_id is None else str(attempt_id)}
    request.session[_SESSION] = dict(list(kept.items())[-_KEPT:])


def find(request: HttpRequest, public_id: str) -> PaymentLinkDetail | None:
    """A link that this browser came with, whatever it is worth by now."""
    key = parse("lnk", public_id)
    if key is None or public_id not in _links(request):
        return None
    try:
        return payment_links.get(key)
    except NoSuchPaymentLink:
        return None


def paid_here(request: HttpRequest, link: PaymentLinkDetail, attempt_id: UUID) -> bool:
    """Whether this attempt was made in this browser: to others nothing of it is shown."""
    return _links(request).get(link.public_id) == str(attempt_id)


def with_payment(request: HttpRequest, attempt_id: UUID) -> str | None:
    """The public id of the link with which this attempt was made in this browser."""
    return next((link for link, attempt in _links(request).items() if attempt == str(attempt_id)), None)


def _links(request: HttpRequest) -> dict[str, str]:
    kept = request.session.get(_SESSION)
    return kept if isinstance(kept, dict) else {}
