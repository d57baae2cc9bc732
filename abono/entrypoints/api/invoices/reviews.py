"""Invoices of new cycles that wait for the seller to look at them (INV-10)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.actions import ISSUE
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.states import Reason as InvoiceReason
from abono.domain.invoicing.types import InvoiceDetail
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, with_lines
from abono.entrypoints.api.invoices.lines import Line, line
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, InvoiceId, Reason
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.billing.review import issue_reviewed, park_reviewed
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.platform import agenda, clock
from abono.platform.idempotency import Ask

router = Router(tags=["invoices"])


class ReviewWord(Asked):
    why: Annotated[
        Reason, Field(description="Kept in the record; of an issued invoice the customer can read it.")
    ]


class InvoiceInReview(Schema):
    """It has no number yet, and its customer does not know of it."""

    id: shown.InvoiceId
    customer: shown.CustomerId
    contract: shown.ContractId
    contract_number: shown.ContractNumber
    currency: shown.Currency
    total_minor: int
    issued_by_itself_at: Annotated[
        datetime | None, Field(description="On the customer's clock; null for what is parked.")
    ]
    parked_why: Annotated[str | None, Field(max_length=300)]
    lines: list[Line]


class InvoiceInReviewList(Schema):
    items: list[InvoiceInReview]
    next_cursor: shown.Cursor | None


@router.get("/invoices-in-review", **answers({200: InvoiceInReviewList}, 403, 422, scope=READ))
def list_invoices_in_review(request: ApiRequest, query: Query[PageQuery]) -> InvoiceInReviewList:
    """What waits before it is issued, newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    found, following = page_by_id("w", query, invoices.drafts, reasons=(InvoiceReason.RENEWAL,))
    return InvoiceInReviewList(items=[_shown(one) for one in found], next_cursor=following)


@router.post(
    "/invoices-in-review/{invoice_id}/issue",
    **answers({201: InvoiceWithLines}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_issue_after_review(
    request: ApiRequest, invoice_id: InvoiceId, body: ReviewWord, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Issue it at once, also what is parked; its days to pay count from now on."""
    found = _known(request, invoice_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        issue_reviewed(invoice_id=found.id, why=body.why, actor=request.auth.actor, now=_now(found), ask=ask)
        return HTTPStatus.CREATED, with_lines(invoices.get(found.id))

    return once(request, idempotency_key, act)


@router.post(
    "/invoices-in-review/{invoice_id}/park",
    **answers({201: InvoiceInReview}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_parking(
    request: ApiRequest, invoice_id: InvoiceId, body: ReviewWord, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """It is not issued by itself any more, but waits until somebody issues it."""
    found = _known(request, invoice_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        park_reviewed(invoice_id=found.id, why=body.why, actor=request.auth.actor, now=_now(found))
        return HTTPStatus.CREATED, _shown(invoices.get(found.id))

    return once(request, idempotency_key, act)


def _known(request: ApiRequest, invoice_id: UUID) -> InvoiceDetail:
    """What waits, or what it became. Raises NoSuchInvoice, for what waits also to its customer (ACC-2); Problem (403)."""
    found = invoices.get(invoice_id, customer_id=request.auth.customer_id)
    if request.auth.customer_id is not None and not found.title:
        raise NoSuchInvoice()
    sellers(request, Act.CORRECT)
    return found


def _now(found: InvoiceDetail) -> datetime:
    return customers.moment_of(found.customer_id, real=clock.now()).now


def _shown(found: InvoiceDetail) -> InvoiceInReview:
    waits = agenda.find(ISSUE.name, subject=found.id)
    return InvoiceInReview(
        id=found.public_id,
        customer=public("cus", found.customer_id),
        contract=public("ctr", found.contract_id),
        contract_number=found.contract_number,
        currency=found.currency,
        total_minor=found.total_minor,
        issued_by_itself_at=None if waits is None else waits.due_at,
        parked_why=found.parked_why or None,
        lines=[
            line(
                kind=one.kind,
                name=one.name,
                period=Period(one.period_start, one.period_end),
                quantity=one.quantity,
                unit_price_micro=one.unit_price_micro,
                amount=Money(one.amount_minor, found.currency),
                how=one.calculation,
                fiscal=one.fiscal_type,
            )
            for one in found.lines
        ],
    )
