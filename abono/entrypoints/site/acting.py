"""Somebody of the seller sees the portal as a customer sees it: read-only, with a reason, for half an hour (ACC-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest

from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.domain.identity.staff import Colleague
from abono.entrypoints.site import sessions
from abono.platform import events
from abono.platform.clock import shifted

LASTS = timedelta(minutes=30)
KEY = "acting"  # of the session
LOOKED = "staff.looked"
# What may be sent while acting: nothing of the customer's. Pages of the seller's have their own rules.
MAY_BE_SENT = frozenset({"portal:sign-out", "portal:set-language"})


@dataclass(frozen=True, slots=True)
class Acting:
    """Who looks at whom, why, and until when."""

    who: Colleague
    customer_id: UUID
    why: str
    until: datetime


def begin(request: HttpRequest, who: Colleague, *, customer_id: UUID, why: str) -> None:
    """From now on the portal is that customer's, for reading."""
    now = shifted(0)
    request.session[KEY] = {
        "customer": str(customer_id),
        "why": why,
        "until": (now + LASTS).isoformat(),
    }
    sessions.renew(request)  # it opens more from now on, so whoever knew the old key is out
    _record("staff.acting_began", who, customer_id, why, now=now)


def stop(request: HttpRequest, who: Colleague) -> None:
    kept = request.session.pop(KEY, None)
    if kept:
        _record("staff.acting_ended", who, UUID(kept["customer"]), kept["why"], now=shifted(0))


def current(request: HttpRequest) -> Acting | None:
    """What holds now. It is over after half an hour, and at once when the role for it was taken away."""
    kept, person_id = request.session.get(KEY), request.user.pk
    if not kept or person_id is None:
        return None
    until = datetime.fromisoformat(kept["until"])
    who = staff.colleague(person_id) if shifted(0) < until else None
    if who is None or Act.ACT_AS not in who.acts or not sessions.has_second(request):
        del request.session[KEY]
        return None
    return Acting(who, UUID(kept["customer"]), kept["why"], until)


def looked(acting: Acting, page: str, path: str) -> None:
    """Every page that is opened leaves who, whom, when and why; the customer reads it in its events too."""
    _record(LOOKED, acting.who, acting.customer_id, acting.why, page=page, path=path[:300], now=shifted(0))


def _record(name: str, who: Colleague, customer_id: UUID, why: str, *, now: datetime, **data: str) -> None:
    events.record(
        name=name,
        subject=("customer", customer_id),
        customer_id=customer_id,
        actor=who.actor,
        now=now,
        why=why,
        data=data,
    )
