"""What the holder does at the bank: confirm, refuse or walk away, and dispute what was paid."""

from __future__ import annotations

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State as ContractState
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import disputes
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Decline, Hint, Outcome, Retry
from abono.domain.payments.rules import challenge
from abono.flows.collecting.hear import hear
from abono.flows.wallet import save_card
from abono.platform import clock
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.test_limits import LATER
from tests.work import ask_gateways, gateway_tells
from tests.world import HOUR, bigger, make_padaria, moment, sign


@pytest.mark.rule("CON-4", part="being confirmed")
@pytest.mark.rule("CON-4", part="active when known")
def test_a_contract_whose_charge_the_holder_confirms_is_active_then(gateway):
    signed = sign(card="asks")
    assert not signed.active
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.challenge_url) == ("unknown", f"http://cards.example/ask/{attempt.id}")
    assert gateway.calls[0].return_url.endswith("/back/")

    ask_gateways(real=clock.now() + HOUR)  # still at the bank's page, however often we ask
    assert Attempt.objects.get().state == "unknown"
    gateway.book[str(attempt.id)] = attempt.amount_minor
    gateway_tells(key=str(attempt.id), real=clock.now() + HOUR)

    assert contracts.get(signed.contract_id).state is ContractState.ACTIVE
    assert Attempt.objects.get().challenge_url == ""
    assert check_books() == []


@pytest.mark.rule("CHG-7", "WAL-6")
def test_a_raise_that_the_holder_refuses_leaves_the_old_package_and_can_be_tried_again(gateway):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="asks", use=True, actor="ana", now=LATER)
    raised = bigger(padaria, now=LATER)
    assert raised.charged.challenge_url

    no = Decline("05", Hint.ISSUER, Retry.CUSTOMER)
    hear(
        attempt_id=raised.charged.attempt_id,
        reply=ChargeReply(Outcome.DECLINED, decline=no),
        actor="system",
        moment=moment(LATER),
    )

    assert padaria.contract.package_code == "brl-100"
    attempt = Attempt.objects.latest("id")
    assert (attempt.decline_hint, attempt.decline_retry, attempt.challenge_url) == ("issuer", "customer", "")
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    assert bigger(padaria, now=LATER).paid


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//elsewhere",
        "http://",
        "https://a b",
        "https://a.example/" + "x" * 500,
        "",
        None,
    ],
)
def test_an_address_that_no_browser_should_follow_is_not_kept(url):
    assert challenge(ChargeReply(Outcome.WAITING, challenge_url=url)) == ""
    assert challenge(ChargeReply(Outcome.PAID, challenge_url="https://a.example/")) == ""


@pytest.mark.rule("PAY-10", part="disputed")
def test_a_disputed_payment_is_shown_to_the_seller_once_and_stays_paid(gateway):
    padaria = make_padaria()
    attempt = Attempt.objects.get()
    gateway.disputed.add(str(attempt.id))
    for _twice in range(2):
        gateway_tells(key=str(attempt.id), real=clock.now())
    [opened] = disputes.of_invoice(attempt.invoice_id)
    assert (opened.attempt_id, opened.amount.minor) == (attempt.id, attempt.amount_minor)
    assert Event.objects.get(name="dispute.opened").data["amount_minor"] == attempt.amount_minor
    assert Invoice.objects.get().state == "disputed"
    assert Attempt.objects.get().state == "paid"
    assert padaria.contract.state is ContractState.ACTIVE
    assert check_books() == []
