"""The seller's page of money that matches nothing (PAY-12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.payments import unmatched
from abono.domain.payments.models import Attempt
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import path_of, words
from tests.fakes import FakeGateway
from tests.scenarios.taking_back import newest
from tests.world import Tenant, bigger, today

PAGE = "/en/back-office/money/"


@pytest.fixture
def money(padaria: Tenant) -> str:
    """One dollar came where BRL 150.00 was asked for. Its public id."""
    now = clock.now()
    save_card(customer_id=padaria.customer_id, frame_ref="other:100:USD", use=True, actor="ana", now=now)
    bigger(padaria, now=now)
    [one] = unmatched.open_money()
    return one.public_id


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_what_came_and_what_was_asked_stand_side_by_side(olga: Client, money: str) -> None:
    page = words(olga.get(PAGE))
    assert "$1.00 · Another sum was taken than was asked for" in page.replace("US$", "$")
    assert "Asked for R$150.00" in page.replace("R$ ", "R$")
    assert "Padaria Sol Ltda." in page
    assert '<span class="count">1</span>' in olga.get("/en/back-office/metering/").content.decode()


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_the_gateway_is_asked_again_and_what_is_right_by_now_is_applied(
    olga: Client, money: str, padaria: Tenant, gateway: FakeGateway
) -> None:
    answer = olga.post(f"{PAGE}{money}/ask/", follow=True)
    assert "The gateway still says the same." in words(answer)
    gateway.taken[str(Attempt.objects.latest("id").id)] = Money(150_00, "BRL")
    answer = olga.post(f"{PAGE}{money}/ask/", follow=True)
    assert "Nothing waits for you" in words(answer)
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_who_sends_it_back_says_how_and_that_stays_in_the_record(olga: Client, money: str) -> None:
    nothing = olga.post(f"{PAGE}{money}/close/", {f"{money}-how": " "})
    assert nothing.status_code == 422
    assert unmatched.open_count() == 1
    answer = olga.post(f"{PAGE}{money}/close/", {f"{money}-how": "refunded, re_1"})
    assert path_of(answer["Location"]) == PAGE
    assert unmatched.open_count() == 0
    assert Event.objects.get(name="payment.matched").why == "refunded, re_1"
    assert Attempt.objects.latest("id").state == "declined"
    assert olga.post(f"{PAGE}{money}/close/", {f"{money}-how": "again"}).status_code == 404


@pytest.mark.rule("PAY-10", part="evidence and deadline")
def test_a_disputed_payment_is_listed_with_its_last_day_until_it_ends(olga: Client, padaria: Tenant) -> None:
    first = newest(padaria)
    standing = f"/en/back-office/invoices/{first.public_id}/standing/"
    olga.post(standing, {"act": "dispute", "dispute-why": "not me"})
    day = today() + timedelta(days=7)
    listed = words(olga.get(PAGE))
    assert "No evidence is written down yet." in listed
    assert f"Last day for evidence: {day.day}" in listed or f"{day.day}, {day.year}" in listed
    said = {"act": "answer", "of": "answer", "answer-evidence": "Order ord_1, accepted by Ana"}
    assert olga.post(standing, {**said, "answer-answer_by": ""}).status_code == 422
    sooner = (day - timedelta(days=2)).isoformat()
    done = words(olga.post(standing, {**said, "answer-answer_by": sooner}, follow=True))
    assert "The evidence is kept with the dispute." in done
    assert "Evidence is written down." in words(olga.get(PAGE))
    assert Event.objects.get(name="dispute.evidence").data["answer_by"] == sooner
    olga.post(standing, {"act": "won", "of": "end", "end-why": "they wrote so"})
    assert "Nothing waits for you" in words(olga.get(PAGE))
