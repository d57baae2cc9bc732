"""Ask for the interim invoice of the overage so far (LIM-4)."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from ninja import Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity.keys import WRITE
from abono.domain.invoicing import queries as invoices
from abono.entrypoints.api.invoices.invoices import InvoiceWithLines, with_lines
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import ContractId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own
from abono.flows.limits.interim import issue_interim
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["payments"])


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
