"""The seller's keys record payments, write off, open and end disputes, and decide of refunds that failed (INV-5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.identity.roles import Role
from abono.domain.payments.ports.port import RefundOutcome
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_REFUND
from abono.flows.billing.renew import renew
from abono.platform import clock
from abono.platform.models import Event
from tests.scenarios.taking_back import newest
from tests.scenarios.test_regret import ask_gateways, give_up, refunds_of
from tests.stories import contested
from tests.world import make_colleague, today

WHY = {"why": "insolvent"}
CAME = {"way": "transfer", "amount_minor": 300_00, "reference": "E2E-1"}


@pytest.fixture
def invoice(padaria):
    """Of the second month, 700.00, of which no card was asked."""
    renew(contract_id=padaria.contract_id, now=clock.now() + timedelta(days=40))
    return newest(padaria).public_id


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_a_payment_is_recorded_once_shown_and_taken_back(seller, sol, invoice):
    path, came = f"/invoices/{invoice}/received-payments", CAME | {"received_date": str(today())}
    assert sol.post(path, came, once="a").status_code == 403
    made = seller.post(path, came, once="a")
    assert made.status_code == 201
    assert seller.post(path, came, once="a").content == made.content
    assert seller.post(path, came | {"amount_minor": 1}, once="a").status_code == 422
    told = sol.get(f"/invoices/{invoice}").json()
    assert (told["state"], told["status"], told["overdue"]) == ("pending", "part_paid", False)
    assert (told["received_minor"], told["owed_minor"]) == (300_00, 400_00)
    [receipt] = told["received_payments"]
    assert (receipt["way"], receipt["reference"], receipt["withdrawn_at"]) == ("transfer", "E2E-1", None)
    assert [one["id"] for one in sol.get("/invoices", status="part_paid").json()["items"]] == [invoice]
    assert sol.get("/invoices", status="written_off").json()["items"] == []

    back = f"/received-payments/{receipt['id']}/withdrawal"
    assert sol.post(back, WHY, once="b").status_code == 403
    bounced = {**WHY, "bounced": True}
    gone = seller.post(back, bounced, once="b")
    assert (gone.json()["status"], gone.json()["owed_minor"]) == ("pending", 700_00)
    assert seller.post(back, bounced, once="b").content == gone.content
    facts = {one["fact"] for one in seller.get("/journal").json()["items"]}
    assert ("payment_bounced" in facts, "payment_withdrawn" in facts) == (True, False)
    again = seller.post(back, WHY, once="c")
    assert (again.status_code, again.json()["code"]) == (409, "payments.receipt_withdrawn")


@pytest.mark.parametrize(
    "wrong",
    [{"reference": "E2E\u202e1"}, {"reference": "a\u2028b"}, {"why": "\x7f"}, {"amount_minor": 10**30}],
)
def test_what_cannot_be_read_is_not_recorded(seller, invoice, wrong):
    came = CAME | {"received_date": str(today())} | wrong
    refused = seller.post(f"/invoices/{invoice}/received-payments", came, once="a")
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, f"body.{next(iter(wrong))}")


@pytest.mark.parametrize("why", ["  ", "\u200b", "a\u2029b", "a\nb"])
def test_a_reason_is_a_line_that_can_be_read(seller, invoice, why):
    refused = seller.post(f"/invoices/{invoice}/write-off", {"why": why}, once="a")
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.why")


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_an_invoice_is_written_off_and_asked_for_again(seller, sol, invoice):
    path = f"/invoices/{invoice}/write-off"
    assert sol.post(path, WHY, once="a").status_code == 403
    done = seller.post(path, WHY, once="a").json()
    assert (done["state"], done["status"], done["owed_minor"]) == ("written_off", "written_off", 0)
    assert seller.post(path, WHY, once="b").json()["code"] == "invoicing.not_writable"
    assert [one["id"] for one in sol.get("/invoices", state="written_off").json()["items"]] == [invoice]
    open_ = seller.post(f"/invoices/{invoice}/reopening", WHY, once="c").json()
    assert (open_["state"], open_["owed_minor"]) == ("pending", 700_00)
    refused = seller.post(f"/invoices/{invoice}/reopening", WHY, once="d")
    assert (refused.status_code, refused.json()["code"]) == (409, "invoicing.not_written_off")


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.parametrize(("outcome", "status"), [("won", "pending"), ("lost", "written_off")])
def test_a_dispute_is_opened_and_ends(seller, sol, invoice, outcome, status):
    path = f"/invoices/{invoice}/disputes"
    assert sol.post(path, WHY, once="a").status_code == 403
    told = seller.post(path, WHY, once="a").json()
    assert (told["status"], told["disputes"][0]["amount_minor"]) == ("disputed", 700_00)
    ended = seller.post(f"/invoices/{invoice}/dispute-end", WHY | {"outcome": outcome}, once="b").json()
    assert (ended["status"], ended["disputes"][0]["state"]) == (status, outcome)
    refused = seller.post(f"/invoices/{invoice}/dispute-end", WHY | {"outcome": outcome}, once="c")
    assert (refused.status_code, refused.json()["code"]) == (409, "invoicing.not_disputed")


@pytest.mark.rule("PAY-10", part="evidence and deadline")
def test_the_evidence_of_a_contested_payment_is_written_and_read_by_the_seller_alone(seller, sol, padaria):
    one = contested(padaria)
    path, day = f"/disputes/{one.public_id}", (today() + timedelta(days=3)).isoformat()
    said = {"evidence": "Order ord_1, accepted by Ana. " * 60 + "."}
    known = seller.get(path).json()
    assert (known["evidence"], known["answer_by"]) == ("", (today() + timedelta(days=7)).isoformat())
    for refused in (sol.get(path), sol.get("/disputes"), sol.put(f"{path}/evidence", said, once="a")):
        assert refused.status_code == 403
    kept = seller.put(f"{path}/evidence", said, once="a").json()
    assert (kept["evidence"], kept["answer_by"]) == (said["evidence"], known["answer_by"])
    for key in "bc":
        kept = seller.put(f"{path}/evidence", said | {"answer_by": day}, once=key).json()
    assert kept["answer_by"] == day
    events = Event.objects.filter(name="dispute.evidence")
    assert list(events.values_list("why", flat=True)) == ["", ""]  # which the customer reads
    assert seller.get("/disputes", state="open").json()["items"] == [seller.get(path).json()] == [kept]

    seller.post(f"/invoices/{kept['invoice']}/dispute-end", WHY | {"outcome": "won"}, once="d")
    late = seller.put(f"{path}/evidence", {"evidence": "more"}, once="e")
    assert (late.status_code, late.json()["code"]) == (409, "payments.nothing_to_answer")
    assert seller.get("/disputes", state="open").json()["items"] == []


@pytest.mark.parametrize(
    ("act", "body", "state"),
    [
        ("retry", None, "again"),
        ("payout", WHY | {"way": "transfer", "reference": "E2E-9"}, "paid"),
        ("credit", WHY, "credit"),
    ],
)
@pytest.mark.rule("PAY-9", part="to the method or credit")
def test_a_refund_that_failed_is_decided_once(seller, sol, padaria, gateway, act, body, state):
    gateway.refund_says = RefundOutcome.REFUSED
    give_up(padaria, now=clock.now())
    ask_gateways()
    [refund] = refunds_of(padaria)
    path = f"/refunds/{refund.public_id}/{act}"
    assert sol.post(path, body, once="a").status_code == 403
    done = seller.post(path, body, once="a")
    assert done.status_code == 201
    assert seller.post(path, body, once="a").content == done.content
    assert done.json()["refunds"][-1]["state"] == state
    assert seller.post(path, body, once="b").json()["code"] == "payments.refund_not_failed"


@pytest.mark.rule("PAY-9", part="to the method or credit")
@pytest.mark.rule("PAY-9", part="reason")
@pytest.mark.rule("PAY-9", part="second person: other")
def test_credit_goes_back_with_a_reason_or_waits_for_a_second_person(seller, sol, padaria, gateway):
    [first] = sol.get("/invoices").json()["items"]
    path = f"/invoices/{first['id']}"
    wanted = {"because": "service", "why": "Nothing was sent for a week.", "amount_minor": 60_00}
    assert sol.post(f"{path}/refunds", wanted, once="a").status_code == 403
    refused = seller.post(f"{path}/refunds", wanted, once="a")
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.nothing_goes_back")
    for lacks in ("because", "why"):
        less = {name: said for name, said in wanted.items() if name != lacks}
        assert seller.post(f"{path}/refunds", less, once=lacks).status_code == 422

    note = {"why": "No plan.", "lines": [{"line": 1, "amount_minor": 100_00}]}
    seller.post(f"{path}/credit-notes", note, once="b")
    seen = seller.get(f"{path}/refunds/preview", amount_minor=60_00).json()
    assert [(one["card"], one["amount_minor"], one["by_itself"]) for one in seen["parts"]] == [
        ("Visa •••• 4243", 60_00, True)
    ]
    done = seller.post(f"{path}/refunds", wanted, once="c")
    assert seller.post(f"{path}/refunds", wanted, once="c").content == done.content
    [told] = sol.get(path).json()["refunds"]
    assert (told["amount_minor"], told["because"], told["why"]) == (60_00, "service", wanted["why"])

    set_value(setting=SECOND_PERSON_REFUND, value="BRL 90", actor="olga", why="x", now=clock.now())
    make_colleague("Otto Brandão", Role.BILLING)
    asked = seller.post(f"{path}/refunds", {**wanted, "amount_minor": 40_00}, once="d")
    assert (asked.status_code, asked.json()["act"], asked.json()["state"]) == (202, "refund", "asked")
    at_once = {**note, "goes": "payer", "because": "mistake"}
    assert seller.post(f"{path}/credit-notes", at_once, once="e").json()["act"] == "credit_note"
    ask_gateways()
    assert [one.amount.minor for one in gateway.refunds.values()] == [60_00]
