from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.settings import queries
from abono.domain.settings.errors import (
    NotForThePast,
    NotForThisScope,
    ReasonMissing,
    ReasonTooLong,
    TooFarAhead,
    ValueNotAllowed,
)
from abono.domain.settings.models import Value
from abono.domain.settings.types import NARROWEST_FIRST, SELLER, Scope, Setting, Whose
from abono.kernel.ids import public
from abono.platform import events
from abono.platform.lookups import CHANGED
from abono.platform.use_case import forget, use_case

MOST_REASON = 500  # characters
FURTHEST = timedelta(days=10 * 365)
_FOR_WHOM = {Scope.SELLER: "everybody", Scope.PLAN: "one plan", Scope.CONTRACT: "one contract"}


@use_case
def set_value(
    *,
    setting: Setting[Any],
    value: object,
    whose: Whose = SELLER,
    valid_from: datetime | None = None,
    actor: str,
    why: str,
    now: datetime,
) -> UUID:
    """Let a setting be `value` from `valid_from` on (from now when left out), for the narrowest of `whose`.

    value  as its type has it, or as JSON writes it; None gives the decision back to the next wider scope

    Returns the id of the row. Raises ValueNotAllowed, NotForThisScope, NotForThePast, TooFarAhead, ReasonMissing, ReasonTooLong.
    """
    scope, subject = next((one, whose.subjects[one]) for one in NARROWEST_FIRST if one in whose.subjects)
    if scope not in setting.scopes:
        raise NotForThisScope(setting.key, " or ".join(_FOR_WHOM[one] for one in setting.scopes))
    reason = _one_line(why)
    since = now if valid_from is None else valid_from
    if since < now:
        raise NotForThePast()
    if since > now + FURTHEST:
        raise TooFarAhead(FURTHEST.days // 365)
    raw = None
    if value is not None:
        try:
            raw = setting.write(setting.read(value))
        except ValueError as wrong:
            raise ValueNotAllowed(setting.key, str(value), str(wrong)) from None
    of = _named(scope, subject)
    before = queries.set_for(key=setting.key, scope=scope, subject=subject, at=since)
    row = Value.objects.create(
        key=setting.key,
        scope=scope.value,
        subject=subject,
        value=raw,
        valid_from=since,
        set_at=now,
        actor=actor,
        why=reason,
    )
    events.record(
        name="setting.changed",
        subject=("setting", row.id),
        customer_id=None,
        actor=actor,
        now=now,
        before={"value": before},
        after={"value": raw},
        why=reason,
        data={"key": setting.key, "scope": scope.value, "of": of, "valid_from": since.isoformat()},
    )
    forget(queries.MEMORY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANGED, setting.key])  # the fast lane remembers
    queries.forget_snapshot()
    return row.id


def _named(scope: Scope, subject: str) -> str:
    """As events tell of it: a contract by its public id."""
    return public("ctr", UUID(subject)) if scope is Scope.CONTRACT else subject


def _one_line(why: str) -> str:
    """The reason as it is kept. Raises ReasonMissing, ReasonTooLong."""
    reason = " ".join("".join(c if c.isprintable() else " " for c in why).split())
    if not reason:
        raise ReasonMissing()
    if len(reason) > MOST_REASON:
        raise ReasonTooLong(MOST_REASON)
    return reason
