"""Who asks: an API key, its scopes, and whose things it may see (ACC-2, ACC-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Never

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from abono.domain.identity import keys
from abono.domain.identity.keys import Key
from abono.platform import clock, events, rate
from abono.platform.origin import address_of
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing
from abono.platform.web import download, problems

SLOWED = "key.slowed"


class ApiRequest(HttpRequest):
    """A request that carried a usable key. `auth.customer_id` is None for the seller's own."""

    auth: Key


class ApiKey(HttpBearer):
    """`Authorization: Bearer abk_…`, with at least one of `scopes`."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The key; None when it is unknown, revoked or expired. Raises FromElsewhere (S-50), and Problem when it may not, or
        asks too often."""
        now = clock.now()
        with scope.crossing(Crossing.ACCESS):
            key = keys.used(token.strip(), address=address_of(request), now=now)
        if key is not None and (
            wait_s := rate.wait_s(key.id, per_minute=settings.API_REQUESTS_PER_MINUTE, now=now)
        ):
            _slow(key, wait_s, of="requests", now=now)
        if key is not None and not key.may(*self.scopes):
            raise problems.no_scope(self.scopes[0])
        if key is not None:
            scope.work_for_one_or_all(key.customer_id)
        return key


def count_file(request: ApiRequest) -> None:
    """Count a document before it is made. Raises Problem when this key asks for too many a minute."""
    now = clock.now()
    if wait_s := download.wait_s(request.auth.id, now=now):
        _slow(request.auth, wait_s, of="files", now=now)


def _slow(key: Key, wait_s: int, *, of: str, now: datetime) -> Never:
    """Say when the next one is taken, and write down once an hour whose key it was (ACC-6)."""
    with scope.crossing(Crossing.ACCESS):
        events.record_rarely(
            name=SLOWED,
            subject=("key", key.id),
            customer_id=key.customer_id,
            actor=key.actor,
            now=now,
            data={"of": of},
        )
    raise problems.too_many(wait_s)
