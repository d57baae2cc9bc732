"""People of a customer over the API: for everybody to look at, for the seller's platform to change (LIC-5, API-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from abono.domain.identity.actions import add_member
from abono.domain.identity.models import Membership
from abono.domain.identity.types import Profile
from abono.entrypoints.jobs.mail import send_emails
from abono.kernel.ids import parse
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import Tenant

EVA = {"email": "Eva@padaria.example", "profile": "agent"}


@pytest.mark.rule("LIC-5", part="again or withdrawn")
def test_the_sellers_platform_invites_sends_again_and_withdraws(padaria: Tenant, seller: Program) -> None:
    path = f"/contracts/{contract_id(padaria)}/invitations"
    made = seller.post(path, EVA, once="1")
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["email"], told["state"], told["language"]) == ("eva@padaria.example", "waiting", "pt-br")
    assert seller.post(path, EVA, once="2").json() == told  # waits already
    refused = seller.post(path, {**EVA, "profile": "viewer"}, once="3")
    assert (refused.status_code, refused.json()["code"]) == (409, "identity.invited_already")
    again = seller.post(f"{path}/{told['id']}/resend", b"", once="4").json()
    assert again["expires_at"] > told["expires_at"]
    assert seller.post(f"{path}/{told['id']}/resend", b"", once="4").json() == again
    listed = program(padaria.customer_id).get(path).json()
    assert listed == {"items": [again], "next_cursor": None}
    ended = seller.post(f"{path}/{told['id']}/withdraw", b"", once="5").json()
    assert ended == {**again, "state": "withdrawn"}
    assert seller.post(f"{path}/{told['id']}/withdraw", b"", once="6").json() == ended
    late = seller.post(f"{path}/{told['id']}/resend", b"", once="7").json()
    assert late["code"] == "identity.invitation_over"
    send_emails(0)
    assert [m.to for m in mail.outbox].count(["eva@padaria.example"]) == 2
    assert "secret" not in str(listed) + str(told)


@pytest.mark.rule("LIC-5", part="deactivated")
@pytest.mark.rule("LIC-5", part="deleted")
def test_the_sellers_platform_changes_members_and_pages_go_on_where_the_last_one_ended(
    padaria: Tenant, luna: Tenant, seller: Program
) -> None:
    path = f"/contracts/{contract_id(padaria)}/members"
    first = seller.get(path, limit=2).json()
    rest = seller.get(path, limit=2, cursor=first["next_cursor"]).json()
    ana, bruno, carla = [*first["items"], *rest["items"]]
    assert [one["name"] for one in (ana, bruno, carla)] == ["Ana Souza", "Bruno Lima", "Carla Lima"]
    assert rest["next_cursor"] is None

    def act(one: dict[str, Any], what: str, once: str) -> Any:
        return seller.post(f"{path}/{one['person']}/{what}", b"", once=once)

    out = act(bruno, "deactivate", "1").json()
    assert (out["state"], act(bruno, "deactivate", "2").json()) == ("deactivated", out)
    assert [one["name"] for one in seller.get(path).json()["items"]] == ["Ana Souza", "Carla Lima"]
    assert seller.get(path, state="deactivated").json()["items"] == [out]
    assert act(bruno, "reactivate", "3").json() == bruno
    new = seller.put(f"{path}/{bruno['person']}/profile", {"profile": "agent"}, once="4").json()
    assert new == {**bruno, "profile": "agent"}
    last = act(ana, "delete", "5")
    assert (last.status_code, last.json()["code"]) == (409, "identity.last_administrator")
    assert act(carla, "delete", "6").json() == {"person": carla["person"]}
    assert act(carla, "delete", "6").json() == {"person": carla["person"]}
    carla_id = parse("usr", carla["person"])
    assert carla_id is not None
    add_member(
        person_id=carla_id,
        customer_id=luna.customer_id,
        profile=Profile.AGENT,
        actor="test",
        now=clock.now(),
    )
    elsewhere = f"/contracts/{contract_id(luna)}/members/{carla['person']}/delete"
    assert seller.post(elsewhere, b"", once="of-luna").status_code == 200
    assert act(carla, "delete", "6").json() == {
        "person": carla["person"]
    }  # whatever happened elsewhere since
    assert act(carla, "delete", "7").status_code == 404
    assert Membership.objects.filter(customer_id=padaria.customer_id).count() == 2
    gone = Event.objects.get(name="member.deleted", customer_id=padaria.customer_id)
    assert gone.actor.startswith("key:")
    own = program(padaria.customer_id, "write")
    assert own.post(f"{path}/{bruno['person']}/delete", b"", once="8").json()["code"] == "seller_only"
