"""The seller records payments, writes off, opens and ends disputes, and decides of refunds that failed (INV-5, PAY-9)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.payments import receipts, refunds
from abono.domain.payments.ports.port import RefundOutcome
from abono.domain.payments.states import RefundState, Way
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT, SECOND_PERSON_RECEIPT, SECOND_PERSON_REFUND
from abono.flows.billing.renew import renew
from abono.flows.check_books import check_books
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.platform import clock, formats
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import hidden, signed_in, words
from tests.scenarios.taking_back import newest
from tests.scenarios.test_regret import ask_gateways, give_up, refunds_of
from tests.world import DAY, Tenant, make_colleague, today

LIST = "/en/back-office/invoices/"


@pytest.fixture
def invoice(padaria: Tenant):
    """Of the second month, 700.00, of which no card was asked."""
    renew(contract_id=padaria.contract_id, now=clock.now() + timedelta(days=40))
    return newest(padaria)


def page_of(invoice) -> str:
    return f"{LIST}{invoice.public_id}/standing/"


def press(olga: Client, invoice, act: str, **said: str) -> str:
    return words(olga.post(page_of(invoice), {"act": act, **said}, follow=True))


def stands(invoice) -> tuple[Status, int]:
    found = invoices.get(invoice.id)
    return found.status, found.owed_minor


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-6", part="less")
def test_a_payment_is_recorded_once_shown_to_both_and_taken_back(
    olga: Client, ana: Client, padaria: Tenant, invoice
):
    seen = olga.get(page_of(invoice)).text
    assert f"/en/back-office/contracts/{padaria.contract.public_id}/" in seen
    name = re.search(r'name="came-receipt" value="([0-9a-f-]{36})"', seen)
    assert name
    typed = {
        "came-receipt": name[1],
        "came-amount": "300.00",
        "came-way": "transfer",
        "came-received_date": today().isoformat(),
        "came-reference": "E2E-1",
        "came-why": "seen at the bank",
    }
    for wrong, said in (
        ({"came-amount": "0"}, "above zero"),
        ({"came-amount": "1.005"}, "whole coins"),
        ({"came-received_date": "x"}, "Enter a valid date"),
        ({"came-received_date": "2099-01-01"}, "This day is still to come"),
    ):
        assert said in press(olga, invoice, "record", **typed | wrong)
    for _press in range(2):
        assert "The payment is recorded" in press(olga, invoice, "record", **typed)
    assert stands(invoice) == (Status.PART_PAID, 400_00)
    assert "Part paid" in words(olga.get(LIST, {"status": "part_paid"}))
    assert invoice.title not in words(olga.get(LIST, {"status": "paid"}))
    sheet = olga.get(f"{LIST}csv/", {"status": "part_paid"}).content.decode("utf-8-sig")
    assert "Part paid" in sheet
    assert "300.00" in sheet
    theirs = words(ana.get(f"/en/settings/financial/{invoice.public_id}/"))
    for said in ("Part paid", "Received", "To be paid R$400.00", "By transfer E2E-1"):
        assert said in theirs
    assert "seen at the bank" not in theirs

    [receipt] = receipts.of_invoice(invoice.id)
    of = {"of": receipt.public_id}
    assert "Say why: the customer can read it." in press(olga, invoice, "withdraw", **of)
    back = {**of, f"{receipt.public_id}-why": "another customer's"}
    assert "The payment is taken back" in press(olga, invoice, "bounce", **back)
    assert "The bank took a recorded payment back" in words(olga.get("/en/back-office/journal/"))
    assert "This payment was taken back already." in press(olga, invoice, "withdraw", **back)
    assert stands(invoice) == (Status.PENDING, 700_00)
    for who, address in ((olga, page_of(invoice)), (ana, f"/en/settings/financial/{invoice.public_id}/")):
        spanish = words(who.get(address.replace("/en/", "/es/")))
        assert "300,00 anulado" in spanish  # not credited: that is what credit notes do


@pytest.mark.rule("PAY-6", part="shown to both")
def test_what_came_more_and_twice_is_before_both_with_its_day_and_what_became_of_it(
    olga: Client, ana: Client, invoice
):
    paid_on = today() - 2 * DAY
    for sum_minor, reference in ((750_00, "E2E-1"), (10_00, "E2E-2")):
        came = receipts.Came(Way.TRANSFER, sum_minor, paid_on, reference)
        record_payment(invoice_id=invoice.id, came=came, actor="olga", now=clock.now())
    for who, address in ((olga, page_of(invoice)), (ana, f"/en/settings/financial/{invoice.public_id}/")):
        seen = words(who.get(address))
        for said in ("R$750.00 R$50.00 of it became credit", "R$10.00 R$10.00 of it became credit"):
            assert said in seen
        assert seen.count(formats.long_day(paid_on, "en")) >= 2
        assert "Paid" in seen


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_it_is_written_off_asked_for_again_and_disputed(olga: Client, ana: Client, invoice):
    theirs = f"/en/settings/financial/{invoice.public_id}/"
    assert "Write off R$700.00" in words(olga.get(page_of(invoice)))
    assert "Say why: the customer can read it." in press(olga, invoice, "write_off", of="write_off")
    done = press(olga, invoice, "write_off", **{"of": "write_off", "write_off-why": "insolvent"})
    assert "It is written off" in done
    assert "insolvent" in done
    assert "Written off R$700.00" in words(ana.get(theirs))
    assert "Pay R$700.00" not in words(ana.get(theirs))
    press(olga, invoice, "reopen", **{"of": "reopen", "reopen-why": "solvent"})
    assert stands(invoice) == (Status.PENDING, 700_00)
    assert "It is disputed" in press(olga, invoice, "dispute", **{"dispute-why": "half was agreed"})
    assert "This invoice is disputed" in words(ana.get(theirs))
    assert "The dispute is lost" in press(olga, invoice, "lost", **{"of": "end", "end-why": "true"})
    assert stands(invoice) == (Status.WRITTEN_OFF, 0)


@pytest.mark.rule("PAY-9", part="to the method or credit")
@pytest.mark.rule("ACC-5", part="second person: other")
@pytest.mark.parametrize("dispute", [False, True])
def test_what_is_large_is_given_up_by_a_second_person_alone(olga: Client, invoice, dispute: bool):
    set_value(setting=SECOND_PERSON_CREDIT, value="BRL 100", actor="olga", why="x", now=clock.now())
    seller, (act, of) = program(None), ("lost", "end") if dispute else ("write_off", "write_off")
    if dispute:
        press(olga, invoice, "dispute", **{"dispute-why": "Never ordered"})
    before = stands(invoice)
    assert "So much needs a second person" in words(olga.get(page_of(invoice)))
    make_colleague("Otto Brandão", Role.BILLING)
    answer = olga.post(page_of(invoice), {"act": act, "of": of, f"{of}-why": "Gone for good"})
    again = olga.post(page_of(invoice), {"act": act, "of": of, f"{of}-why": "Gone for good"})
    assert (answer.status_code, again["Location"]) == (302, answer["Location"])
    assert stands(invoice) == before
    path, body = ("dispute-end", {"outcome": "lost"}) if dispute else ("write-off", {})
    asked = [
        seller.post(f"/invoices/{invoice.public_id}/{path}", {**body, "why": "Gone for good"}, once="a")
        for _twice in range(2)
    ]
    assert [one.status_code for one in asked] == [202, 202]
    assert (asked[0].json()["act"], asked[0].json()["amounts"][0]["amount_minor"]) == ("write_off", 700_00)
    otto = signed_in("otto@abono.example")
    page = otto.get(answer["Location"])
    assert "Write-off" in words(page)
    assert page_of(invoice) in page.text
    assert "You agreed, and it is done." in words(
        otto.post(answer["Location"], {"approve": "1"}, follow=True)
    )
    assert stands(invoice) == (Status.WRITTEN_OFF, 0)
    assert check_books() == []


@pytest.mark.rule("ACC-5", part="second person: other")
def test_a_payment_that_is_large_is_recorded_by_a_second_person_alone(olga: Client, invoice):
    set_value(setting=SECOND_PERSON_RECEIPT, value="BRL 100", actor="olga", why="x", now=clock.now())
    make_colleague("Otto Brandão", Role.BILLING)
    seen = olga.get(page_of(invoice))
    assert "All of R$700.00 needs a second person" in words(seen)
    typed = {
        "act": "record",
        "came-receipt": hidden(seen, "came-receipt"),
        "came-amount": "300.00",
        "came-way": "transfer",
        "came-received_date": today().isoformat(),
    }
    assert "Say how you know of this payment" in press(olga, invoice, **typed)
    typed["came-reference"] = "E2E-1"
    answers = [olga.post(page_of(invoice), typed)["Location"] for _press in range(2)]
    assert answers == [answers[0]] * 2
    assert answers[0] in olga.get(page_of(invoice)).text
    came = {"way": "cash", "amount_minor": 100_01, "received_date": today().isoformat(), "why": "counted"}
    path, seller = f"/invoices/{invoice.public_id}/received-payments", program(None)
    refused = seller.post(path, {**came, "why": ""}, once="a")
    assert (refused.status_code, refused.json()["code"]) == (422, "payments.no_proof")
    asked = [seller.post(path, came, once="b") for _twice in range(2)]
    assert [(one.status_code, one.json()["act"]) for one in asked] == [(202, "receipt")] * 2
    assert asked[0].content == asked[1].content
    assert stands(invoice) == (Status.PENDING, 700_00)
    otto = signed_in("otto@abono.example")
    for said in ("R$300.00", "How it came By transfer", "Reference E2E-1", invoice.title):
        assert said in words(otto.get(answers[0]))
    assert "it is done" in words(otto.post(answers[0], {"approve": "1"}, follow=True))
    assert stands(invoice) == (Status.PART_PAID, 400_00)
    assert "The payment is recorded" in press(olga, invoice, **typed)  # known by its id
    assert stands(invoice) == (Status.PART_PAID, 400_00)
    assert check_books() == []


def test_a_refund_that_failed_is_decided(olga: Client, padaria: Tenant, gateway):
    gateway.refund_says = RefundOutcome.REFUSED
    give_up(padaria, now=newest(padaria).issued_at + timedelta(days=1))
    ask_gateways()
    [refund] = refunds_of(padaria)
    invoice = invoices.get(refund.invoice_id)
    of = {"of": refund.public_id}
    press(olga, invoice, "again", **of)
    ask_gateways()
    anew, _old = refunds_of(padaria)
    name = anew.public_id
    typed = {"of": name, f"{name}-way": "transfer", f"{name}-reference": "E2E-9", f"{name}-why": "closed"}
    assert "E2E-9" in press(olga, invoice, "pay_out", **typed)
    assert "does not wait for anybody" in press(olga, invoice, "credit", **typed)
    assert [one.state for one in refunds_of(padaria)] == [RefundState.PAID_OUT, RefundState.AGAIN]
    elsewhere = {"of": "rcp_00000000000000000000000000"}
    assert olga.post(page_of(invoice), {"act": "withdraw", **elsewhere}).status_code == 404
    assert olga.post(page_of(invoice), {"act": "burn"}).status_code == 404


@pytest.mark.parametrize("of", ["came", "dispute", "x", "rcp_" + "0" * 26])
def test_a_reason_that_stands_beside_nothing_of_the_invoice_is_no_page(olga: Client, invoice, of: str):
    assert olga.post(page_of(invoice), {"act": "write_off", "of": of}).status_code == 404


@pytest.mark.rule("ACC-5", part="second person: other")
def test_a_second_person_agrees_to_what_they_saw_and_to_no_more(olga: Client, invoice):
    set_value(setting=SECOND_PERSON_CREDIT, value="BRL 100", actor="olga", why="x", now=clock.now())
    came = receipts.Came(Way.CASH, 500_00, today(), why="counted")
    paid = record_payment(invoice_id=invoice.id, came=came, actor="olga", now=clock.now())
    make_colleague("Otto Brandão", Role.BILLING)
    gives_up = {"act": "write_off", "of": "write_off", "write_off-why": "Gone for good"}
    asked = olga.post(page_of(invoice), gives_up)["Location"]
    withdraw_payment(receipt_id=paid.id, why="of another", actor="olga", now=clock.now())
    otto = signed_in("otto@abono.example")
    assert "has changed since it was asked for" in words(otto.post(asked, {"approve": "1"}, follow=True))
    assert stands(invoice) == (Status.PENDING, 700_00)
    anew = olga.post(page_of(invoice), gives_up)["Location"]
    otto.post(anew, {"approve": "1"})
    assert stands(invoice) == (Status.WRITTEN_OFF, 0)
    assert check_books() == []


@pytest.mark.rule("PAY-9", part="to the method or credit")
@pytest.mark.rule("PAY-9", part="reason")
@pytest.mark.rule("PAY-9", part="second person: other")
def test_money_is_given_back_once_it_was_seen_how_much_to_where_and_why(
    olga: Client, ana: Client, padaria: Tenant, gateway
):
    first = newest(padaria)
    came = receipts.Came(Way.CASH, 90_00, today(), why="counted")  # paid already: credit
    record_payment(invoice_id=first.id, came=came, actor="olga", now=clock.now())
    url = f"{LIST}{first.public_id}/refund/"
    assert "Give money back" in words(olga.get(page_of(first)))
    typed = {
        "amount": "30.00",
        "because": "twice",
        "why": "They paid twice.",
        "refund": hidden(olga.get(url), "refund"),
    }
    for wrong, said in (
        ({"amount": "90.01"}, "more than what can be given back"),
        ({"amount": "0"}, "above zero"),
        ({"because": ""}, "This field is required"),
        ({"why": ""}, "Say why"),
    ):
        assert said in words(olga.post(url, {**typed, **wrong}, follow=True))
    seen = olga.post(url, typed)
    for said in ("R$30.00 goes back to Visa •••• 4243.", "Give R$30.00 back", "cannot be taken back"):
        assert said in words(seen)
    assert refunds.of_invoices([first.id]) == []
    sure = {**typed, "seen": hidden(seen, "seen"), "confirm": "1"}
    for _press in range(2):
        olga.post(url, sure)
    ask_gateways()
    assert [one.amount.minor for one in gateway.refunds.values()] == [30_00]
    for who, address in ((olga, page_of(first)), (ana, f"/en/settings/financial/{first.public_id}/")):
        shown = words(who.get(address))
        assert "Paid twice, or too much" in shown
        assert "They paid twice." in shown

    set_value(setting=SECOND_PERSON_REFUND, value="BRL 50", actor="olga", why="x", now=clock.now())
    make_colleague("Otto Brandão", Role.BILLING)
    typed = {**typed, "amount": "", "refund": hidden(olga.get(url), "refund")}
    seen = olga.post(url, typed)
    assert "So much needs a second person" in words(seen)
    asked = olga.post(url, {**typed, "seen": hidden(seen, "seen"), "confirm": "1"})["Location"]
    assert asked in olga.get(url).text
    otto = signed_in("otto@abono.example")
    for said in ("Visa •••• 4243 R$60.00", "Why it goes back Paid twice, or too much", "They paid twice."):
        assert said in words(otto.get(asked))
    assert "it is done" in words(otto.post(asked, {"approve": "1"}, follow=True))
    assert sum(one.amount.minor for one in refunds.of_invoices([first.id])) == 90_00
    assert "Nothing can go back of this invoice now" in words(olga.get(url))

    back = f"{LIST}{first.public_id}/"
    note = {
        "line_1": "20.00",
        "why": "No plan.",
        "goes": "payer",
        "because": "service",
        "note": hidden(olga.get(back), "note"),
    }
    seen = words(olga.post(back, note))
    assert "R$20.00 goes back to Visa •••• 4243." in seen
    assert "becomes credit of the contract:" not in seen
    assert check_books() == []
