"""Who may knock at the doors for usage: programs with a key of ours, and providers that sign what they send."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpRequest

from abono.domain.identity import keys
from abono.domain.identity.keys import METER, Key
from abono.platform.origin import address_of
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing
from abono.platform.web import problems

_PORTS = {"https": 443, "http": 80}


def caller(request: HttpRequest, now: datetime) -> Key:
    """The key in `Authorization: Bearer …` or `X-API-Key`, if it is usable and may meter (ACC-4); from then on the
    database works for its customer alone. Raises Problem (401, 403), FromElsewhere (S-50)."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        text = request.headers.get("X-API-Key", "")
    with scope.crossing(Crossing.ACCESS):
        key = keys.used(text.strip(), address=address_of(request), now=now) if text else None
    if key is None:
        raise problems.no_key()
    if not key.may(METER):
        raise problems.no_scope(METER)
    scope.work_for_one_or_all(key.customer_id)
    return key


def meta(body: bytes, header: str, secret: str) -> None:
    """`X-Hub-Signature-256`: the body's HMAC-SHA256 by the app's secret. Raises Problem (404 without a secret, 401)."""
    _configured(secret)
    told = header.removeprefix("sha256=").lower()
    _same([hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()], told)


def twilio(url: str, parameters: Mapping[str, Sequence[str]], header: str, token: str) -> None:
    """`X-Twilio-Signature`: Base64 of the HMAC-SHA1 by the account's token of the address and, sorted by name, each
    parameter with its value. Raises Problem (404 without a token, 401).
    """
    _configured(token)
    rest = "".join(f"{name}{value}" for name in sorted(parameters) for value in sorted(set(parameters[name])))
    made = (
        base64.b64encode(hmac.new(token.encode(), (one + rest).encode(), hashlib.sha1).digest()).decode()
        for one in (url, _with_port(url))
    )
    _same(made, header)


def _configured(secret: str) -> None:
    if not secret:
        raise problems.not_found()


def _same(made: Iterable[str], told: str) -> None:
    if not any(hmac.compare_digest(one.encode(), told.encode()) for one in made):
        raise problems.bad_signature()
    scope.cross(Crossing.PROVIDER)  # the seller's app or account: it tells of anybody's


def _with_port(url: str) -> str:
    """The same address with its port said: some of their senders sign it so."""
    parts = urlsplit(url)
    if parts.port is not None or parts.hostname is None:
        return url
    return parts._replace(netloc=f"{parts.netloc}:{_PORTS[parts.scheme]}").geturl()
