"""What is contested, and what the seller says of it at the bank, for the seller's programs (PAY-10)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import disputes
from abono.domain.payments.rules import LONGEST_EVIDENCE
from abono.domain.payments.states import DisputeState
from abono.domain.payments.types import DisputeInfo
from abono.entrypoints.api.invoices.invoices import InvoiceDispute
from abono.entrypoints.api.invoices.invoices import dispute as of_invoice
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Day, DisputeId, Said
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.standing.dispute import answer_dispute
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["invoices"])


class Dispute(InvoiceDispute):
    """… with what the seller alone is told."""

    invoice: shown.InvoiceId
    currency: shown.Currency
    why: Annotated[str, Field(max_length=300)]
    ended_why: Annotated[str, Field(max_length=300, description="Empty until it ends.")]
    evidence: Annotated[
        str, Field(max_length=LONGEST_EVIDENCE, description="What you said at the bank; empty until then.")
    ]
    evidence_at: datetime | None


class DisputeList(Schema):
    items: list[Dispute]
    next_cursor: shown.Cursor | None


class DisputeQuery(PageQuery):
    state: DisputeState | None = None


class EvidenceWanted(Asked):
    """It is kept here, and handed in by nobody: hand it in at the bank as well."""

    evidence: Annotated[
        Said,
        StringConstraints(max_length=LONGEST_EVIDENCE),
        Field(
            description="What shows that the payment was meant. It takes the place of what was said before."
        ),
    ]
    answer_by: Annotated[
        Day | None, Field(description="The last day, as the bank says; null leaves the one that is known.")
    ] = None


@router.get("/disputes", **answers({200: DisputeList}, 403, 422, scope=READ))
def list_disputes(request: ApiRequest, query: Query[DisputeQuery]) -> DisputeList:
    """What is or was contested, newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    found, following = page_by_id("d", query, disputes.page, state=query.state)
    return DisputeList(items=[_dispute(one) for one in found], next_cursor=following)


@router.get("/disputes/{dispute_id}", **answers({200: Dispute}, 403, 404, scope=READ))
def read_dispute(request: ApiRequest, dispute_id: DisputeId) -> Dispute:
    """One dispute, with the evidence that is written down. Of the seller's keys."""
    return _dispute(_sellers(request, dispute_id, Act.READ))


@router.put(
    "/disputes/{dispute_id}/evidence",
    **answers({200: Dispute}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def put_dispute_evidence(
    request: ApiRequest, dispute_id: DisputeId, body: EvidenceWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Write down what you say at the bank of a payment that is contested, and until which day it has to be there. The same again
    changes nothing. 409: it has ended, or no payment is contested. Of the seller's keys."""
    found = _sellers(request, dispute_id, Act.CORRECT)
    whose = invoices.get(found.invoice_id).customer_id

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        said = answer_dispute(
            dispute_id=dispute_id,
            evidence=body.evidence,
            answer_by=body.answer_by,
            actor=request.auth.actor,
            now=customers.moment_of(whose, real=clock.now()).now,
        )
        return HTTPStatus.OK, _dispute(said)

    return once(request, idempotency_key, act)


def _sellers(request: ApiRequest, dispute_id: DisputeId, act: Act) -> DisputeInfo:
    """The dispute, for a key of the seller alone; another's does not exist (ACC-2)."""
    found = disputes.get(dispute_id, customer_id=request.auth.customer_id)
    sellers(request, act)
    return found


def _dispute(one: DisputeInfo) -> Dispute:
    return Dispute.model_validate(
        {
            **of_invoice(one),
            "invoice": public("inv", one.invoice_id),
            "currency": one.amount.currency,
            "why": one.why,
            "ended_why": one.ended_why,
            "evidence": one.evidence,
            "evidence_at": one.evidence_at,
        }
    )
