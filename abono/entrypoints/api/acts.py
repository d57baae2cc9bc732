"""What costs money: raise the package, ask for the interim invoice, pay an invoice (LIM-4, CHG-5, FIN-3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ, WRITE
from abono.domain.invoicing import queries as invoices
from abono.domain.payments.states import State as AttemptState
from abono.entrypoints.api import shown
from abono.entrypoints.api.auth import ApiRequest
from abono.entrypoints.api.contracts import own
from abono.entrypoints.api.declare import IdempotencyKey, answers
from abono.entrypoints.api.fields import Asked, Code, ContractId, InvoiceId, Whole
from abono.entrypoints.api.invoices import InvoiceWithLines, issued, with_lines
from abono.entrypoints.api.keyed import once
from abono.flows.billing.interim import issue_interim
from abono.flows.changes.ask import raise_package
from abono.flows.changes.preview import RaisePreview, preview_raise
from abono.flows.collecting.charge import Charged, charge_invoice
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payments"])
_WORD = {AttemptState.PAID: "paid", AttemptState.DIFFERS: "checking"}

PackageCode = Annotated[Code, Field(description="Code of a bigger package on sale.", examples=["brl-250"])]


class Payment(Schema):
    """`unknown`: the bank has not answered clearly; it is asked until it has, and charged never twice.
    `checking`: what the bank reported is not what was asked for; a person looks at it, nothing is released."""

    id: shown.AttemptId
    state: Literal["paid", "unknown", "checking"]
    confirm_url: Annotated[
        shown.Address | None,
        Field(
            description="The bank's page on which the holder confirms, while it waits for that; send them there."
        ),
    ] = None


class InvoicePayment(Schema):
    payment: Payment
    invoice: InvoiceWithLines


class PackageRaise(Asked):
    package: PackageCode
    today_minor: Annotated[
        Whole,
        Field(
            ge=0,
            description="As it was previewed: if it is another amount by now nothing is charged, and the answer "
            "is 409 `invoicing.amount_changed` with `today_minor` as it is.",
            examples=[15_000],
        ),
    ]


class RaiseQuery(Schema):
    package: PackageCode


class RaisePreviewed(Schema):
    """`today_minor` is charged now, `monthly_minor` at the start of each later cycle, besides the plan."""

    before: shown.Code
    after: shown.Code
    today_minor: int
    monthly_minor: int
    currency: shown.Currency


class PackageRaised(RaisePreviewed):
    payment: Payment


@router.get(
    "/contracts/{contract_id}/package-raises/preview",
    **answers({200: RaisePreviewed}, 404, 409, 422, scope=(READ, WRITE)),
)
def preview_package_raise(
    request: ApiRequest, contract_id: ContractId, query: Query[RaiseQuery]
) -> RaisePreviewed:
    """What raising to a package would cost; nothing is written."""
    contract = own(request, contract_id)
    preview = preview_raise(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        package_code=query.package,
        now=customers.moment_of(contract.customer_id, real=clock.now()).now,
    )
    return RaisePreviewed.model_validate(_previewed(preview))


@router.post(
    "/contracts/{contract_id}/package-raises",
    **answers({201: PackageRaised, 202: PackageRaised}, 400, 402, 404, 409, 413, 415, 422, 503, scope=WRITE),
)
def create_package_raise(
    request: ApiRequest, contract_id: ContractId, body: PackageRaise, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Charge the difference to the card in use; 201: the bigger package is in force, sending is open.
    202: as soon as the bank says yes. 402: declined, 503: the bank never heard of it; the old package stays."""
    contract = own(request, contract_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        raised = raise_package(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            package_code=body.package,
            accepted=Money(body.today_minor, contract.currency),
            actor=request.auth.actor,
            moment=customers.moment_of(contract.customer_id, real=clock.now()),
            ask=ask,
        )
        return _status(raised.charged), PackageRaised.model_validate(
            {**_previewed(raised.preview), "payment": _payment(raised.charged)}
        )

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/interim-invoices",
    **answers({201: InvoiceWithLines}, 400, 404, 409, 413, 422, scope=WRITE),
)
def create_interim_invoice(
    request: ApiRequest, contract_id: ContractId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Issue the invoice of the overage so far, or find the one that waits. Paying it opens one more limit."""
    contract = own(request, contract_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        invoice_id = issue_interim(
            contract_id=contract.id,
            customer_id=contract.customer_id,
            actor=request.auth.actor,
            now=customers.moment_of(contract.customer_id, real=clock.now()).now,
            ask=ask,
        )
        return HTTPStatus.CREATED, with_lines(invoices.get(invoice_id))

    return once(request, idempotency_key, act)


@router.post(
    "/invoices/{invoice_id}/payments",
    **answers({201: InvoicePayment, 202: InvoicePayment}, 400, 402, 404, 409, 413, 422, 503, scope=WRITE),
)
def create_payment(
    request: ApiRequest, invoice_id: InvoiceId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Charge a pending invoice to the card in use. What waited for the money is released at once (PAY-1).
    202: the bank has not answered clearly. 402: declined. 503: it never heard of it, and nothing was charged."""
    invoice = issued(request, invoice_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        charged = charge_invoice(
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            method_id=None,
            off_session=True,
            actor=request.auth.actor,
            moment=customers.moment_of(invoice.customer_id, real=clock.now()),
            ask=ask,
        ).unless_refused()
        return _status(charged), InvoicePayment(
            payment=_payment(charged), invoice=with_lines(invoices.get(invoice.id))
        )

    return once(request, idempotency_key, act)


def _previewed(preview: RaisePreview) -> dict[str, object]:
    return {
        "before": preview.before.code,
        "after": preview.after.code,
        "today_minor": preview.today.minor,
        "monthly_minor": preview.monthly.minor,
        "currency": preview.today.currency,
    }


def _status(charged: Charged) -> HTTPStatus:
    return HTTPStatus.CREATED if charged.paid else HTTPStatus.ACCEPTED


def _payment(charged: Charged) -> Payment:
    state = _WORD.get(charged.state, "unknown")
    return Payment.model_validate(
        {
            "id": public("att", charged.attempt_id),
            "state": state,
            "confirm_url": charged.challenge_url or None,
        }
    )
