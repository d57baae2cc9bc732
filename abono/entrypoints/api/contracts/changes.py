"""Change plan, package and licences: what it would be, kept as a quote, and the acts on it (CHG-1, CHG-3)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.contracts.states import ChangeState
from abono.domain.contracts.types import MOST_LICENCES
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.invoicing.labels import line_label, sentence
from abono.domain.invoicing.states import LineKind
from abono.entrypoints.api.contracts.licences import Licences
from abono.entrypoints.api.invoices.lines import Calculation, calculation
from abono.entrypoints.api.invoices.payment_requests import PaymentRequest, payment_request
from abono.entrypoints.api.invoices.payments import Payment, payment
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ChangeId, Code, ContractId, Interval
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.changes import accept as acceptance
from abono.flows.changes import undo as undoing
from abono.flows.changes import withdraw as withdrawal
from abono.flows.changes.accept import Accepted
from abono.flows.changes.ask import make_quote
from abono.flows.charges.held import Held
from abono.flows.quotes.parts import QuotedLine
from abono.flows.quotes.seen import Seen, accepted_of, find
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["contracts"])


class ChangeWanted(Asked):
    """What is left out stays as it is."""

    plan: Annotated[Code | None, Field(description="Code of a plan on sale.", examples=["expert"])] = None
    package: Annotated[Code | None, Field(description="Code of a package on sale.", examples=["brl-250"])] = (
        None
    )
    licences: Annotated[
        int | None, Field(ge=0, le=MOST_LICENCES, description="Extra ones, beside those of the plan.")
    ] = None
    interval: Annotated[Interval | None, Field(description="By which the plan is paid for.")] = None


class Content(Schema):
    """Plan, package and licences, and what they cost a month together; the plan beside it a year, where it is paid for by the
    year."""

    plan: shown.Code
    plan_version: int
    package: shown.Code
    package_version: int
    licences: Licences
    interval: shown.Interval
    monthly_minor: int
    yearly_minor: int


class ChangeLine(Schema):
    kind: LineKind
    name: Annotated[str, Field(description="Plan or package, as sold.")]
    label: Annotated[str, Field(description="As on the document, in the language asked for.")]
    amount_minor: int
    calculation: Calculation | None
    explanation: Annotated[str, Field(description="The calculation in words; empty where there is none.")]


class Interactions(Schema):
    """InteractionZ of the current cycle in all."""

    before: int
    after: int


class ChangeShown(Schema):
    """`now` holds from acceptance on: every step up. `after` also has each step down, from `begins_at` on; its package and
    licences from the next cycle on. What was quoted
    is what happens: it is accepted by its id until `valid_until`, and nothing else is ever charged."""

    id: shown.ChangeId
    contract: shown.ContractId
    state: Annotated[str, shown.words(ChangeState)]
    before: Content
    now: Content
    after: Content
    begins_at: datetime | None
    plan_begins_at: Annotated[
        datetime | None, Field(description="Of the step down of the plan: of a paid year its end.")
    ]
    currency: shown.Currency
    today_minor: Annotated[int, Field(description="Charged on acceptance.")]
    difference_minor: Annotated[
        int,
        Field(description="For the rest of the cycle; below zero it is taken off the next invoice."),
    ]
    deferred: Annotated[
        bool, Field(description="The difference is put on the next invoice, and nothing charged at once.")
    ]
    credit_minor: Annotated[int, Field(description="What the contract's credit pays of the difference.")]
    next_invoice_minor: Annotated[int, Field(description="Fees on the next invoice.")]
    lines: list[ChangeLine]
    interactions: Interactions
    functions_gained: list[shown.Code]
    functions_lost: list[shown.Code]
    replaces: Annotated[
        shown.ChangeId | None, Field(description="The scheduled change that gives way to this one.")
    ]
    cannot_be_chosen_again: Annotated[
        list[shown.ChangePart], Field(description="Versions that are left and not on sale any more.")
    ]
    asked_at: datetime
    valid_until: datetime
    accepted_at: datetime | None
    held_until: Annotated[
        datetime | None,
        Field(
            description="So long it waits to be confirmed by its link or approved by the seller, exclusive."
        ),
    ]
    why: Annotated[str, Field(description="Why the seller refused it; else empty.")]
    ended_at: datetime | None


class ChangePixWanted(Asked):
    means: Literal["pix"]


class ChangeAccepted(Schema):
    change: ChangeShown
    payment: Annotated[Payment | None, Field(description="Null where nothing was charged to a card.")]
    payment_request: Annotated[
        PaymentRequest | None,
        Field(description="The Pix that waits to be paid, or that its bank did not take."),
    ]


class Undoing(Schema):
    """`credit_minor` is what was paid for the change: it becomes credit of the contract."""

    holds_again: Content
    interactions: Annotated[int, Field(description="InteractionZ of the current cycle in all.")]
    credit_minor: int
    currency: shown.Currency
    until: Annotated[datetime, Field(description="Exclusive.")]


class ChangeList(Schema):
    items: list[ChangeShown]
    next_cursor: shown.Cursor | None


@router.post(
    "/contracts/{contract_id}/changes",
    **answers({201: ChangeShown}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_change(
    request: ApiRequest, contract_id: ContractId, body: ChangeWanted, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Quote a change: before and after, to the cent. Nothing of the contract is touched, nothing is charged."""
    contract = own(request, contract_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        change = make_quote(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            plan_code=body.plan or contract.plan_code,
            package_code=body.package or contract.package_code,
            extra_licences=body.licences,
            interval=body.interval,
            actor=request.auth.actor,
            moment=customers.moment_of(contract.customer_id, real=clock.now()),
        )
        return HTTPStatus.CREATED, change_shown(change)

    return once(request, idempotency_key, act)


@router.get("/contracts/{contract_id}/changes", **answers({200: ChangeList}, 404, 422, scope=READ))
def list_changes(request: ApiRequest, contract_id: ContractId, query: Query[PageQuery]) -> ChangeList:
    """Changes that were accepted, newest first."""
    contract = own(request, contract_id)
    found, more = page_by_id("g", query, accepted_of, contract_id=contract.id)
    return ChangeList(items=[change_shown(one) for one in found], next_cursor=more)


@router.get("/changes/{change_id}", **answers({200: ChangeShown}, 404, scope=READ))
def read_change(request: ApiRequest, change_id: ChangeId) -> ChangeShown:
    """A quote, or what became of it."""
    return change_shown(find(change_id, customer_id=request.auth.customer_id))


@router.post(
    "/changes/{change_id}/accept",
    **answers({200: ChangeAccepted, 202: ChangeAccepted}, 400, 402, 404, 409, 413, 422, 503, scope=WRITE),
)
def accept_change(
    request: ApiRequest, change_id: ChangeId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Do what was quoted: charge `today_minor` to the card in use; each step up holds at once, each step down with the next
    cycle. 202: it changes as soon as the bank says yes, or, in state `confirm` or `approval`, once somebody presses the link
    in the e-mail or the seller approves it. 402: declined, 503: the bank never heard of it; nothing changes.
    409 `contracts.quote_stale`: something is not as it was quoted; the answer names a new quote."""
    change = find(change_id, customer_id=request.auth.customer_id)
    customer_id = change.customer_id

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        accepted = acceptance.accept_change(
            change_id=change.id,
            customer_id=customer_id,
            actor=request.auth.actor,
            moment=customers.moment_of(customer_id, real=clock.now()),
            ask=ask,
        )
        return _accepted(accepted)

    return once(request, idempotency_key, act)


@router.post(
    "/changes/{change_id}/payment-requests",
    **answers({200: ChangeAccepted, 202: ChangeAccepted}, 400, 404, 409, 413, 415, 422, scope=WRITE),
)
def create_change_payment_request(
    request: ApiRequest,
    change_id: ChangeId,
    body: ChangePixWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Do what was quoted as `accept` does, and ask for `today_minor` by Pix: 202, and each step up holds from the moment in which it
    is paid, within half an hour. Not paid: nothing changes, and it can be accepted once more, or another be quoted once this is
    withdrawn. 200: nothing was to be paid."""
    change = find(change_id, customer_id=request.auth.customer_id)
    customer_id = change.customer_id

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        return _accepted(
            acceptance.accept_change(
                change_id=change.id,
                customer_id=customer_id,
                by=Means(body.means),
                actor=request.auth.actor,
                moment=customers.moment_of(customer_id, real=clock.now()),
                ask=ask,
            )
        )

    return once(request, idempotency_key, act)


@router.get("/changes/{change_id}/undo", **answers({200: Undoing}, 404, 409, scope=(READ, WRITE)))
def preview_change_undo(request: ApiRequest, change_id: ChangeId) -> Undoing:
    """What undoing would do; 409 says why it cannot be."""
    change = find(change_id, customer_id=request.auth.customer_id)
    customer_id = change.customer_id
    now = customers.moment_of(customer_id, real=clock.now()).now
    found = undoing.preview_undo(change_id=change.id, customer_id=customer_id, now=now)
    return Undoing(
        holds_again=_content(found.quote.before),
        interactions=found.quote.interactions[0],
        credit_minor=found.credit.minor,
        currency=found.credit.currency,
        until=found.until,
    )


@router.post("/changes/{change_id}/undo", **answers({200: ChangeShown}, 400, 404, 409, 413, 422, scope=WRITE))
def undo_change(
    request: ApiRequest, change_id: ChangeId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """As if it had not been, shortly after it and if nothing of it was used; what was paid becomes credit."""
    change = find(change_id, customer_id=request.auth.customer_id)
    customer_id = change.customer_id

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        now = customers.moment_of(customer_id, real=clock.now()).now
        undoing.undo_change(change_id=change.id, customer_id=customer_id, actor=request.auth.actor, now=now)
        return HTTPStatus.OK, change_shown(find(change.id))

    return once(request, idempotency_key, act)


@router.post(
    "/changes/{change_id}/withdraw", **answers({200: ChangeShown}, 400, 404, 409, 413, 422, scope=WRITE)
)
def withdraw_change(
    request: ApiRequest, change_id: ChangeId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Take back a step down that is still to come; what was a step up stays. Also a change that waits to be confirmed or
    approved, or for a Pix that is not paid."""
    change = find(change_id, customer_id=request.auth.customer_id)
    customer_id = change.customer_id

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        withdrawal.take_back_change(
            change_id=change.id,
            customer_id=customer_id,
            actor=request.auth.actor,
            moment=customers.moment_of(customer_id, real=clock.now()),
        )
        return HTTPStatus.OK, change_shown(find(change.id))

    return once(request, idempotency_key, act)


def _accepted(accepted: Accepted) -> tuple[HTTPStatus, Schema]:
    return HTTPStatus.OK if accepted.paid else HTTPStatus.ACCEPTED, ChangeAccepted(
        change=change_shown(find(accepted.change_id)),
        payment=None if accepted.charged is None else payment(accepted.charged),
        payment_request=None if accepted.asked is None else payment_request(accepted.asked),
    )


def change_shown(change: Seen) -> ChangeShown:
    quote = change.quote
    before, after = quote.before.plan.function_codes, quote.after.plan.function_codes
    return ChangeShown(
        id=change.public_id,
        contract=change.contract,
        state=change.state.value,
        before=_content(quote.before),
        now=_content(quote.between),
        after=_content(quote.after),
        begins_at=quote.begins_at,
        plan_begins_at=quote.plan_at,
        currency=change.currency,
        today_minor=quote.today.minor,
        difference_minor=quote.difference.minor,
        deferred=quote.deferred,
        credit_minor=quote.credit.minor,
        next_invoice_minor=quote.next_invoice.minor,
        lines=[_line(one) for one in quote.lines],
        interactions=Interactions(before=quote.interactions[0], after=quote.interactions[1]),
        functions_gained=[code for code in after if code not in before],
        functions_lost=[code for code in before if code not in after],
        replaces=None if quote.replaces is None else public("chg", quote.replaces),
        cannot_be_chosen_again=list(quote.left_for_good),
        asked_at=change.asked_at,
        valid_until=change.valid_until,
        accepted_at=change.accepted_at,
        held_until=change.held_until,
        why=change.answer,
        ended_at=change.ended_at,
    )


def _content(what: Held) -> Content:
    return Content(
        plan=what.plan.code,
        plan_version=what.plan.version,
        package=what.package.code,
        package_version=what.package.version,
        licences=Licences(included=what.plan.included_licences, extra=what.extra_licences),
        interval=what.price.interval,
        monthly_minor=what.monthly.minor,
        yearly_minor=what.yearly.minor,
    )


def _line(line: QuotedLine) -> ChangeLine:
    language = get_language() or "en"
    return ChangeLine(
        kind=line.kind,
        name=line.name,
        label=line_label(line.kind, line.name, language),
        amount_minor=line.amount.minor,
        calculation=calculation(line.calculation),
        explanation=sentence(line.name, line.calculation, line.amount, language),
    )
