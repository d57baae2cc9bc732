"""GET /v1/events: what happened to a customer, newest first."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Query, Router, Schema

from abono.domain.identity.keys import READ
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import SpanQuery, page_by_id
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import CustomerId, EventName, SubjectId
from abono.entrypoints.api.protocol.whose import whose
from abono.kernel.ids import public
from abono.platform import events
from abono.platform.events import Happening

router = Router(tags=["events"])

_PREFIX = {
    "contract": "ctr",
    "customer": "cus",
    "invoice": "inv",
    "credit_note": "crn",
    "refund": "ref",
    "withholding_rate": "whr",
    "card": "pay",
    "change": "chg",
    "coupon": "cpn",
    "payout": "pyo",
    "bank_file": "bfl",
    "bank_statement": "stm",
    "bank_movement": "mov",
    "fiscal_export": "fsx",
    "fiscal_return": "fsr",
    "billing_run": "run",
    "person": "usr",
    "order": "sig",
    "key": "key",
    "catalog": "cat",
    "setting": "set",
}
_NAMED = {  # what the ids in an event's data are of
    "card.in_use": "pay",
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Subject(Schema):
    type: Annotated[shown.Code, Field(examples=["contract"])]
    id: shown.AnyId


class RecordedEvent(Schema):
    """Something that happened. It never changes."""

    id: shown.EventId
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", examples=["contract.activated"])]
    subject: Subject
    customer: shown.CustomerId | None
    actor: Annotated[
        str,
        Field(
            description="`person:usr_…`, `order:sig_…` of who contracts without an account yet, `key:<first letters>` or"
            " `system`."
        ),
    ]
    happened_at: datetime
    origin: Annotated[str, Field(description="The door through which it came.", examples=["portal"])]
    why: Annotated[
        str,
        Field(
            description="The reason that was given; empty where none was. Of a fiscal document for the seller's keys."
        ),
    ]
    before: Annotated[dict[str, Any] | None, Field(description="What changed, as it was.")]
    after: Annotated[dict[str, Any] | None, Field(description="What changed, as it is since.")]
    data: Annotated[dict[str, Any], Field(description="Other facts.")]


class EventList(Schema):
    items: list[RecordedEvent]
    next_cursor: shown.Cursor | None


class EventQuery(SpanQuery):
    """Which events, recorded in `[since, until)`."""

    name: Annotated[EventName | None, Field(examples=["contract.activated"])] = None
    subject: Annotated[SubjectId | None, Field(description="What they are about.")] = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None


@router.get("/events", **answers({200: EventList}, 404, 422, scope=READ))
def list_events(request: ApiRequest, query: Query[EventQuery]) -> EventList:
    """What happened, newest first. An event may show up a moment after a younger one: when you catch up,
    read back a minute further than the newest that you know."""
    shown, following = page_by_id(
        "e",
        query,
        events.page,
        customer_id=whose(request, query.customer),
        name=query.name or "",
        subject=query.subject,
        since=query.since,
        until=query.until,
    )
    seller = request.auth.sellers
    return EventList(items=[recorded(row, for_seller=seller) for row in shown], next_cursor=following)


def recorded(row: Happening, *, for_seller: bool = False) -> RecordedEvent:
    """What a tax office said of a document is the seller's to mend, here as beside the invoice (INV-11)."""
    kind, key = row.subject
    prefix = _NAMED.get(row.name, "obj")
    return RecordedEvent(
        id=public("evt", row.id),
        name=row.name,
        subject=Subject(type=kind, id=public(_PREFIX.get(kind, "obj"), key)),
        customer=None if row.customer_id is None else public("cus", row.customer_id),
        actor=_outward(row.actor, "sig" if row.actor.startswith("order:") else "usr"),
        happened_at=row.happened_at,
        origin=row.origin,
        why="" if row.name.startswith("fiscal_document.") and not for_seller else row.why,
        before=_outward(_joined(row.before, row.personal_before), prefix),
        after=_outward(_joined(row.after, row.personal_after), prefix),
        data=_outward(row.data, prefix),
    )


def _joined(facts: dict[str, Any] | None, personal: dict[str, Any] | None) -> dict[str, Any] | None:
    """With what lies beside it of persons, where that was not erased."""
    return facts if personal is None else {**(facts or {}), **personal}


def _outward(value: Any, prefix: str) -> Any:
    """The same with every key of ours as a public id."""
    match value:
        case str():
            return _UUID.sub(lambda found: public(prefix, UUID(found[0])), value)
        case dict():
            return {name: _outward(inner, prefix) for name, inner in value.items()}
        case list():
            return [_outward(inner, prefix) for inner in value]
    return value
