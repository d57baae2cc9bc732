"""The taxes that buyers must withhold, and the proof of those that they withheld (PAY-6)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Path, Query, Router, Schema
from pydantic import StringConstraints

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.domain.payments import receipts
from abono.domain.withholding import actions, queries
from abono.domain.withholding.errors import ProofFileWrong
from abono.domain.withholding.types import MOST_BYTES, NewRate, RateInfo, Unproven
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, issued, with_lines
from abono.entrypoints.api.invoices.received import WithholdingProof, proof_of
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.binary import BASE64, binary, decoded
from abono.entrypoints.api.protocol.cursors import PageQuery, page, page_by_id, read_id, write_cursor
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import (
    Asked,
    Country,
    CustomerId,
    Day,
    Reason,
    ReceiptId,
    Said,
    Whole,
)
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers, whose
from abono.flows.standing.prove import prove_withheld
from abono.kernel.ids import public
from abono.kernel.papers import TYPES
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web.download import as_file

router = Router(tags=["invoices"])

Buyer = Literal["company", "person"]
TaxName = Annotated[Said, StringConstraints(max_length=30), Field(examples=["IRRF"])]


class WithholdingRateWanted(Asked):
    """A tax that is withheld so from a day on, until the next rate of its name for the same buyers and lines. With `customer` it is
    of that one alone and takes the place of everybody's of its name; there null as a rate means: as everybody, again. Of several of everybody's of one name the
    narrowest counts alone: a country before any, then a buyer before each; and one of all lines is not of a fiscal type that has its
    own."""

    name: TaxName
    rate_micro: Annotated[
        Whole | None,
        Field(ge=0, le=1_000_000, description="In millionths: 15,000 is 1.5 %; 0: not withheld."),
    ]
    from_date: Annotated[Day, Field(description="Of the payment, on the payer's day. It may be over.")]
    customer: CustomerId | None = None
    country: Annotated[
        Country | None, Field(description="Where the buyer is; null is anywhere. Not with `customer`.")
    ] = None
    buyer: Annotated[Buyer | None, Field(description="Null is each. Not with `customer`.")] = None
    fiscal_type: Annotated[FiscalType | None, Field(description="Of which lines; null is all.")] = None
    of_tax: Annotated[
        bool, Field(description="Reckoned of the taxes on top of those lines, not of the lines.")
    ] = False
    free_up_to_minor: Annotated[
        Whole, Field(ge=0, le=10**15, description="So much of an invoice, or less, is not withheld at all.")
    ] = 0
    why: Annotated[Reason, Field(description="Kept in the record; of one customer, that can read it.")]

    @property
    def new(self) -> NewRate:
        return NewRate(
            name=self.name,
            percent=None if self.rate_micro is None else Decimal(self.rate_micro) / 10_000,
            from_date=self.from_date,
            country=self.country or "",
            buyer=self.buyer or "",
            fiscal_type="" if self.fiscal_type is None else self.fiscal_type.value,
            of_tax=self.of_tax,
            free_up_to_minor=self.free_up_to_minor,
        )


class WithholdingRate(Schema):
    """`customer` where it is of one alone."""

    id: shown.WithholdingRateId
    customer: shown.CustomerId | None
    name: Annotated[str, Field(max_length=30)]
    rate_micro: int | None
    from_date: date
    country: shown.Country | None
    buyer: Buyer | None
    fiscal_type: FiscalType | None
    of_tax: bool
    free_up_to_minor: int
    why: Annotated[str, Field(max_length=300)]
    set_at: datetime


class WithholdingRateList(Schema):
    items: list[WithholdingRate]
    next_cursor: shown.Cursor | None


class WithholdingRateQuery(PageQuery):
    customer: Annotated[
        CustomerId | None, Field(description="Those of one customer; without it, everybody's.")
    ] = None


class WithholdingProofWanted(Asked):
    tax: Annotated[TaxName | None, Field(description="One of its taxes; null is all of them.")] = None
    reference: Annotated[Said, StringConstraints(max_length=120), Field(description="Its number.")]
    proof_date: Annotated[Day, Field(description="That it bears.")]
    file: Annotated[
        str | None,
        Field(
            max_length=4 * MOST_BYTES // 3 + 4,
            pattern=BASE64,
            description="The proof itself in base64: a PDF, or a picture as PNG or JPEG, up to 2 MB. It may come later, with the same"
            " number.",
        ),
    ] = None


class MissingTax(Schema):
    """`name` of the tax, and how much of it was withheld; its `proof` where only the file is missing."""

    name: Annotated[str, Field(max_length=30)]
    amount_minor: int
    proof: WithholdingProof | None


class MissingProof(Schema):
    """A payment of which taxes were withheld, without their proof or its file. `received_date`: of the payment."""

    receipt: shown.ReceiptId
    invoice: shown.InvoiceId
    customer: shown.CustomerId
    received_date: date
    currency: shown.Currency
    taxes: list[MissingTax]


class MissingProofList(Schema):
    items: list[MissingProof]
    next_cursor: shown.Cursor | None


@router.get("/withholding-proofs/missing", **answers({200: MissingProofList}, 403, 422, scope=READ))
def list_missing_withholding_proofs(request: ApiRequest, query: Query[PageQuery]) -> MissingProofList:
    """Of which payments the proof of what was withheld, or its file, has not come, oldest first. Of the seller's keys."""
    sellers(request, Act.READ)
    found = queries.unproven(after=read_id("m", query.cursor), limit=query.limit + 1)
    items, following = page(found, query.limit, lambda last: write_cursor("m", last.receipt_id.bytes))
    return MissingProofList(items=[_missing(one) for one in items], next_cursor=following)


@router.get("/withholding-rates", **answers({200: WithholdingRateList}, 403, 404, 422, scope=READ))
def list_withholding_rates(request: ApiRequest, query: Query[WithholdingRateQuery]) -> WithholdingRateList:
    """Newest first. Of the seller's keys."""
    customer_id = whose(request, query.customer)
    sellers(request, Act.READ)
    find = queries.everybodys if customer_id is None else partial(queries.own, customer_id)
    items, following = page_by_id("w", query, find)
    return WithholdingRateList(items=[_rate(one) for one in items], next_cursor=following)


@router.post(
    "/withholding-rates", **answers({201: WithholdingRate}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)
)
def create_withholding_rate(
    request: ApiRequest, body: WithholdingRateWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """What buyers withhold from a day on. What was booked stays as it is."""
    customer_id = whose(request, body.customer)
    sellers(request, Act.CORRECT)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        done = actions.set_rate(
            body.new, customer_id=customer_id, why=body.why, actor=request.auth.actor, now=clock.now()
        )
        return HTTPStatus.CREATED, _rate(done)

    return once(request, idempotency_key, act)


@router.post(
    "/received-payments/{receipt_id}/withholding-proofs",
    **answers({201: InvoiceWithLines}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_withholding_proof(
    request: ApiRequest,
    receipt_id: ReceiptId,
    body: WithholdingProofWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """The proof of what was withheld beside a payment, or of one tax of it; the newest counts. 409: nothing was withheld, or not
    that tax, or this proof has another file."""
    invoice = issued(request, receipts.get(receipt_id, customer_id=request.auth.customer_id).invoice_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        prove_withheld(
            receipt_id=receipt_id,
            tax=body.tax or "",
            reference=body.reference,
            proof_date=body.proof_date,
            file=decoded(body.file, ProofFileWrong(MOST_BYTES // 2**20)),
            actor=request.auth.actor,
            now=customers.moment_of(invoice.customer_id, real=clock.now()).now,
        )
        return HTTPStatus.CREATED, with_lines(invoices.get(invoice.id))

    return once(request, idempotency_key, act)


@router.get(
    "/received-payments/{receipt_id}/withholding-proofs/{place}",
    **answers({200: None}, 404, 422, scope=READ, openapi_extra=binary(TYPES.values())),
)
def read_withholding_proof(
    request: ApiRequest, receipt_id: ReceiptId, place: Annotated[int, Path(ge=1, le=10_000)]
) -> HttpResponse:
    """The file of a proof, byte for byte as it came; `place` as the payment of the invoice says it. 404: only its number came."""
    count_file(request)
    issued(request, receipts.get(receipt_id, customer_id=request.auth.customer_id).invoice_id)
    proof, content = queries.proof_file(receipt_id, place)
    assert proof.file is not None
    plain = HttpResponse(content, content_type=TYPES[proof.file])
    return as_file(plain, f"{public('rcp', receipt_id)}-{place}.{proof.file.value}")


def _missing(one: Unproven) -> MissingProof:
    return MissingProof(
        receipt=one.public_id,
        invoice=public("inv", one.invoice_id),
        customer=public("cus", one.customer_id),
        received_date=one.received_date,
        currency=one.parts[0].amount.currency,
        taxes=[
            MissingTax(name=part.name, amount_minor=part.amount.minor, proof=proof_of(part.proof))
            for part in one.parts
        ],
    )


def _rate(one: RateInfo) -> WithholdingRate:
    return WithholdingRate.model_validate(
        {
            "id": one.public_id,
            "customer": None if one.customer_id is None else public("cus", one.customer_id),
            "name": one.name,
            "rate_micro": None if one.percent is None else one.rate_micro,
            "from_date": one.from_date,
            "country": one.country or None,
            "buyer": one.buyer or None,
            "fiscal_type": one.fiscal_type or None,
            "of_tax": one.of_tax,
            "free_up_to_minor": one.free_up_to_minor,
            "why": one.why,
            "set_at": one.set_at,
        }
    )
