"""Who belongs to the organization of a contract, and who was asked and has not answered (ACC-1, CON-9)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Router, Schema

from abono.domain.identity import queries as identity
from abono.domain.identity.keys import READ
from abono.domain.identity.types import Profile
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId
from abono.entrypoints.api.protocol.whose import own
from abono.kernel.ids import public

router = Router(tags=["contracts"])
Mail = Annotated[str, Field(max_length=254, examples=["ana@padaria.example"])]


class ContractMember(Schema):
    """`person` is whom events name as their actor."""

    person: shown.PersonId
    name: Annotated[str, Field(max_length=120)]
    email: Mail
    profile: Profile


class WaitingInvitation(Schema):
    """An account that belongs to somebody is touched only with their consent: by their mail, or signed in; no key
    answers for them."""

    id: shown.InvitationId
    email: Mail
    profile: Profile
    invited_at: datetime


class MemberList(Schema):
    items: list[ContractMember]
    invitations: Annotated[list[WaitingInvitation], Field(description="Who has not answered yet.")]


@router.get("/contracts/{contract_id}/members", **answers({200: MemberList}, 404, scope=READ))
def list_members(request: ApiRequest, contract_id: ContractId) -> MemberList:
    """Active people of the contract's organization, and memberships that wait for their consent, oldest first."""
    customer_id = own(request, contract_id).customer_id
    return MemberList(
        items=[
            ContractMember(
                person=public("usr", one.person_id), name=one.name, email=one.email, profile=one.profile
            )
            for one in identity.members(customer_id)
        ],
        invitations=[
            WaitingInvitation(
                id=public("ivt", one.id), email=email, profile=one.profile, invited_at=one.created_at
            )
            for one, email in identity.invited(customer_id)
        ],
    )
