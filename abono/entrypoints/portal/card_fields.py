"""Card fields of the gateway on a page that somebody has without signing in, and the card that was typed in them."""

from __future__ import annotations

import secrets

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils.translation import get_language

from abono.domain.payments.ports.port import FrameSession
from abono.flows.wallet import open_fields


def open_for(request: HttpRequest, reference: str) -> FrameSession | None:
    """New card fields: what was typed in others is never reused. None when the gateway does not answer.

    reference   public id of what is paid for: an order, a payment link
    """
    return open_fields(
        customer_reference=reference,
        language=get_language() or "en",
        parent_origin=f"{request.scheme}://{request.get_host()}",
        key=f"{reference}:{secrets.token_urlsafe(12)}",
    )


def sealed(frame: FrameSession | None, reference: str) -> str:
    """What the form brings back beside the card: that a page of ours opened these fields for this."""
    return _signer(reference).sign(frame.ref) if frame else ""


def typed(request: HttpRequest, reference: str) -> str:
    """The reference of the card, when it was typed in fields that a page opened for this; else nothing."""
    try:
        opened = _signer(reference).unsign(request.POST.get("opened", ""))
    except BadSignature:
        return ""
    return opened if request.POST.get("frame_ref") == opened else ""


def _signer(reference: str) -> Signer:
    return Signer(salt=f"card fields of {reference}")
