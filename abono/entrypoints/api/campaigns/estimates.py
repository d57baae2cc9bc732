"""What a campaign would cost, without holding anything (PKG-11)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Router, Schema

from abono.domain.campaigns.types import EstimateLine
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import METER, READ
from abono.entrypoints.api.campaigns.campaigns import AskedLine, Lines, asked
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId
from abono.entrypoints.api.protocol.whose import own
from abono.flows.campaigns.estimate import estimate_campaign
from abono.kernel.rating import UNLIMITED
from abono.platform import clock

router = Router(tags=["campaigns"])


class EstimateAsked(Asked):
    lines: Lines


class EstimatedLine(Schema):
    channel: shown.Channel
    kind: shown.Kind
    country: shown.Country
    count: int
    units: int
    price_micro: Annotated[
        int | None,
        Field(description="Of each send with all its units; null: cannot be sent with the package."),
    ]
    amount_micro: int
    package_micro: int
    overage_micro: int
    fits: Annotated[int, Field(description="Sends that fit before the limit, earlier lines first.")]


class Estimated(Schema):
    """What all of it costs, what of that the package pays and what is overage. Nothing is held for it."""

    at: datetime
    currency: shown.Currency
    amount_micro: int
    package_micro: int
    overage_micro: int
    overage_price_percent: Annotated[
        int, Field(description="What overage costs, in % of the session prices.", examples=[100])
    ]
    overage_price_micro: Annotated[int, Field(description="What that overage would cost.")]
    fits: int
    holdable: Annotated[bool, Field(description="A hold of the whole campaign would be granted now.")]
    blocked: bool
    room_micro: Annotated[int | None, Field(description="What can be held now; null: no limit.")]
    left_micro: Annotated[
        int | None, Field(description="To the limit after it; null: none, or it does not fit.")
    ]
    lines: list[EstimatedLine]


@router.post(
    "/contracts/{contract_id}/campaign-estimates",
    **answers({200: Estimated}, 400, 404, 409, 413, 415, 422, scope=(READ, METER)),
)
def create_campaign_estimate(request: ApiRequest, contract_id: ContractId, body: EstimateAsked) -> Estimated:
    """What a campaign would cost now, line by line. Nothing is held and nothing is written."""
    contract = own(request, contract_id)
    found = estimate_campaign(
        contract_id=contract.id,
        customer_id=contract.customer_id,
        lines=asked(body.lines),
        now=customers.moment_of(contract.customer_id, real=clock.now()).now,
    )
    return Estimated(
        at=found.at,
        currency=contract.currency,
        amount_micro=found.amount_micro,
        package_micro=found.package_micro,
        overage_micro=found.overage_micro,
        overage_price_percent=found.overage_percent,
        overage_price_micro=found.overage_price_micro,
        fits=found.fits,
        holdable=found.holdable,
        blocked=found.blocked,
        room_micro=None if found.room_micro > UNLIMITED // 2 else found.room_micro,
        left_micro=found.left_micro,
        lines=[_line(*both) for both in zip(body.lines, found.lines, strict=True)],
    )


def _line(line: AskedLine, found: EstimateLine) -> EstimatedLine:
    return EstimatedLine(
        channel=line.channel,
        kind=line.kind,
        country=line.country,
        count=line.count,
        units=line.units,
        price_micro=found.price_micro,
        amount_micro=found.amount_micro,
        package_micro=found.package_micro,
        overage_micro=found.overage_micro,
        fits=found.fits,
    )
