"""Billing runs, for the seller's programs (INV-1)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.billing_runs import queries as runs
from abono.domain.billing_runs.errors import NoSuchRun
from abono.domain.billing_runs.types import RunInfo
from abono.domain.contracts.due import RENEW
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing.runs import Billed, Far
from abono.domain.invoicing.states import LineKind
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import ContractId, RunId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.kernel.ids import public
from abono.platform import agenda, clock
from abono.platform.idempotency import Ask

router = Router(tags=["invoices"])


class BilledKind(Schema):
    kind: Annotated[str, shown.words(LineKind)]
    lines: int
    amount_minor: Annotated[int, Field(description="Below zero for what was taken off.")]


class BilledInCurrency(Schema):
    """The amounts of `kinds` add up to the total."""

    currency: shown.Currency
    invoices: int
    total_minor: int
    kinds: list[BilledKind]


class StandsOut(Schema):
    """An invoice of three times as much as in the contract's cycle before, or of nothing."""

    invoice: shown.InvoiceId
    contract: shown.ContractId
    customer: shown.CustomerId
    currency: shown.Currency
    before_minor: int
    after_minor: int


class BillingRun(Schema):
    """As it was counted last, at `counted_at`."""

    id: shown.RunId
    begun_at: datetime
    counted_at: datetime
    ended_at: Annotated[datetime | None, Field(description="Null while it goes on.")]
    renewed: Annotated[
        int, Field(description="Renewals with their invoices; a cycle that begins restricted has none.")
    ]
    left: Annotated[int, Field(description="Due, or in hand.")]
    tried_again: Annotated[int, Field(description="Failed, and tried again within minutes.")]
    given_up: Annotated[int, Field(description="Renewals that wait for a person, when it was counted.")]
    rate: Annotated[float, Field(description="Renewals a second.")]
    billed: list[BilledInCurrency]


class BillingRunDetail(BillingRun):
    stands_out: Annotated[int, Field(description="How many invoices do; counted at the end.")]
    standing_out: Annotated[
        list[StandsOut], Field(description="The first 200 of them, those that differ by most.")
    ]


class BillingRunList(Schema):
    items: list[BillingRun]
    next_cursor: shown.Cursor | None


class TriedAgain(Schema):
    contract: shown.ContractId


@router.get("/billing-runs", **answers({200: BillingRunList}, 403, 422, scope=READ))
def list_billing_runs(request: ApiRequest, query: Query[PageQuery]) -> BillingRunList:
    """Newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    items, following = page_by_id("b", query, runs.page)
    return BillingRunList(items=[_run(one) for one in items], next_cursor=following)


@router.get("/billing-runs/{run_id}", **answers({200: BillingRunDetail}, 403, 404, scope=READ))
def read_billing_run(request: ApiRequest, run_id: RunId) -> BillingRunDetail:
    """One run, with what stands out of it."""
    if request.auth.customer_id is not None:
        raise NoSuchRun()
    sellers(request, Act.READ)
    found = runs.get(run_id)
    far = [_far(one) for one in found.far]
    return BillingRunDetail(**_run(found).model_dump(), stands_out=found.far_count, standing_out=far)


@router.post(
    "/contracts/{contract_id}/renewal-again",
    **answers({201: TriedAgain}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_renewal_again(
    request: ApiRequest, contract_id: ContractId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Its renewal is tried again within a minute, where it was given up. Of the seller's keys."""
    found = own(request, contract_id)
    sellers(request, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        agenda.release_parked(real=clock.now(), kind=RENEW, subject=found.id)
        return HTTPStatus.CREATED, TriedAgain(contract=found.public_id)

    return once(request, idempotency_key, act)


def _run(one: RunInfo) -> BillingRun:
    return BillingRun(
        id=one.public_id,
        begun_at=one.begun_at,
        counted_at=one.told_at,
        ended_at=one.ended_at,
        renewed=one.done,
        left=one.left,
        tried_again=one.again,
        given_up=one.parked,
        rate=round(one.rate, 1),
        billed=[_billed(sums) for sums in one.billed],
    )


def _billed(one: Billed) -> BilledInCurrency:
    kinds = [BilledKind(kind=part.kind, lines=part.lines, amount_minor=part.minor) for part in one.kinds]
    return BilledInCurrency(
        currency=one.currency, invoices=one.invoices, total_minor=one.total_minor, kinds=kinds
    )


def _far(one: Far) -> StandsOut:
    return StandsOut(
        invoice=public("inv", one.invoice_id),
        contract=public("ctr", one.contract_id),
        customer=public("cus", one.customer_id),
        currency=one.currency,
        before_minor=one.before_minor,
        after_minor=one.after_minor,
    )
