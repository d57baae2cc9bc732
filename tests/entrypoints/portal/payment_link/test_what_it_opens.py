"""What a payment link opens, until when, and what it lets out (ACC-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.payment_links.models import PaymentLink
from abono.domain.payments.ports.port import GatewayUnavailable
from abono.entrypoints.portal.card_tries import FREE_TRIES
from abono.entrypoints.portal.pay.views import FREE_GUESSES
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.payment_links.make import address_of, revoke_payment_link
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.write_off import write_off
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import hidden, path_of, words
from tests.payment_links import Payer, make

NOTHING = "This link opens nothing"


def cancel(tenant, invoice, link) -> None:
    reissue_invoice(invoice_id=invoice.id, why="x", actor="olga", now=clock.now())


def revoke(tenant, invoice, link) -> None:
    revoke_payment_link(link_id=link.id, customer_id=tenant.customer_id, actor="ana", now=clock.now())


def expire(tenant, invoice, link) -> None:
    PaymentLink.objects.filter(id=link.id).update(
        made_at=clock.now() - timedelta(days=30), expires_at=clock.now()
    )


@pytest.mark.rule("ACC-3", part="payment link")
@pytest.mark.parametrize(
    ("act", "said"), [(open_dispute, "The invoice is disputed"), (write_off, "not asked for any more")]
)
def test_who_has_a_link_is_told_why_its_invoice_asks_for_nothing(declined, invoice, payer, act, said):
    act(invoice_id=invoice.id, why="x", actor="olga", now=clock.now())
    for answer in (payer.look(), Client().get(path_of(address_of(payer.link.id, "en")), follow=True)):
        assert answer.status_code == 404
        assert said in words(answer)
        assert NOTHING not in words(answer)


@pytest.mark.rule("ACC-3", part="payment link")
@pytest.mark.parametrize("ends", [cancel, revoke, expire])
def test_a_link_that_is_over_and_one_that_never_was_are_the_same_page(
    declined, invoice, payer, gateway, ends
):
    sent, before = payer.type(gateway, "ok#1"), len(gateway.calls)
    ends(declined, invoice, payer.link)
    made_up = Client().get(f"/en/pay/{'x' * 32}/")
    fresh = Client()
    for answer in (
        payer.look(),
        payer.send(sent),
        fresh.get(
            path_of(address_of(payer.link.id, "en")) if ends is not revoke else payer.page, follow=True
        ),
        Client().get(payer.page),
        Client().get("/en/pay/link/lnk_nonsense/"),
    ):
        assert answer.status_code == 404
        assert words(answer) == words(made_up)
        assert NOTHING in words(answer)
        assert invoice.title not in answer.content.decode()
    assert len(gateway.calls) == before


def test_the_address_of_a_revoked_link_opens_nothing(declined, invoice, payer):
    address = path_of(address_of(payer.link.id, "en"))
    revoke(declined, invoice, payer.link)
    assert Client().get(address, follow=True).status_code == 404
    assert address_of(payer.link.id, "en") == ""


@pytest.mark.rule("ACC-3", part="payment link")
def test_the_secret_is_kept_as_a_hash_and_goes_no_further_than_its_first_address(payer, caplog):
    address = address_of(payer.link.id, "en")
    secret = address.rstrip("/").rpartition("/")[2]
    assert len(secret) == 32
    row = PaymentLink.objects.values().get(id=payer.link.id)
    assert secret not in str(row)
    assert secret not in str(dict(payer.client.session))
    assert secret not in payer.page
    assert secret not in payer.look().content.decode()
    assert secret not in caplog.text
    assert not Event.objects.filter(data__icontains=secret).exists()


def test_nothing_of_a_link_is_kept_listed_or_told_to_other_houses(payer):
    for answer in (
        payer.look(),
        Client().get(path_of(address_of(payer.link.id, "en"))),
        Client().get("/en/pay/x/"),
    ):
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert answer["Referrer-Policy"] == "same-origin"


def test_opening_is_noted_the_first_time_as_an_event(payer):
    Payer(payer.link)
    assert PaymentLink.objects.get(id=payer.link.id).opened_at is not None
    assert Event.objects.filter(name="payment_link.opened").count() == 1


@pytest.mark.rule("ACC-3", part="slow answers")
def test_who_guesses_links_waits_and_who_has_one_does_not_count(payer):
    address = path_of(address_of(payer.link.id, "en"))
    client = Client()
    for _guess in range(FREE_GUESSES):
        assert client.get(address).status_code == 302
    statuses = [client.get(f"/en/pay/{n:032}/").status_code for n in range(FREE_GUESSES + 1)]
    assert statuses == [404] * FREE_GUESSES + [429]


def test_who_tests_cards_with_a_link_waits_whichever_browser_and_link(declined, payer, gateway):
    payers = [payer, Payer(make(declined))]
    statuses = [payers[n % 2].pay(gateway, f"decline:number#{n}").status_code for n in range(FREE_TRIES + 1)]
    assert statuses == [402] * FREE_TRIES + [429]
    told = Event.objects.get(name="cards.slowed")
    assert (told.actor, told.subject_id) == (f"link:{payer.link.id}", payer.link.invoice_id)


def test_while_the_gateway_is_away_the_page_says_so(payer, gateway, monkeypatch):
    def away(*_said, **_named):
        raise GatewayUnavailable()

    monkeypatch.setattr(gateway, "open_card_frame", away)
    answer = payer.look()
    assert answer.status_code == 503
    assert "The payment gateway is not answering." in words(answer)
    assert "R$700.00" in words(answer)


@pytest.mark.parametrize(("language", "title"), [("es", "Pagar la factura"), ("pt-br", "Pagar a fatura")])
def test_the_page_is_in_the_language_of_its_address(payer, language, title):
    page = payer.client.get(payer.page.replace("/en/", f"/{language}/"))
    assert title in words(page)
    assert hidden(page, "sum") == "70000"
