"""Contracts in force that go on with newer versions: a preview that says what each pays, then exactly that (CAT-5)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.contracts import batches
from abono.domain.contracts.batches import BatchInfo, Version
from abono.domain.contracts.errors import NoSuchBatch
from abono.domain.identity.keys import READ, WRITE
from abono.entrypoints.api.approvals.approvals import Approval
from abono.entrypoints.api.price_moves import moves
from abono.entrypoints.api.price_moves.moves import Move, MovedPrices
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, Code, ContractId, VersionMoveId
from abono.flows.price_moves.reckon import MOST
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import Moved, effects, preview_versions
from abono.platform import clock

router = Router(tags=["versions"])


class VersionMoveAsked(Asked):
    """What is moved to its newest version: a plan, a package, or both."""

    plan: Annotated[Code | None, Field(description="Code of a plan on sale.", examples=["specialist"])] = None
    package: Annotated[Code | None, Field(description="Code of a package on sale.", examples=["brl-100"])] = (
        None
    )
    contracts: Annotated[
        list[ContractId],
        Field(max_length=MOST, description="Of these only; left out: of all that have an older one."),
    ] = []


class MovedVersion(Schema):
    code: shown.Code
    version: int


class VersionMove(Move):
    """`plan` and `package` are the newer versions; null where they stay."""

    id: shown.VersionMoveId
    plan: MovedVersion | None
    package: MovedVersion | None


class MovedContract(MovedPrices):
    """What a customer pays a month for plan and package before and after, and how many session prices differ then. A plan
    that is paid for by the year is in `year_before_minor` and `year_after_minor` instead; they are 0 for the others."""

    plan_before: MovedVersion
    plan_after: MovedVersion
    package_before: MovedVersion
    package_after: MovedVersion
    year_before_minor: int
    year_after_minor: int
    dearer: int
    cheaper: int


class VersionMovePreview(VersionMove):
    contracts: list[MovedContract]


class VersionMoveList(Schema):
    items: list[VersionMove]
    next_cursor: shown.Cursor | None


@router.get("/version-moves", **answers({200: VersionMoveList}, 403, 422, scope=READ))
def list_version_moves(request: ApiRequest, query: Query[PageQuery]) -> VersionMoveList:
    """Previews, applied or not, newest first. Of the seller's keys, as are the others here."""
    items, following = moves.listed(request, query, "v", batches.newest, _one)
    return VersionMoveList(items=items, next_cursor=following)


@router.post(
    "/version-moves", **answers({201: VersionMovePreview}, 400, 403, 404, 409, 413, 415, 422, scope=WRITE)
)
def create_version_move(
    request: ApiRequest, body: VersionMoveAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Preview it: which contracts, and what each customer pays before and after. Nothing else is changed."""

    def make() -> UUID:
        return preview_versions(
            plan_code=body.plan or "",
            package_code=body.package or "",
            contract_ids=body.contracts,
            actor=request.auth.actor,
            now=clock.now(),
        )

    return moves.previewed(request, idempotency_key, body.contracts, make, _preview)


@router.get("/version-moves/{move_id}", **answers({200: VersionMovePreview}, 404, scope=READ))
def read_version_move(request: ApiRequest, move_id: VersionMoveId) -> VersionMovePreview:
    """What a preview says, contract by contract."""
    moves.exists(request, NoSuchBatch)
    return _preview(move_id)


@router.post(
    "/version-moves/{move_id}/apply",
    **answers({200: VersionMovePreview, 202: Approval}, 400, 404, 409, 413, 422, scope=WRITE),
)
def apply_version_move(
    request: ApiRequest, move_id: VersionMoveId, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Do exactly what the preview says: each contract goes on with the newer versions on its day, and its customer is
    told now. 202: so much a month needs a second person, who is asked. If anything has changed since, nothing is done for anybody. A second time it does nothing."""
    return moves.apply(request, idempotency_key, VERSIONS, move_id, _preview, missing=NoSuchBatch)


def _preview(batch_id: UUID) -> VersionMovePreview:
    rows = [_moved(one) for one in effects(batch_id)]
    return VersionMovePreview.model_validate({**_members(batches.get(batch_id)), "contracts": rows})


def _one(one: BatchInfo) -> VersionMove:
    return VersionMove.model_validate(_members(one))


def _members(one: BatchInfo) -> dict[str, object]:
    return {
        **moves.members(one),
        "id": one.public_id,
        "plan": None if one.plan is None else _version(one.plan),
        "package": None if one.package is None else _version(one.package),
    }


def _moved(one: Moved) -> dict[str, object]:
    plans, packages = [_version(of) for of in one.plans], [_version(of) for of in one.packages]
    return {
        **moves.prices(one),
        "plan_before": plans[0],
        "plan_after": plans[1],
        "package_before": packages[0],
        "package_after": packages[1],
        "year_before_minor": one.years[0].minor,
        "year_after_minor": one.years[1].minor,
        "dearer": one.dearer,
        "cheaper": one.cheaper,
    }


def _version(of: Version) -> MovedVersion:
    return MovedVersion(code=of.code, version=of.number)
