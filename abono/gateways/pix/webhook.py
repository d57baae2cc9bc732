"""News of a payment service: whether it is the service that tells, and what it is about. The truth comes from `find`."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from abono.domain.payments.port import PATH, BadSignature, GatewayEvent
from abono.gateways.pix.reading import moment

_TXID = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[A-Za-z0-9]{1,40}")


@dataclass(frozen=True, slots=True)
class Sender:
    """How the service is known. The certificate that it shows ends at our proxy, which passes a header on; beside it a secret
    stands in the address that the service was given.

    header   the proxy's, with the fingerprint or the subject of a certificate that it has verified
    known    what may stand there; colons, spaces around it and the size of letters do not count
    secret   part of the address behind the gateway's name
    """

    header: str
    known: tuple[str, ...]
    secret: str

    def prove(self, headers: Mapping[str, str]) -> None:
        """Raises BadSignature."""
        given = {name.lower(): value for name, value in headers.items()}
        shown = _spelled(given.get(self.header.lower(), ""))
        known = [hmac.compare_digest(shown, _spelled(one)) for one in self.known]
        parts = given.get(PATH, "").strip("/").split("/")
        told = [hmac.compare_digest(part.encode(), self.secret.encode()) for part in parts]
        if not shown or not any(known) or not self.secret or not any(told):
            raise BadSignature("not the payment service")


def events(body: bytes, now: datetime) -> tuple[GatewayEvent, ...]:
    """An event for each Pix; one without a kind for what is not understood. Raises BadSignature for what is no text."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadSignature("no text") from None
    try:
        told = json.loads(text)["pix"]
    except (ValueError, RecursionError, KeyError, TypeError):
        told = None
    if not isinstance(told, list):
        return (GatewayEvent(hashlib.sha256(body).hexdigest(), "", None, None, now),)
    return tuple(_event(pix, now) for pix in told)


def txid_of(key: str) -> str:
    """The name of our request or return at the service: its id without hyphens, so that the same key is never two."""
    return UUID(key).hex


def key_of(txid: object) -> str | None:
    """Our key behind a txid; None for one that we did not give."""
    return str(UUID(txid)) if isinstance(txid, str) and _TXID.fullmatch(txid) else None


def _event(pix: Any, now: datetime) -> GatewayEvent:
    """Its id is that of the Pix and of all that is said of it: what comes back of it later is news again."""
    spelled = json.dumps(pix, sort_keys=True, default=str)
    mark = hashlib.sha256(spelled.encode()).hexdigest()
    said = pix if isinstance(pix, dict) else {}
    name, txid = said.get("endToEndId"), said.get("txid")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return GatewayEvent(mark, "", None, None, now)
    kind = "pix.returned" if said.get("devolucoes") else "pix.paid"
    key = key_of(txid)
    reference = str(txid) if key else name
    return GatewayEvent(f"{name}-{mark[:32]}", kind, key, reference, moment(said.get("horario")) or now)


def _spelled(shown: str) -> bytes:
    return shown.replace(":", "").strip().lower().encode()
