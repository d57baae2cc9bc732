"""An organization's own sign-in and its invitations: neither opens anything of whoever it invites (ACC-3, LIC-5)."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from abono.domain.identity import sign_on
from abono.domain.identity.errors import SignOnRefused
from abono.domain.identity.models import Invitation
from abono.domain.identity.sign_on import Claimed
from abono.domain.identity.types import Profile
from abono.entrypoints.site import sessions
from abono.flows.people.invite import invite_member
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.world import Tenant

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ACC-3", part="single sign-on")]


def invite(by: Tenant, address: str) -> Invitation:
    made = invite_member(
        customer_id=by.customer_id,
        email=address,
        profile=Profile.VIEWER,
        language="en",
        by="Somebody",
        actor="test",
        now=clock.now(),
    )
    return Invitation.objects.get(id=made.id)


def test_an_invitation_opens_no_account_to_the_sign_in_of_who_invites(padaria: Tenant, luna: Tenant) -> None:
    """Luna says that it speaks for Padaria's addresses and invites Ana, who knows nothing of it yet."""
    info = sign_on.set_up(
        customer_id=luna.customer_id,
        issuer="https://id.luna.example",
        client_id="abono",
        secret="between us",
        domains=("padaria.example",),
        actor="test",
        now=clock.now(),
    )
    invite(luna, "ana@padaria.example")
    with pytest.raises(SignOnRefused):
        sign_on.recognize(
            sign_on_id=info.id, claimed=Claimed("evil", "ana@padaria.example", True), now=clock.now()
        )
    assert not SocialAccount.objects.exists()


def test_who_came_by_the_sign_in_of_one_organization_answers_no_other_ones_invitation(
    diego: Client, padaria: Tenant, luna: Tenant
) -> None:
    asked = invite(padaria, "diego@luna.example")
    whole = diego.session
    whole[sessions.ONLY] = str(luna.customer_id)
    whole.save()
    assert "Nothing waits for your answer" in words(diego.get("/en/invitation/"))
    diego.post("/en/invitation/", {"invitation": public("ivt", asked.id), "answer": "accept"})
    asked.refresh_from_db()
    assert asked.answered_at is None
    whole[sessions.ONLY] = ""
    whole.save()
    assert "Padaria Sol Ltda. invites you" in words(diego.get("/en/invitation/"))
