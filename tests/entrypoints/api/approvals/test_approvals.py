"""What is large is asked for over the API too, and read there; people decide it (ACC-5)."""

from __future__ import annotations

import pytest

from abono.domain.approvals.models import Approval
from abono.domain.identity import actions as identity
from abono.domain.identity.models import ApiKey
from abono.domain.invoicing.models import CreditNote
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT, SECOND_PERSON_PRICES
from abono.flows.approvals.decide import approve
from abono.kernel.ids import parse
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.remembered import lately
from tests.versions import new_versions
from tests.world import DAY, Tenant, make_olga


def limit(setting, value: str) -> None:
    set_value(setting=setting, value=value, actor="olga", why="a test", now=clock.now())


@pytest.mark.rule("ACC-5", part="second person: other")
@pytest.mark.rule("API-2")
def test_a_large_credit_note_is_asked_for_once_and_issued_when_somebody_agrees(
    seller: Program, padaria: Tenant
) -> None:
    limit(SECOND_PERSON_CREDIT, "BRL 100")
    invoice = program(padaria.customer_id).get("/invoices").json()["items"][0]["id"]
    body = {"lines": [{"line": 1, "amount_minor": 150_00}], "why": "No plan for ten days."}
    asked = seller.post(f"/invoices/{invoice}/credit-notes", body, once="a")
    assert asked.status_code == 202, asked.content
    said = asked.json()
    assert (said["act"], said["state"], said["amounts"]) == (
        "credit_note",
        "asked",
        [{"currency": "BRL", "amount_minor": 150_00}],
    )
    assert seller.post(f"/invoices/{invoice}/credit-notes", body, once="a").json() == said
    assert Approval.objects.count() == 1
    assert not CreditNote.objects.exists()

    olga, approval_id = make_olga(), parse("apr", said["id"])
    assert approval_id is not None
    approve(approval_id=approval_id, person_id=olga, now=clock.now())
    read = seller.get(f"/approvals/{said['id']}").json()
    assert (read["state"], read["decided_by"]) == ("done", f"person:{olga}")
    assert seller.get(f"/credit-notes/{read['led_to']}").json()["total_minor"] == 150_00
    assert [one["id"] for one in seller.get("/approvals").json()["items"]] == [said["id"]]


@pytest.mark.rule("ACC-5", part="never one's own")
def test_whoever_made_the_key_is_behind_what_it_asks_for(padaria: Tenant) -> None:
    limit(SECOND_PERSON_CREDIT, "BRL 100")
    olga = make_olga()
    _id, text = identity.issue_key(
        name="p",
        customer_id=None,
        scopes=("read", "write"),
        expires_at=None,
        actor=f"person:{olga}",
        now=clock.now(),
    )
    invoice = program(padaria.customer_id).get("/invoices").json()["items"][0]["id"]
    body = {"lines": [{"line": 1, "amount_minor": 150_00}], "why": "No plan."}
    assert Program(text).post(f"/invoices/{invoice}/credit-notes", body, once="a").status_code == 202
    asked = Approval.objects.get()
    assert asked.behind == f"person:{olga}" == ApiKey.objects.get(id=_id).created_by


@pytest.mark.rule("ACC-5", part="second person: other")
def test_a_large_move_is_asked_for(seller: Program, padaria: Tenant) -> None:
    limit(SECOND_PERSON_PRICES, "BRL 49")
    new_versions(now=lately() - DAY)
    move = seller.post(
        "/version-moves", {"plan": "specialist", "contracts": [contract_id(padaria)]}, once="p"
    )
    asked = seller.post(f"/version-moves/{move.json()['id']}/apply", once="a")
    assert (asked.status_code, asked.json()["act"]) == (202, "version_move")
    assert seller.get(f"/version-moves/{move.json()['id']}").json()["applied_at"] is None


@pytest.mark.rule("ACC-2")
def test_for_a_key_of_a_customer_there_are_none(padaria: Tenant) -> None:
    sol = program(padaria.customer_id)
    assert (sol.get("/approvals").status_code, sol.get("/approvals").json()["code"]) == (403, "seller_only")
    assert sol.get("/approvals/apr_01jfst0000e008000000000001").json()["code"] == "approvals.not_found"
