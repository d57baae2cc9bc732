"""The catalog by program says what the price page says."""

from __future__ import annotations

import pytest

from tests.entrypoints.api.conftest import Program, program
from tests.world import Tenant


@pytest.mark.rule("CAT-7", "CAT-4", "API-1")
def test_the_catalog_says_what_the_price_page_says(sol: Program) -> None:
    said = sol.get("/catalog", currency="BRL", country="BR").json()
    assert [plan["code"] for plan in said["plans"]] == [
        "starter",
        "specialist",
        "expert",
        "professional",
        "enterprise",
    ]
    specialist = said["plans"][1]
    assert (specialist["price_minor"], specialist["included_credits"]) == (600_00, 500)
    assert said["plans"][4]["price_minor"] is None  # Enterprise: on request
    assert [package["value_minor"] for package in said["packages"]] == [
        100_00,
        250_00,
        500_00,
        1_000_00,
        2_000_00,
    ]
    [sms] = [row for row in said["sessions"] if (row["channel"], row["kind"]) == ("sms", "message")]
    # R$ 250 at 0.085 allows ceil(250 / 0.085) = ceil(2941.17…) = 2,942 SMS
    assert sms["prices"][1] == {"package": "brl-250", "price_micro": 85_000, "volume": 2_942}
    assert sol.get("/catalog", currency="USD").json()["currencies"] == ["BRL", "USD"]


@pytest.mark.rule("API-1", "LNG-1")
def test_names_are_in_the_language_asked_for(padaria: Tenant) -> None:
    key = program(padaria.customer_id).key
    labels = {
        language: Program(key, language).get("/catalog", currency="BRL").json()["functions"]
        for language in ("es", "pt-br", "en")
    }
    assert labels["es"] != labels["pt-br"] != labels["en"]
