"""Who asks: an API key, its scopes, and whose things it may see (ACC-2, ACC-4)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from abono.domain.identity import keys
from abono.domain.identity.keys import Key
from abono.platform import clock, rate
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing
from abono.platform.web import problems


class ApiRequest(HttpRequest):
    """A request that carried a usable key. `auth.customer_id` is None for the seller's own."""

    auth: Key


class ApiKey(HttpBearer):
    """`Authorization: Bearer abk_…`, with at least one of `scopes`."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The key; None when it is unknown, revoked or expired. Raises Problem when it may not, or asks too often."""
        now = clock.now()
        with scope.crossing(Crossing.ACCESS):
            key = keys.used(token.strip(), now=now)
        if key is not None and (
            wait_s := rate.wait_s(key.id, per_minute=settings.API_REQUESTS_PER_MINUTE, now=now)
        ):
            raise problems.too_many(wait_s)
        if key is not None and not key.may(*self.scopes):
            raise problems.no_scope(self.scopes[0])
        if key is not None:
            scope.work_for_one_or_all(key.customer_id)
        return key
