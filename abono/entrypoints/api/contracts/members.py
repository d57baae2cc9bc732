"""Who belongs to the organization of a contract; the seller's platform changes what they may (ACC-1, LIC-5, CON-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity import invitations, members
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.identity.states import MemberState
from abono.domain.identity.types import MemberDetail, Profile
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page, read_cursor, write_cursor
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, PersonId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.people.members import (
    change_profile,
    deactivate_member,
    delete_member,
    reactivate_member,
)
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["people"])
Mail = Annotated[str, Field(max_length=254, examples=["ana@padaria.example"])]
_PLACE = 8  # bytes of a place in the list
_FEW = 200  # invitations that stand beside the members
WRITES = (400, 404, 409, 413, 415, 422)


class ContractMember(Schema):
    """`person` is whom events name as their actor."""

    person: shown.PersonId
    name: Annotated[str, Field(max_length=120)]
    email: Mail
    profile: Profile
    state: Annotated[MemberState, shown.words(MemberState)]
    since: datetime
    deactivated_at: datetime | None
    seen_at: Annotated[
        datetime | None,
        Field(description="When they last looked at pages of this organization, to a quarter of an hour."),
    ]


class WaitingInvitation(Schema):
    """Nobody becomes a member without their consent: by their mail, or signed in; no key answers for them."""

    id: shown.InvitationId
    email: Mail
    profile: Profile
    invited_at: datetime


class MemberList(Schema):
    items: list[ContractMember]
    next_cursor: shown.Cursor | None
    invitations: Annotated[
        list[WaitingInvitation],
        Field(description="The first 200 who have not answered yet; all are under `…/invitations`."),
    ]


class MemberQuery(PageQuery):
    profile: Profile | None = None
    state: MemberState = MemberState.ACTIVE


class ProfileWanted(Asked):
    profile: Profile


class MemberDeleted(Schema):
    person: shown.PersonId


@router.get("/contracts/{contract_id}/members", **answers({200: MemberList}, 404, 422, scope=READ))
def list_members(request: ApiRequest, contract_id: ContractId, query: Query[MemberQuery]) -> MemberList:
    """People of the contract's organization, oldest first: those who are active, or those who are deactivated; and
    memberships that wait for their consent."""
    customer_id = own(request, contract_id).customer_id
    after = read_cursor("m", query.cursor, length=_PLACE)
    found = members.following(
        customer_id,
        profile=query.profile,
        state=query.state,
        after=None if after is None else int.from_bytes(after),
        limit=query.limit + 1,
    )
    items, following = page(found, query.limit, lambda last: write_cursor("m", last[0].to_bytes(_PLACE)))
    return MemberList(
        items=[_member(one) for _place, one in items],
        next_cursor=following,
        invitations=[
            WaitingInvitation(
                id=one.public_id, email=one.email, profile=one.profile, invited_at=one.created_at
            )
            for one in invitations.waiting(customer_id, real=clock.now(), limit=_FEW)
        ],
    )


@router.put(
    "/contracts/{contract_id}/members/{person_id}/profile",
    **answers({200: ContractMember}, *WRITES, scope=WRITE),
)
def put_member_profile(
    request: ApiRequest,
    contract_id: ContractId,
    person_id: PersonId,
    body: ProfileWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Another profile, from their next page on. For keys of the seller. 409: nobody else is an Administrator."""
    return _act(
        request,
        contract_id,
        person_id,
        idempotency_key,
        lambda who: change_profile(profile=body.profile, **who),
    )


@router.post(
    "/contracts/{contract_id}/members/{person_id}/deactivate",
    **answers({200: ContractMember}, *WRITES, scope=WRITE),
)
def create_member_deactivation(
    request: ApiRequest,
    contract_id: ContractId,
    person_id: PersonId,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Nothing of the organization opens for them until they are brought back; they are signed out everywhere at once. For
    keys of the seller. 409: nobody else is an Administrator."""
    return _act(request, contract_id, person_id, idempotency_key, lambda who: deactivate_member(**who))


@router.post(
    "/contracts/{contract_id}/members/{person_id}/reactivate",
    **answers({200: ContractMember}, *WRITES, scope=WRITE),
)
def create_member_reactivation(
    request: ApiRequest,
    contract_id: ContractId,
    person_id: PersonId,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """They are a member as before. For keys of the seller."""
    return _act(request, contract_id, person_id, idempotency_key, lambda who: reactivate_member(**who))


@router.post(
    "/contracts/{contract_id}/members/{person_id}/delete",
    **answers({200: MemberDeleted}, *WRITES, scope=WRITE),
)
def create_member_deletion(
    request: ApiRequest,
    contract_id: ContractId,
    person_id: PersonId,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """They are a member no longer, for good: only another invitation brings them back. What they did stays in the record.
    For keys of the seller. 409: nobody else is an Administrator."""
    customer_id = own(request, contract_id).customer_id
    if not members.was_deleted(person_id, customer_id):  # else the answer may be asked for again
        members.get(person_id, customer_id)
    sellers(request, Act.MEMBERS)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        if "person" not in ask.led_to:  # by a run that was cut off
            delete_member(**_who(request, person_id, customer_id), ask=ask)
        return HTTPStatus.OK, MemberDeleted(person=public("usr", person_id))

    return once(request, idempotency_key, act)


def _act(
    request: ApiRequest,
    contract_id: UUID,
    person_id: UUID,
    key: str | None,
    do: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    """Do it, once, and say how the member is then."""
    found = members.get(person_id, own(request, contract_id).customer_id)
    sellers(request, Act.MEMBERS)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        do(_who(request, found.person_id, found.customer_id))
        return HTTPStatus.OK, _member(members.get(found.person_id, found.customer_id))

    return once(request, key, act)


def _who(request: ApiRequest, person_id: UUID, customer_id: UUID) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "customer_id": customer_id,
        "by": str(settings.ABONO_SELLER["name"]),
        "actor": request.auth.actor,
        "moment": customers.moment_of(customer_id, real=clock.now()),
    }


def _member(one: MemberDetail) -> ContractMember:
    return ContractMember(
        person=one.public_id,
        name=one.name,
        email=one.email,
        profile=one.profile,
        state=one.state,
        since=one.since,
        deactivated_at=one.deactivated_at,
        seen_at=one.seen_at,
    )
