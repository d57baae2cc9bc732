"""An invitation is accepted while somebody else has it in hand: one of them comes first, and that holds (LIC-5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from abono.domain.identity.errors import InvitationOver, NoSuchInvitation
from abono.domain.identity.models import Invitation, Membership
from abono.domain.identity.types import InvitationInfo, Profile
from abono.flows.people.invite import (
    accept_invitation,
    invite_member,
    send_invitation_again,
    withdraw_invitation,
)
from abono.kernel.errors import Refusal
from abono.platform import clock
from tests.concurrency.test_same_instant import while_it_waits
from tests.fakes import FakeGateway
from tests.world import make_padaria


def accept(asked: InvitationInfo) -> None:
    accept_invitation(invitation=asked, name="Eva Prado", now=clock.now())


def again(asked: InvitationInfo) -> None:
    send_invitation_again(
        invitation_id=asked.id, customer_id=asked.customer_id, by="Ana", actor="ana", now=clock.now()
    )


def withdraw(asked: InvitationInfo) -> None:
    withdraw_invitation(invitation_id=asked.id, customer_id=asked.customer_id, actor="ana", now=clock.now())


@pytest.mark.rule("LIC-5", part="again or withdrawn")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("second", "refused"), [(again, InvitationOver), (withdraw, InvitationOver), (accept, NoSuchInvitation)]
)
def test_what_is_accepted_is_neither_sent_again_nor_withdrawn_nor_accepted_twice(
    gateway: FakeGateway, second: Callable[[InvitationInfo], None], refused: type[Refusal]
) -> None:
    padaria = make_padaria()
    asked = invite_member(
        customer_id=padaria.customer_id,
        email="eva@padaria.example",
        profile=Profile.VIEWER,
        language="en",
        by="Ana",
        actor="ana",
        now=clock.now(),
    )
    with pytest.raises(refused):
        while_it_waits(lambda: accept(asked), lambda: second(asked))
    row = Invitation.objects.get()
    assert (row.accepted, row.withdrawn_by, row.link_id) == (True, "", asked.sending)
    assert Membership.objects.filter(person__email="eva@padaria.example").count() == 1
