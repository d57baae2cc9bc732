"""What came too late to count, over the API (INT-7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.kernel.ids import event_key, public
from tests.entrypoints.api.conftest import Program, program
from tests.world import DAY, Tenant

pytestmark = pytest.mark.rule("INT-7")


def too_late(tenant: Tenant, name: str) -> None:
    """An event of the present cycle that is told of three days after it."""
    contract = tenant.contract
    assert contract.cycle_end is not None
    event = ContactEvent(
        contract_id=tenant.contract_id,
        event_id=event_key(name),
        contact=event_key("+55"),
        channel="sms",
        kind="contact_message",
        at=contract.cycle_end - timedelta(hours=1),
        now=contract.cycle_end + 3 * DAY,
    )
    assert interactions.observe([event]) == [ObserveStatus.TOO_LATE]


def test_the_seller_sees_all_and_a_customer_its_own(sol: Program, padaria: Tenant, luna: Tenant) -> None:
    for name in "abc":
        too_late(padaria, name)
        too_late(luna, name)
        too_late(luna, name)
    seller = program(None, "read")
    first = seller.get("/late-events", limit=4).json()
    rest = seller.get("/late-events", limit=4, cursor=first["next_cursor"]).json()
    assert [len(page["items"]) for page in (first, rest)] == [4, 2]
    assert rest["next_cursor"] is None
    every = [(one["contract"], one["event"]) for page in (first, rest) for one in page["items"]]
    assert len(set(every)) == 6

    mine = sol.get("/late-events").json()["items"]
    ours = public("ctr", padaria.contract_id)
    assert {(one["contract"], one["event"]) for one in mine} == {
        (ours, str(event_key(name))) for name in "abc"
    }
    assert mine[0].items() >= {"channel": "sms", "kind": "contact_message"}.items()
    assert mine[0]["told_at"] > mine[0]["at"] > mine[0]["cycle_start"]
    assert len(seller.get("/late-events", contract=ours).json()["items"]) == 3
    assert len(seller.get("/late-events", customer=public("cus", luna.customer_id)).json()["items"]) == 3


@pytest.mark.rule("ACC-2")
def test_another_customers_are_not_there(sol: Program, padaria: Tenant, luna: Tenant) -> None:
    too_late(luna, "a")
    assert sol.get("/late-events").json()["items"] == []
    assert sol.get("/late-events", contract=public("ctr", luna.contract_id)).status_code == 404
    assert sol.get("/late-events", customer=public("cus", luna.customer_id)).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "bA", "e" * 60, "bP" + "_" * 53])
def test_what_is_no_cursor_is_refused(sol: Program, cursor: str) -> None:
    answer = sol.get("/late-events", cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) in [(422, "bad_cursor"), (422, "invalid")]
