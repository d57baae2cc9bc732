"""What cannot be a payout is said to programs too, and nothing is recorded (PAY-13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.entrypoints.api.conftest import Program
from tests.world import Tenant, today


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"currency": "brl"}, "currency"),
        ({"reference": " "}, "reference"),
        ({"reference": "po\u202e1"}, "reference"),
        ({"arrived_minor": 10**30}, "arrived_minor"),
    ],
)
def test_what_is_no_payout_is_refused(
    seller: Program, padaria: Tenant, wrong: dict[str, Any], field: str
) -> None:
    day = str(today())
    asked = {
        "gateway": "simulator",
        "reference": "po_1",
        "currency": "BRL",
        "arrived_minor": 1,
        "paid_on": day,
    }
    answer = seller.post("/payouts", asked | wrong, once="a")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, f"body.{field}")
    assert seller.get("/payouts").json()["items"] == []
