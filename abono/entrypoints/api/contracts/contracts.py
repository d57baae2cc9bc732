"""Contracts: a list, and each of them (SEE-1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ
from abono.entrypoints.api.contracts.licences import Licences
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import PDF, answers
from abono.entrypoints.api.protocol.fields import ContractId, ContractNumber, ContractState, CustomerId
from abono.entrypoints.api.protocol.whose import own, whose
from abono.flows.charges.paid_for import paid_until
from abono.flows.documents.contract import contract_file
from abono.kernel.ids import public
from abono.kernel.periods import last_date
from abono.platform import clock
from abono.platform.web import download

router = Router(tags=["contracts"])


class SoldPlan(Schema):
    id: shown.PlanId
    code: shown.Code
    name: str


class SoldPackage(Schema):
    id: shown.PackageId
    code: shown.Code
    value_minor: Annotated[int, Field(description="A month, in the contract's currency.")]


class CyclePeriod(Schema):
    """`[start, end)`, numbered from 0."""

    number: int
    start: datetime
    end: datetime


class Contract(Schema):
    """One software plan and one channel package. Dates are null until it is active."""

    id: shown.ContractId
    number: shown.ContractNumber
    customer: shown.CustomerId
    state: ContractState
    plan: SoldPlan
    package: SoldPackage
    licences: Licences
    currency: shown.Currency
    interval: Annotated[
        shown.Interval, Field(description="By which the plan is paid for; all else is monthly.")
    ]
    plan_paid_until: Annotated[
        datetime | None, Field(description="The end of the paid year, exclusive; null by the month.")
    ]
    limit_percent: Annotated[int | None, Field(description="Overage limit in % of the package; null: none.")]
    overage_price_percent: Annotated[
        int, Field(description="What overage costs, in % of the session prices.", examples=[100])
    ]
    signed_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    adhesion_date: date | None
    counted_from: Annotated[
        date | None,
        Field(
            description="The day from which cycles are counted: that of adhesion, or the first of its month."
        ),
    ]
    trial_until: Annotated[
        datetime | None,
        Field(description="When its trial ends, exclusive, and its fees begin; null: it had none."),
    ]
    ends_at: Annotated[
        datetime | None,
        Field(
            description="For when it is cancelled, exclusive, also while it is restricted; null: it goes on."
        ),
    ]
    ends_on: Annotated[
        date | None, Field(description="The last local day on which it works then; null: it goes on.")
    ]
    cycle: CyclePeriod | None


class ContractList(Schema):
    items: list[Contract]
    next_cursor: shown.Cursor | None


class ContractQuery(PageQuery):
    state: ContractState | None = None
    number: Annotated[ContractNumber | None, Field(examples=["2026-000042-7"])] = None
    customer: Annotated[CustomerId | None, Field(description="For keys that see several.")] = None


@router.get("/contracts", **answers({200: ContractList}, 404, 422, scope=READ))
def list_contracts(request: ApiRequest, query: Query[ContractQuery]) -> ContractList:
    """The contracts that the key may see, ended ones too, newest first."""
    shown, following = page_by_id(
        "c",
        query,
        contracts.page,
        customer_id=whose(request, query.customer),
        state=query.state,
        number=query.number or "",
    )
    return ContractList(items=[contract(info) for info in shown], next_cursor=following)


@router.get("/contracts/{contract_id}", **answers({200: Contract}, 404, scope=READ))
def read_contract(request: ApiRequest, contract_id: ContractId) -> Contract:
    """One contract."""
    return contract(own(request, contract_id))


@router.get("/contracts/{contract_id}/pdf", **answers({200: None}, 404, 409, scope=READ, openapi_extra=PDF))
def read_contract_pdf(request: ApiRequest, contract_id: ContractId) -> HttpResponse:
    """The contract with the terms that were accepted, in the language asked for; an ended one too, under the customer's
    password as an invoice. 409: it was never paid."""
    count_file(request)
    found = own(request, contract_id)
    customer = customers.get(found.customer_id)
    now = customer.moment(clock.now()).now
    name, content = contract_file(
        found, customer, get_language() or "en", now=now, for_seller=request.auth.sellers
    )
    return download.pdf(content, name)


def contract(info: ContractInfo) -> Contract:
    return Contract(
        id=info.public_id,
        number=info.number,
        customer=public("cus", info.customer_id),
        state=info.state,
        plan=SoldPlan(id=public("pln", info.plan_id), code=info.plan_code, name=info.plan_name),
        package=SoldPackage(
            id=public("pkg", info.package_id), code=info.package_code, value_minor=info.package_value_minor
        ),
        licences=Licences(included=info.included_licences, extra=info.extra_licences),
        currency=info.currency,
        interval=info.interval,
        plan_paid_until=paid_until(info),
        limit_percent=info.limit_percent,
        overage_price_percent=info.overage_price_percent,
        signed_at=info.signed_at,
        activated_at=info.activated_at,
        ended_at=info.ended_at,
        adhesion_date=info.adhesion_date,
        counted_from=info.counted_from,
        trial_until=info.trial_until,
        ends_at=info.ends_at,
        ends_on=None if info.ends_at is None else last_date(info.ends_at, _zone(info)),
        cycle=_cycle(info),
    )


def _zone(info: ContractInfo) -> str:
    return customers.get(info.customer_id).time_zone


def _cycle(info: ContractInfo) -> CyclePeriod | None:
    if info.cycle_number is None or info.cycle_start is None or info.cycle_end is None:
        return None
    return CyclePeriod(number=info.cycle_number, start=info.cycle_start, end=info.cycle_end)
