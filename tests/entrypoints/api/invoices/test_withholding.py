"""The seller's keys set what buyers withhold and keep its proof; both sides read it (PAY-6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.entrypoints.api.invoices.test_standing import invoice as invoice
from tests.world import today

RATE = {"name": "IRRF", "rate_micro": 15_000, "country": "BR", "buyer": "company", "why": "RIR, art. 714"}


@pytest.mark.rule("PAY-6", part="withheld")
@pytest.mark.rule("PAY-6", part="shown to both")
def test_a_rate_is_set_and_what_comes_less_by_it_is_proven_and_read_by_both(padaria, seller, sol, invoice):
    long_ago = str(today() - timedelta(days=90))
    wanted = RATE | {"from_date": long_ago}
    assert sol.post("/withholding-rates", wanted, once="a").status_code == 403
    made = seller.post("/withholding-rates", wanted, once="a")
    assert made.status_code == 201
    assert seller.post("/withholding-rates", wanted, once="a").content == made.content
    whose = sol.get(f"/invoices/{invoice}").json()["customer"]
    own = {"name": "ISS", "rate_micro": 50_000, "fiscal_type": "licensing", "customer": whose}
    assert seller.post("/withholding-rates", {**wanted, **own}, once="b").status_code == 201
    assert [one["name"] for one in seller.get("/withholding-rates").json()["items"]] == ["IRRF"]
    listed = seller.get("/withholding-rates", customer=whose).json()["items"]
    assert [(one["name"], one["customer"], one["country"]) for one in listed] == [("ISS", whose, None)]

    # 700.00 less 10.50 of all and 30.00 of the plan
    came = {"way": "transfer", "amount_minor": 659_50, "received_date": str(today())}
    told = seller.post(f"/invoices/{invoice}/received-payments", came, once="c").json()
    assert (told["state"], told["received_minor"], told["withheld_minor"]) == ("paid", 700_00, 40_50)
    [payment] = told["received_payments"]
    assert (payment["amount_minor"], payment["withheld_minor"]) == (659_50, 40_50)

    assert sol.get("/withholding-proofs/missing").status_code == 403
    [missing] = seller.get("/withholding-proofs/missing").json()["items"]
    taxes = [{"name": "IRRF", "amount_minor": 10_50}, {"name": "ISS", "amount_minor": 30_00}]
    assert (missing["receipt"], missing["customer"], missing["taxes"]) == (payment["id"], whose, taxes)

    proof = {"tax": "IRRF", "reference": "DARF 7", "proof_date": str(today())}
    path = f"/received-payments/{payment['id']}/withholding-proofs"
    assert sol.post(path, proof, once="d").status_code == 403
    kept = seller.post(path, proof, once="d")
    assert kept.status_code == 201
    [payment] = sol.get(f"/invoices/{invoice}").json()["received_payments"]
    assert [(one["name"], one["amount_minor"]) for one in payment["withheld_taxes"]] == [
        ("IRRF", 10_50),
        ("ISS", 30_00),
    ]
    [missing] = seller.get("/withholding-proofs/missing").json()["items"]
    assert missing["taxes"] == taxes[1:]
    proven = {"reference": "DARF 7", "proof_date": str(today())}
    assert [one["proof"] for one in payment["withheld_taxes"]] == [proven, None]
    refused = seller.post(path, proof | {"tax": "INSS"}, once="e")
    assert (refused.status_code, refused.json()["code"]) == (409, "withholding.nothing_withheld")
    postings = [line for one in seller.get("/journal").json()["items"] for line in one["postings"]]
    withheld = {one["detail"]: one["amount_minor"] for one in postings if one["account"] == "withheld"}
    assert withheld == {"IRRF": 10_50, "ISS": 30_00}


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"rate_micro": -1}, {"rate_micro": 1_000_001}, {"rate_micro": None}, {"country": "br"}],
)
def test_a_rate_that_is_none_is_not_set(seller, wrong):
    refused = seller.post("/withholding-rates", RATE | {"from_date": str(today())} | wrong, once="a")
    assert refused.status_code == 422
    assert seller.get("/withholding-rates").json()["items"] == []
