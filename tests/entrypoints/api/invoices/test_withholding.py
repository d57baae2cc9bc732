"""The seller's keys set what buyers withhold and keep its proof; both sides read it (PAY-6)."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest

from tests.entrypoints.api.invoices.test_standing import invoice as invoice
from tests.world import today

PNG = b"\x89PNG\r\n\x1a\n0000"
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
    taxes = [
        {"name": "IRRF", "amount_minor": 10_50, "proof": None},
        {"name": "ISS", "amount_minor": 30_00, "proof": None},
    ]
    assert (missing["receipt"], missing["customer"], missing["taxes"]) == (payment["id"], whose, taxes)

    proof = {"tax": "IRRF", "reference": "DARF 7", "proof_date": str(today())}
    path = f"/received-payments/{payment['id']}/withholding-proofs"
    assert seller.post(path, proof, once="d").status_code == 201
    assert seller.get("/withholding-proofs/missing").json()["items"][0]["taxes"][0]["proof"]["file"] is None
    assert sol.get(f"{path}/1").status_code == 404
    for file, status in ((b"GIF89a...", 422), (PNG, 201), (PNG + b"0", 409)):
        filed = sol.post(path, proof | {"file": b64encode(file).decode()}, once=f"f{status}")
        assert filed.status_code == status
    got = sol.get(f"{path}/1")
    assert (got.content, got["Content-Type"]) == (PNG, "image/png")
    [payment] = sol.get(f"/invoices/{invoice}").json()["received_payments"]
    assert [(one["name"], one["amount_minor"]) for one in payment["withheld_taxes"]] == [
        ("IRRF", 10_50),
        ("ISS", 30_00),
    ]
    [missing] = seller.get("/withholding-proofs/missing").json()["items"]
    assert missing["taxes"] == taxes[1:]
    proven = {"place": 1, "reference": "DARF 7", "proof_date": str(today()), "file": "png"}
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
