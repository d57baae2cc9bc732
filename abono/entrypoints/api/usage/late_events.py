"""Contact events that were refused because they came too late (INT-7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from ninja import Field, Query, Router, Schema

from abono.domain.identity.keys import READ
from abono.domain.interactions.queries import late_events
from abono.domain.interactions.types import LateEvent
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page, read_cursor, write_cursor
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId, CustomerId
from abono.entrypoints.api.protocol.whose import own, whose
from abono.kernel.ids import public

router = Router(tags=["events"])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Late(Schema):
    """An event as it came first. `at` and `told_at` are on the customer's clock, `kept_at` is real time."""

    contract: shown.ContractId
    event: Annotated[UUID, Field(description="Your own id if it is a UUID, else a key made of it.")]
    contact: Annotated[UUID, Field(description="A key made of the contact's.")]
    channel: shown.Channel
    kind: shown.Kind
    at: datetime
    cycle_start: Annotated[datetime, Field(description="Of the cycle that it would have belonged to.")]
    told_at: datetime
    kept_at: datetime


class LateList(Schema):
    items: list[Late]
    next_cursor: shown.Cursor | None


class LateQuery(PageQuery):
    contract: ContractId | None = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None


@router.get("/late-events", **answers({200: LateList}, 404, 422, scope=READ))
def list_late_events(request: ApiRequest, query: Query[LateQuery]) -> LateList:
    """Contact events that were answered `too_late`, newest first; each id of a contract once."""
    found = late_events(
        customer_id=whose(request, query.customer),
        contract_id=None if query.contract is None else own(request, query.contract).id,
        before=_place(query.cursor),
        limit=query.limit + 1,
    )
    shown, following = page(found, query.limit, _cursor)
    return LateList(items=[_late(event) for event in shown], next_cursor=following)


def _late(event: LateEvent) -> Late:
    return Late(
        contract=public("ctr", event.contract_id),
        event=event.event_id,
        contact=event.contact,
        channel=event.channel,
        kind=event.kind,
        at=event.happened_at,
        cycle_start=event.cycle_start,
        told_at=event.told_at,
        kept_at=event.kept_at,
    )


def _cursor(event: LateEvent) -> str:
    kept_at, contract_id, event_id = event.place
    moment = ((kept_at - _EPOCH) // _MICROSECOND).to_bytes(8)
    return write_cursor("l", moment + contract_id.bytes + event_id.bytes)


def _place(cursor: str | None) -> tuple[datetime, UUID, UUID] | None:
    raw = read_cursor("l", cursor, length=40)
    if raw is None:
        return None
    since = min(int.from_bytes(raw[:8]), 2**57) * _MICROSECOND  # no moment is later
    return _EPOCH + since, UUID(bytes=raw[8:24]), UUID(bytes=raw[24:])
