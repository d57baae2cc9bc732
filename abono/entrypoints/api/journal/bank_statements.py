"""Statements of the seller's bank accounts, for its programs: taken, and what each movement of them pays (PAY-6, PAY-12)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import receipts
from abono.domain.statements import queries as statements
from abono.domain.statements.errors import BadBankStatement, NoSuchMovement, NoSuchStatement
from abono.domain.statements.states import Did, Only
from abono.domain.statements.types import MovementInfo, StatementInfo
from abono.entrypoints.api.approvals.approvals import Approval, approval
from abono.entrypoints.api.invoices.standing import or_second
from abono.entrypoints.api.journal.bank_files import BYTES
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, InvoiceId, MovementId, Reason, Said, StatementId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.flows.approvals.ask_receipt import ask_movement
from abono.flows.statements import match
from abono.flows.statements.propose import Because, Proposal, proposals
from abono.flows.statements.take import take
from abono.kernel.ids import public
from abono.kernel.moment import Moment
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web.download import as_file

router = Router(tags=["bank statements"])


class StatementAsked(Asked):
    """`content`: the bank's statement in OFX, 1.x or 2.x, in base64."""

    name: Annotated[Said, Field(max_length=100, examples=["extrato.ofx"])]
    content: Annotated[
        str, Field(max_length=4_000_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$", examples=["T0ZYSEVBREVSOjEwMA=="])
    ]


class MovementPays(Asked):
    invoice: InvoiceId


class MovementLeftOut(Asked):
    why: Annotated[Reason, Field(description="Kept in the record; the customer does not read it.")]


class BankStatement(Schema):
    """`movements` of the file; `known` of them were told by an earlier statement and stand there alone; of `open` nobody said yet what
    they are."""

    id: shown.StatementId
    name: Annotated[str, Field(max_length=100)]
    movements: int
    known: int
    open: int
    first_day: date | None
    last_day: date | None
    recorded_at: datetime


class BankStatementList(Schema):
    items: list[BankStatement]
    next_cursor: shown.Cursor | None


class MovementProposal(Schema):
    """What a movement may be, as long as nobody said it. `recorded`: a payment of that sum that came within four days of it, so that it may
    be the same money; `twin`: a movement of another statement just like it, by another name of the bank."""

    invoice: shown.InvoiceId | None
    because: Annotated[Because, shown.words(Because)] | None
    recorded: shown.ReceiptId | None
    twin: shown.MovementId | None
    approval: Annotated[shown.ApprovalId | None, Field(description="A second person is asked for it.")]


class BankMovement(Schema):
    """`name`: the bank's own of it (FITID). `amount_minor` is below zero where money left: then there is nothing to say of it."""

    id: shown.MovementId
    statement: Annotated[shown.StatementId, Field(description="That told it first.")]
    place: Annotated[int, Field(description="In that file, from 1.")]
    account: Annotated[str, Field(max_length=120, examples=["0341/1234567890"])]
    day: date
    amount_minor: int
    currency: shown.Currency
    name: Annotated[str, Field(max_length=120)]
    text: Annotated[str, Field(max_length=400)]
    did: Annotated[Did | None, shown.words(Did), Field(description="Null while nobody said it.")]
    invoice: Annotated[shown.InvoiceId | None, Field(description="That it pays.")]
    payment: Annotated[shown.ReceiptId | None, Field(description="By which it pays.")]
    why: Annotated[str, Field(max_length=300, description="Why it is left out.")]
    proposal: MovementProposal | None


class BankMovementList(Schema):
    items: list[BankMovement]
    next_after: Annotated[int | None, Field(description="`after` of the next page.")]


class MovementsQuery(Schema):
    after: Annotated[int, Field(ge=0, le=10**9, description="Movements behind this place.")] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    only: Annotated[
        Only | None,
        Field(description="`open`: nobody said yet what they are; `out`: money left, or none moved."),
    ] = None


SAID = answers({201: BankMovement}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)


@router.get("/bank-statements", **answers({200: BankStatementList}, 403, 422, scope=READ))
def list_bank_statements(request: ApiRequest, query: Query[PageQuery]) -> BankStatementList:
    """Newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    items, following = page_by_id("x", query, statements.newest)
    return BankStatementList(items=[_statement(one) for one in items], next_cursor=following)


@router.post("/bank-statements", **answers({201: BankStatement}, 400, 403, 413, 415, 422, scope=WRITE))
def create_bank_statement(
    request: ApiRequest, body: StatementAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Take a statement in OFX. It is looked at whole before any of it is believed, and books nothing. The same again is the one that was
    taken; a movement that an earlier one told stands there alone. 422: it cannot be believed."""
    sellers(request, Act.MONEY)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        try:
            content = b64decode(body.content, validate=True)
        except binascii.Error:
            raise BadBankStatement.because("layout", 1, "base64") from None
        found, _new = take(name=body.name, content=content, actor=request.auth.actor, real=clock.now())
        return HTTPStatus.CREATED, _statement(found)

    return once(request, idempotency_key, act)


@router.get("/bank-statements/{statement_id}", **answers({200: BankStatement}, 403, 404, scope=READ))
def read_bank_statement(request: ApiRequest, statement_id: StatementId) -> BankStatement:
    """One statement."""
    return _statement(_get(request, statement_id))


@router.get(
    "/bank-statements/{statement_id}/movements",
    **answers({200: BankMovementList}, 403, 404, 422, scope=READ),
)
def list_bank_movements(
    request: ApiRequest, statement_id: StatementId, query: Query[MovementsQuery]
) -> BankMovementList:
    """Those that this statement told first, in its order, with what they may be."""
    _get(request, statement_id)
    found = statements.movements(statement_id, only=query.only, after=query.after, limit=query.limit + 1)
    some, more = found[: query.limit], len(found) > query.limit
    return BankMovementList(items=_movements(some), next_after=some[-1].place if more else None)


@router.get(
    "/bank-statements/{statement_id}/content",
    **answers({200: None}, 403, 404, scope=READ, openapi_extra=BYTES),
)
def read_bank_statement_content(request: ApiRequest, statement_id: StatementId) -> HttpResponse:
    """The file as it came, byte for byte."""
    count_file(request)
    found = _get(request, statement_id)
    content = HttpResponse(statements.content(found.id), content_type="application/octet-stream")
    return as_file(content, f"{found.public_id}.ofx")


@router.post(
    "/bank-movements/{movement_id}/payment",
    **answers({201: BankMovement, 202: Approval}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_movement_payment(
    request: ApiRequest, movement_id: MovementId, body: MovementPays, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """It pays this invoice, as a payment that is recorded by hand: what is more, or was paid already, becomes credit. To pay the same
    invoice again changes nothing; taken back with its payment. 202: so much for one invoice needs a second person, who is asked. 409:
    somebody said already what it is, no money came by it, or the invoice takes none."""
    found, actor = _movement(request, movement_id), request.auth.actor
    of: dict[str, Any] = {"movement_id": found.id, "invoice_id": body.invoice, "actor": actor}

    def pay(moment: Moment, _ask: Ask) -> None:
        match.pay(moment=moment, **of)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        moment = customers.moment_of(invoices.get(body.invoice).customer_id, real=clock.now())
        asked = or_second(pay, request, partial(ask_movement, **of))(moment, ask)
        if asked is not None:
            return HTTPStatus.ACCEPTED, approval(asked)
        return HTTPStatus.CREATED, _told(found)

    return once(request, idempotency_key, act)


@router.post("/bank-movements/{movement_id}/left-out", **SAID)
def close_bank_movement(
    request: ApiRequest,
    movement_id: MovementId,
    body: MovementLeftOut,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """It is booked already, as what a bank or a gateway pays out in one sum is, or none of ours. 409: somebody said already what it is,
    or no money came by it."""
    found = _movement(request, movement_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = clock.now()
        who: dict[str, Any] = {"actor": request.auth.actor, "moment": Moment(now, now), "ask": ask}
        match.leave_out(movement_id=found.id, why=body.why, **who)
        return HTTPStatus.CREATED, _told(found)

    return once(request, idempotency_key, act)


@router.post("/bank-movements/{movement_id}/reopening", **SAID)
def create_movement_reopening(
    request: ApiRequest, movement_id: MovementId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """It was left out by mistake: somebody says anew what it is. 409: it is not left out."""
    found = _movement(request, movement_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = clock.now()
        who: dict[str, Any] = {"actor": request.auth.actor, "moment": Moment(now, now), "ask": ask}
        match.look_again(movement_id=found.id, **who)
        return HTTPStatus.CREATED, _told(found)

    return once(request, idempotency_key, act)


def _get(request: ApiRequest, statement_id: StatementId) -> StatementInfo:
    if request.auth.customer_id is not None:
        raise NoSuchStatement()
    sellers(request, Act.READ)
    return statements.get(statement_id)


def _movement(request: ApiRequest, movement_id: MovementId) -> MovementInfo:
    if request.auth.customer_id is not None:
        raise NoSuchMovement()
    sellers(request, Act.CORRECT)
    return statements.movement(movement_id)


def _statement(one: StatementInfo) -> BankStatement:
    return BankStatement(
        id=one.public_id,
        name=one.name,
        movements=one.movements,
        known=one.known,
        open=one.open,
        first_day=one.first_day,
        last_day=one.last_day,
        recorded_at=one.at,
    )


def _told(one: MovementInfo) -> BankMovement:
    """As it stands now."""
    return _movements([statements.movement(one.id)])[0]


def _movements(some: Sequence[MovementInfo]) -> list[BankMovement]:
    came = receipts.several([one.receipt_id for one in some if one.receipt_id is not None])
    paid, may_be = {one.id: one for one in came}, proposals(some)
    return [
        BankMovement(
            id=one.public_id,
            statement=public("stm", one.statement_id),
            place=one.place,
            account=one.account,
            day=one.day,
            amount_minor=one.amount.minor,
            currency=one.amount.currency,
            name=one.name,
            text=one.text,
            did=one.did,
            invoice=None if one.receipt_id is None else public("inv", paid[one.receipt_id].invoice_id),
            payment=None if one.receipt_id is None else public("rcp", one.receipt_id),
            why=one.why,
            proposal=None if one.id not in may_be else _proposal(may_be[one.id]),
        )
        for one in some
    ]


def _proposal(one: Proposal) -> MovementProposal:
    return MovementProposal(
        invoice=None if one.invoice is None else one.invoice.public_id,
        because=one.because,
        recorded=None if one.known is None else one.known.public_id,
        twin=None if one.twin is None else one.twin.public_id,
        approval=one.waits or None,
    )
