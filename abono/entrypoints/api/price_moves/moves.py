"""What is the same of version moves and of adjustments: a preview, applied as it stands (CAT-5, CAT-13)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Schema

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.price_moves import PriceMoveInfo
from abono.domain.identity import queries as identity
from abono.domain.identity.roles import Act
from abono.entrypoints.api.approvals.approvals import approval
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.approvals.ask import ask_price_move
from abono.flows.price_moves.apply import Kind, apply_move
from abono.flows.price_moves.effects import Effect
from abono.kernel.errors import Refusal
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask


class Move(Schema):
    id: str
    previewed_at: datetime
    applied_at: Annotated[datetime | None, Field(description="Null: nothing was done yet.")]


class MovedPrices(Schema):
    contract: shown.ContractId
    number: shown.ContractNumber
    from_day: Annotated[date, Field(description="The first local day at the other prices.")]
    currency: shown.Currency
    before_minor: int
    after_minor: int
    waits: Annotated[
        Literal["kept", "notice"] | None,
        Field(
            description="Why `from_day` is not the first of the next cycle: its price was set too short before, or a rise is told"
            " thirty days before."
        ),
    ]


def members(one: PriceMoveInfo) -> dict[str, object]:
    """Of a `Move`."""
    return {"previewed_at": one.previewed_at, "applied_at": one.applied_at}


def prices(one: Effect) -> dict[str, object]:
    """Of `MovedPrices`."""
    return {
        "contract": public("ctr", one.contract_id),
        "number": one.number,
        "from_day": one.day,
        "currency": one.before.currency,
        "before_minor": one.before.minor,
        "after_minor": one.after.minor,
        "waits": None if one.waits is None else one.waits.value,
    }


def exists(request: ApiRequest, missing: type[Refusal]) -> None:
    """A preview holds contracts of many customers: for a key of one there is none (ACC-2). Raises `missing`."""
    if request.auth.customer_id is not None:
        raise missing()


def listed[Info: PriceMoveInfo, Shown](
    request: ApiRequest,
    query: PageQuery,
    name: str,
    newest: Callable[..., list[Info]],
    shown_of: Callable[[Info], Shown],
) -> tuple[list[Shown], str | None]:
    """Previews, applied or not, newest first, with the cursor of the next page."""
    sellers(request, Act.READ)
    items, following = page_by_id(name, query, newest)
    return [shown_of(one) for one in items], following


def previewed(
    request: ApiRequest,
    idempotency_key: str | None,
    contract_ids: Collection[UUID],
    make: Callable[[], UUID],
    preview: Callable[[UUID], Schema],
) -> HttpResponse:
    """201 with the preview that is made of these contracts."""
    sellers(request, Act.VERSIONS)
    contracts.require_all(contract_ids)
    return once(request, idempotency_key, lambda _ask: (HTTPStatus.CREATED, preview(make())))


def apply(
    request: ApiRequest,
    idempotency_key: str | None,
    kind: Kind[Any, Any],
    move_id: UUID,
    preview: Callable[[UUID], Schema],
    *,
    missing: type[Refusal],
) -> HttpResponse:
    """200 with the preview once it is applied; 202 where a second person is asked. Raises `missing`."""
    exists(request, missing)
    sellers(request, Act.VERSIONS)
    kind.get(move_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        try:
            if "approval" in ask.led_to:
                raise SecondPersonNeeded()
            apply_move(kind, move_id, actor=request.auth.actor, now=clock.now())
        except SecondPersonNeeded:
            asked = ask_price_move(
                kind,
                move_id,
                actor=request.auth.actor,
                behind=identity.key_maker(request.auth.id),
                now=clock.now(),
                ask=ask,
            )
            return HTTPStatus.ACCEPTED, approval(asked)
        return HTTPStatus.OK, preview(move_id)

    return once(request, idempotency_key, act)
