"""News of a payment service: whether it is the service that tells, and what it is about. The truth comes from `find`."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.payments.ports.port import PATH, BadSignature, GatewayEvent
from abono.gateways.pix.client import Json
from abono.gateways.pix.reading import key_of, moment

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
    """An event for each Pix, mandate or charge under one; one without a kind for what is not understood. Raises BadSignature
    for what is no text."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadSignature("no text") from None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    for name, event in _TOLD.items():
        if isinstance(told, dict) and isinstance(told.get(name), list):
            return tuple(event(one if isinstance(one, dict) else {}, now) for one in told[name])
    return (GatewayEvent(_mark(body), "", None, None, now),)


def txid_of(key: str) -> str:
    """The name of our request or return at the service: its id without hyphens, so that the same key is never two."""
    return UUID(key).hex


def _paid(said: Json, now: datetime) -> GatewayEvent:
    """Its id is that of the Pix and of all that is said of it: what comes back of it later is news again."""
    name, key = said.get("endToEndId"), key_of(said.get("txid"))
    kind = "pix.returned" if said.get("devolucoes") else "pix.paid"
    at = moment(said.get("horario")) or now
    return _event(said, name, kind, key, str(said.get("txid")) if key else None, at, received=True)


def _agreed(said: Json, now: datetime) -> GatewayEvent:
    name = said.get("idRec")
    return _event(said, name, "mandate.news", name if isinstance(name, str) else None, None, now)


def _debited(said: Json, now: datetime) -> GatewayEvent:
    txid = said.get("txid")
    return _event(said, txid, "debit.news", key_of(txid), None, now)


_TOLD: dict[str, Callable[[Json, datetime], GatewayEvent]] = {
    "pix": _paid,
    "recs": _agreed,
    "cobsr": _debited,
}


def _event(
    said: Json,
    name: object,
    kind: str,
    key: str | None,
    reference: str | None,
    at: datetime,
    *,
    received: bool = False,
) -> GatewayEvent:
    """An event about what has this name at the service, of money with `received`; without a kind where it has none."""
    mark = _mark(json.dumps(said, sort_keys=True).encode())
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return GatewayEvent(mark, "", None, None, at)
    id = f"{name}-{mark[:32]}"
    return GatewayEvent(id, kind, key, reference or name, at, name if received else None)


def _mark(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _spelled(shown: str) -> bytes:
    return shown.replace(":", "").strip().lower().encode()
