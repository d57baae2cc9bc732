"""GET /v1/licence-keys: the public keys by which proofs of leases are checked (LIC-11)."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from pydantic import WithJsonSchema

from abono.domain.identity import signing
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.declare import answers
from abono.platform import clock

router = Router(tags=["licences"])
CACHED_S = 300

KeyId = Annotated[str, WithJsonSchema(shown.identifier("sgk"))]


class Jwk(Schema):
    """An Ed25519 key (RFC 8037). `kid` is that of the head of what it signed."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"
    kid: KeyId
    x: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]


class JwkSet(Schema):
    keys: list[Jwk]


@router.get("/licence-keys", **answers({200: JwkSet}))
def read_licence_keys(request: HttpRequest, response: HttpResponse) -> JwkSet:
    """A JWK set (RFC 7517). A new key is in it an hour before it signs, an old one until nothing that it signed is of use any
    more. Needs no key; may be kept for five minutes."""
    response["Cache-Control"] = f"public, max-age={CACHED_S}"
    return JwkSet(keys=[Jwk(kid=one.key_id, x=one.x) for one in signing.published(now=clock.now())])
