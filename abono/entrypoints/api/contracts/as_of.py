"""GET /v1/contracts/{id}/as-of: what was true of a contract at a moment, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

from ninja import Field, Query, Router, Schema

from abono.domain.contracts.known import Since
from abono.domain.identity.keys import READ
from abono.domain.invoicing.past import Stood
from abono.domain.settings.types import SetValue
from abono.entrypoints.api.contracts.arrangements import Arrangement, arrangements
from abono.entrypoints.api.contracts.licences import Licences
from abono.entrypoints.api.invoices.invoices import Shown
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId, ContractState, Moment
from abono.flows.history.as_of import AsOf, Sold
from abono.flows.history.as_of import as_of as told
from abono.flows.history.cycle_as_of import CycleAsOf, Untold
from abono.kernel.ids import public
from abono.platform import clock

router = Router(tags=["contracts"])
Actor = Annotated[str, Field(max_length=120, description="As in events.", examples=["system"])]


class AsOfQuery(Schema):
    at: Annotated[
        Moment, Field(description="On the customer's clock. What happened at this moment had happened.")
    ]


class HeldSince(Schema):
    """From when it held and by what; `begins_at` null: with the contract."""

    begins_at: datetime | None
    decided_at: datetime
    actor: Actor
    version_move: Annotated[shown.VersionMoveId | None, Field(description="The move that brought it.")]


class PlanAsOf(Schema):
    id: shown.PlanId
    code: shown.Code
    name: str
    version: int
    since: HeldSince


class PackageAsOf(Schema):
    id: shown.PackageId
    code: shown.Code
    version: int
    value_minor: int
    since: HeldSince


class LicencesAsOf(Licences):
    since: HeldSince


class StateAsOf(Schema):
    """A contract that was never moved is as it was signed, without an actor."""

    state: ContractState
    since: datetime
    actor: Actor | None
    why: str


class SettingAsOf(Schema):
    """`valid_from`, `actor` and `why` are null where nobody had set it: it is as it ships, or as the plan says."""

    percent: int | None
    valid_from: datetime | None
    actor: Actor | None
    why: str | None


class ContractCycleAsOf(Schema):
    """The cycle that the contract was in. Amounts are millionths of its currency; what cannot be told is null, and
    `untold` says why: `laid_away`, the sends of the cycle are not kept here any more; `changed_otherwise`, the books
    do not follow from what was written down; `no_cycle`, the books have none."""

    number: int
    start: datetime
    end: datetime
    value_micro: int | None
    unlimited: bool
    ceiling_micro: Annotated[int | None, Field(description="Null as well where there was no limit.")]
    held_micro: int | None
    used_micro: int | None
    overage_micro: int | None
    cap_micro: Annotated[int | None, Field(description="The customer's own cap.")]
    blocked_at: datetime | None
    limit: SettingAsOf
    overage_price: SettingAsOf
    included_interactions: int | None
    interactions: int
    untold: list[Annotated[Untold, shown.words(Untold)]]


class InvoiceAsOf(Schema):
    """`credited_minor` is what credit notes had taken off what was owed, `taken_back_minor` all that they took back."""

    id: shown.InvoiceId
    number: Annotated[str, Field(max_length=40, examples=["A-000042"])]
    state: Shown
    since: datetime
    issued_at: datetime
    total_minor: int
    credited_minor: int
    taken_back_minor: int
    credit_used_minor: int
    received_minor: int
    owed_minor: int


class ContractAsOf(Schema):
    """A contract at a moment, as it was known then."""

    id: shown.ContractId
    number: shown.ContractNumber
    at: datetime
    currency: shown.Currency
    signed_at: datetime
    state: StateAsOf
    plan: PlanAsOf
    package: PackageAsOf
    licences: LicencesAsOf
    interval: shown.Interval
    arrangements: Annotated[list[Arrangement], Field(description="Prices of its own and add-ons that held.")]
    cycle: ContractCycleAsOf | None
    invoices: list[InvoiceAsOf]
    credit_minor: Annotated[int, Field(description="What was left of its credit.")]
    receivable_minor: Annotated[int, Field(description="What was to be paid, by the journal.")]


@router.get("/contracts/{contract_id}/as-of", **answers({200: ContractAsOf}, 404, 422, scope=READ))
def read_contract_as_of(
    request: ApiRequest, contract_id: ContractId, query: Query[AsOfQuery]
) -> ContractAsOf:
    """What was true at a moment, since when and by what. Sends count when they happened, also those that were told of
    later."""
    then = told(contract_id=contract_id, at=query.at, real=clock.now(), customer_id=request.auth.customer_id)
    return ContractAsOf(
        id=then.public_id,
        number=then.number,
        at=then.at,
        currency=then.currency,
        signed_at=then.signed_at,
        state=_state(then),
        plan=_plan(then.plan),
        package=_package(then.package, then.package_value_minor),
        licences=LicencesAsOf(
            included=then.licences.included, extra=then.licences.extra, since=_since(then.licences.since)
        ),
        interval=then.interval,
        arrangements=arrangements(then.arranged, then.contract_id),
        cycle=None if then.cycle is None else _cycle(then.cycle),
        invoices=[_invoice(one) for one in then.invoices],
        credit_minor=then.credit_minor,
        receivable_minor=then.receivable_minor,
    )


def _state(then: AsOf) -> StateAsOf:
    move = then.move
    if move is None:
        return StateAsOf(state=then.state, since=then.signed_at, actor=None, why="")
    return StateAsOf(state=then.state, since=move.happened_at, actor=move.actor, why=move.reason)


def _plan(one: Sold) -> PlanAsOf:
    return PlanAsOf(
        id=public("pln", one.id),
        code=one.code,
        name=one.name,
        version=one.version,
        since=_since(one.since),
    )


def _package(one: Sold, value_minor: int) -> PackageAsOf:
    return PackageAsOf(
        id=public("pkg", one.id),
        code=one.code,
        version=one.version,
        value_minor=value_minor,
        since=_since(one.since),
    )


def _since(since: Since) -> HeldSince:
    return HeldSince(
        begins_at=since.begins_at,
        decided_at=since.written_at,
        actor=since.actor,
        version_move=since.batch or None,
    )


def _setting(percent: int | None, by: SetValue | None) -> SettingAsOf:
    if by is None:
        return SettingAsOf(percent=percent, valid_from=None, actor=None, why=None)
    return SettingAsOf(percent=percent, valid_from=by.valid_from, actor=by.actor, why=by.why)


def _cycle(cycle: CycleAsOf) -> ContractCycleAsOf:
    return ContractCycleAsOf(
        number=cycle.number,
        start=cycle.period.start,
        end=cycle.period.end,
        value_micro=cycle.value_micro,
        unlimited=cycle.unlimited,
        ceiling_micro=cycle.ceiling_micro,
        held_micro=cycle.held_micro,
        used_micro=cycle.used_micro,
        overage_micro=cycle.overage_micro,
        cap_micro=cycle.cap_micro,
        blocked_at=cycle.blocked_at,
        limit=_setting(cycle.limit_percent, cycle.limit_set),
        overage_price=_setting(cycle.overage_price_percent, cycle.overage_price_set),
        included_interactions=cycle.included_interactions,
        interactions=cycle.interactions,
        untold=list(cycle.untold),
    )


def _invoice(one: Stood) -> InvoiceAsOf:
    return InvoiceAsOf(
        id=one.public_id,
        number=one.title,
        state=cast(Shown, one.state.word),
        since=one.since,
        issued_at=one.issued_at,
        total_minor=one.total_minor,
        credited_minor=one.credited_minor,
        taken_back_minor=one.taken_back_minor,
        credit_used_minor=one.credit_used_minor,
        received_minor=one.received_minor,
        owed_minor=one.owed_minor,
    )
