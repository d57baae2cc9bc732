"""The page of one payment: it shows what is awaited, follows it by itself, and says what to do (PAY-7, CON-4)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.notices.models import Notice
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Decline, Hint, Outcome, Retry
from abono.flows.collecting.charge import RETURN_PATH
from abono.flows.collecting.hear import hear
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import clock
from tests.entrypoints.portal.acts import pay_with
from tests.entrypoints.portal.reading import path_of, signed_in, words
from tests.fakes import FakeGateway
from tests.world import bigger, make_luna, moment, quote


def newest() -> Attempt:
    return Attempt.objects.latest("id")


def page_of(attempt: Attempt) -> str:
    return f"/en/settings/payments/{public('att', attempt.id)}/"


def answer(reply: ChargeReply) -> None:
    hear(attempt_id=newest().id, reply=reply, actor="system", moment=moment(clock.now()))


def raise_with(padaria, card: str) -> str:
    """Ask for the bigger package; the page of that payment."""
    pay_with(padaria, card)
    bigger(padaria, now=clock.now())
    return page_of(newest())


@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_payment_without_an_answer_is_shown_and_followed_with_and_without_a_script(ana, padaria):
    page = raise_with(padaria, "lost")
    shown = ana.get(page)
    assert "Your payment is being confirmed" in words(shown)
    assert "R$150.00" in words(shown).replace("R$\xa0", "R$").replace("R$ ", "R$")
    assert '<noscript><meta http-equiv="refresh" content="6"></noscript>' in shown.content.decode()
    assert f'hx-get="{page}"' in shown.content.decode()
    assert ana.get(page, headers={"HX-Request": "true"}).status_code == 204

    answer(ChargeReply(Outcome.PAID, "r", Money(150_00, "BRL")))

    followed = ana.get(page, headers={"HX-Request": "true"})
    assert (followed.status_code, followed["HX-Refresh"]) == (200, "true")
    done = ana.get(page)
    assert "Your payment was received" in words(done)
    assert "refresh" not in done.content.decode()


@pytest.mark.rule("WAL-6", part="likely reason first")
def test_a_payment_that_was_declined_meanwhile_says_what_to_check_and_whether_to_try_again(ana, padaria):
    page = raise_with(padaria, "lost")
    answer(ChargeReply(Outcome.DECLINED, decline=Decline("96", Hint.ISSUER, Retry.LATER)))
    shown = words(ana.get(page))
    assert "The payment did not go through" in shown
    assert "the bank that issued the card" in shown
    assert "You can try the same card again in a few minutes" in shown


def test_a_payment_that_nobody_received_blames_no_card(ana, padaria):
    page = raise_with(padaria, "lost")
    answer(ChargeReply(Outcome.NEVER_RECEIVED))
    shown = words(ana.get(page))
    assert "Your card was not declined, and nothing was charged." in shown
    assert "What to check" not in shown


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_payment_of_another_sum_is_being_checked(ana, padaria):
    shown = words(ana.get(raise_with(padaria, "other:1:USD")))
    assert "We are checking your payment" in shown
    assert "please do not pay again" in shown


def test_the_holder_is_led_to_the_bank_and_back(ana, padaria, gateway: FakeGateway):
    page = raise_with(padaria, "asks")
    assert f'href="http://cards.example/ask/{newest().id}"' in ana.get(page).content.decode()
    back = gateway.calls[-1].return_url
    assert back.endswith(RETURN_PATH.format(public("att", newest().id)))
    came = ana.get(
        back.removeprefix("http://localhost:8000").removeprefix("http://127.0.0.1:8000"), follow=True
    )
    assert path_of(came.redirect_chain[-1][0]) == page


def test_who_reads_another_language_than_their_browser_comes_back_to_it_from_the_bank(ana, padaria, gateway):
    page = raise_with(padaria, "asks").replace("/en/", "/es/")
    ana.get(page)
    back = path_of(gateway.calls[-1].return_url)
    came = ana.get(back, follow=True, headers={"accept-language": "en"})
    assert path_of(came.redirect_chain[-1][0]) == page


def test_a_raise_that_is_not_answered_leads_to_its_payment(ana, padaria):
    pay_with(padaria, "lost")
    asked = public("chg", quote(padaria, package="brl-250", now=clock.now()))
    answered = ana.post(f"/en/settings/changes/{asked}/")
    assert path_of(answered["Location"]) == page_of(newest())


@pytest.mark.rule("NOT-1", part="invoices and payments")
def test_see_the_payment_of_the_notice_is_that_payment(ana, padaria):
    page = raise_with(padaria, "lost")
    assert Notice.objects.get(kind="payment_unknown").facts["payment_id"] == str(newest().id)
    assert f'href="{page}"' in ana.get("/en/notices/").content.decode()


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_a_payment_of_others_does_not_exist(padaria):
    page = raise_with(padaria, "lost")
    make_luna()
    diego = signed_in("diego@luna.example")
    assert diego.get(page).status_code == 404
    assert diego.get("/en/settings/payments/att_nonsense/").status_code == 404
    assert Client().get(page).status_code == 302
