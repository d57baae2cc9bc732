"""GET /v1/terms: the text that is accepted with an order (CON-2)."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Field, Router, Schema

from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.declare import answers
from abono.flows.signup import terms

router = Router(tags=["orders"])


class Terms(Schema):
    """`version` is what a payment of an order says that was accepted."""

    version: Annotated[shown.Code, Field(examples=[terms.VERSION])]
    text: Annotated[str, Field(max_length=100_000, description="In the language asked for.")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the text in UTF-8.")]


@router.get("/terms", **answers({200: Terms}))
def read_terms(request: HttpRequest) -> Terms:
    """The terms in force. Needs no key."""
    language = get_language() or "en"
    return Terms(version=terms.VERSION, text=terms.text(language), sha256=terms.fingerprint(language))
