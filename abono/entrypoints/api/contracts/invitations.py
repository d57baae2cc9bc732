"""Invitations into the organization of a contract, made by the seller's platform (LIC-5)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.customers import queries as customers
from abono.domain.identity import invitations
from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.identity.states import InvitationState
from abono.domain.identity.types import InvitationInfo, Profile
from abono.entrypoints.api.contracts.members import WRITES, Mail
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, ContractId, Email, InvitationId
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import own, sellers
from abono.flows.people.invite import invite_member, send_invitation_again, withdraw_invitation
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.idempotency import Ask

router = Router(tags=["people"])


class MemberInvitation(Schema):
    """What opens it is in its mail alone. Moments are on the customer's clock."""

    id: shown.InvitationId
    email: Mail
    profile: Profile
    language: Annotated[str, Field(pattern="^(es|pt-br|en)$")]
    state: Annotated[InvitationState, shown.words(InvitationState)]
    invited_by: Annotated[
        str, Field(max_length=120, description="Who sent its link last, as events name actors.")
    ]
    sent_at: datetime
    expires_at: datetime
    person: Annotated[shown.PersonId | None, Field(description="Who accepted it.")]


class InvitationList(Schema):
    items: list[MemberInvitation]
    next_cursor: shown.Cursor | None


class InvitationWanted(Asked):
    email: Email
    profile: Profile
    language: Annotated[
        Literal["es", "pt-br", "en"] | None,
        Field(description="Of the mail, and of the pages at first; without it, the organization's."),
    ] = None


@router.get("/contracts/{contract_id}/invitations", **answers({200: InvitationList}, 404, 422, scope=READ))
def list_invitations(request: ApiRequest, contract_id: ContractId, query: Query[PageQuery]) -> InvitationList:
    """Addresses that were invited into the contract's organization, whatever came of it, newest first."""
    customer_id = own(request, contract_id).customer_id
    now = customers.moment_of(customer_id, real=clock.now()).now
    items, following = page_by_id("v", query, invitations.listed, customer_id=customer_id, now=now)
    return InvitationList(items=[_said(one) for one in items], next_cursor=following)


@router.post("/contracts/{contract_id}/invitations", **answers({201: MemberInvitation}, *WRITES, scope=WRITE))
def create_invitation(
    request: ApiRequest,
    contract_id: ContractId,
    body: InvitationWanted,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Invite an address: a mail leads whoever it belongs to to the answer, for seven days. Nothing is used until it is
    accepted. The same again while it waits gives the same invitation. For keys of the seller. 409: the address is a member's,
    is invited with another profile, or too many wait."""
    customer = customers.get(own(request, contract_id).customer_id)
    sellers(request, Act.MEMBERS)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = invite_member(
            customer_id=customer.id,
            email=body.email,
            profile=body.profile,
            language=body.language or customer.language,
            by=_by(),
            actor=request.auth.actor,
            now=customer.moment(clock.now()).now,
        )
        return HTTPStatus.CREATED, _said(made)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/invitations/{invitation_id}/resend",
    **answers({200: MemberInvitation}, *WRITES, scope=WRITE),
)
def create_invitation_resend(
    request: ApiRequest,
    contract_id: ContractId,
    invitation_id: InvitationId,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Another mail with another link, for seven days from now; the link before opens nothing any more. For keys of the
    seller. 409: it was answered or withdrawn, or five mails went there in a day."""
    found, now = _found(request, contract_id, invitation_id)

    def act(ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = send_invitation_again(
            invitation_id=found.id,
            customer_id=found.customer_id,
            by=_by(),
            actor=request.auth.actor,
            now=now,
            ask=ask,
        )
        return HTTPStatus.OK, _said(made)

    return once(request, idempotency_key, act)


@router.post(
    "/contracts/{contract_id}/invitations/{invitation_id}/withdraw",
    **answers({200: MemberInvitation}, *WRITES, scope=WRITE),
)
def withdraw_member_invitation(
    request: ApiRequest,
    contract_id: ContractId,
    invitation_id: InvitationId,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Its link opens nothing any more; a second time changes nothing. For keys of the seller. 409: it was answered."""
    found, now = _found(request, contract_id, invitation_id)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        ended = withdraw_invitation(
            invitation_id=found.id, customer_id=found.customer_id, actor=request.auth.actor, now=now
        )
        return HTTPStatus.OK, _said(ended)

    return once(request, idempotency_key, act)


def _found(
    request: ApiRequest, contract_id: ContractId, invitation_id: InvitationId
) -> tuple[InvitationInfo, datetime]:
    """With the moment on the customer's clock. Raises NoSuchContract, NoSuchInvitation, Problem (403)."""
    customer_id = own(request, contract_id).customer_id
    now = customers.moment_of(customer_id, real=clock.now()).now
    found = invitations.get(invitation_id, customer_id=customer_id, now=now)
    sellers(request, Act.MEMBERS)
    return found, now


def _by() -> str:
    return str(settings.ABONO_SELLER["name"])


def _said(one: InvitationInfo) -> MemberInvitation:
    assert one.sent_at is not None
    assert one.expires_at is not None
    accepted = one.state is InvitationState.ACCEPTED
    return MemberInvitation(
        id=one.public_id,
        email=one.email,
        profile=one.profile,
        language=one.language,
        state=one.state,
        invited_by=one.invited_by,
        sent_at=one.sent_at,
        expires_at=one.expires_at,
        person=public("usr", one.person_id) if accepted and one.person_id else None,
    )
