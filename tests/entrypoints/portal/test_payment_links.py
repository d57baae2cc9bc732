"""Payment links are made, mailed, listed and revoked: by an Administrator and by the seller's people (ACC-3, ACC-1, ACC-5)."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Email, Notice
from abono.domain.payment_links.models import PaymentLink
from abono.domain.payment_links.rules import MOST_MAILED, MOST_OPEN
from abono.domain.payment_links.secret import hashed
from abono.entrypoints.jobs.mail import send_emails
from abono.flows.payment_links.make import PATH
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.write_off import write_off
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import hidden, path_of, signed_in, words
from tests.payment_links import make, make_unpaid, unpaid
from tests.world import make_colleague, make_luna, make_olga

SHOWN = re.compile(r"http[^\s<]*/pay/[\w-]{32}/")


@pytest.fixture
def declined(db, gateway):
    return make_unpaid()


@pytest.fixture
def page(declined) -> str:
    return f"/en/settings/financial/{unpaid(declined).public_id}/links/"


@pytest.fixture
def ana(declined) -> Client:
    return signed_in("ana@padaria.example")


def press(client: Client, page: str, **more: str):
    return client.post(f"{page}new/", {"link": hidden(client.get(page), "link"), **more})


@pytest.mark.rule("ACC-3", part="payment link")
def test_an_administrator_makes_a_link_sees_it_once_and_revokes_it(ana, page, declined):
    invoice = ana.get(page.removesuffix("links/"))
    assert page in invoice.content.decode()
    made = press(ana, page)
    [address, *_same] = SHOWN.findall(made.content.decode())
    assert made["Cache-Control"] == "no-store"
    assert "you will not see it again" in words(made)
    secret = address.rstrip("/").rpartition("/")[2]
    link = PaymentLink.objects.get(hash=hashed(secret))
    assert address.endswith(PATH.format(secret))

    listed = ana.get(page)
    assert secret not in listed.content.decode()
    assert "Ana Souza – Never" in words(listed)
    assert Client().get(path_of(address)).status_code == 302

    ended = ana.post(f"{page}{public('lnk', link.id)}/revoke/", follow=True)
    assert "The payment link is revoked" in words(ended)
    assert "Revoked" in words(ended)
    assert Client().get(path_of(address), follow=True).status_code == 404
    names = Event.objects.filter(subject_id=link.id).order_by("id").values_list("name", "actor")
    assert [name for name, _actor in names] == [
        "payment_link.made",
        "payment_link.opened",
        "payment_link.revoked",
    ]


def test_a_second_press_makes_no_second_link(ana, page):
    sent = {"link": hidden(ana.get(page), "link")}
    before = PaymentLink.objects.count()
    ana.post(f"{page}new/", sent)
    again = ana.post(f"{page}new/", sent, follow=True)
    assert "This payment link was made already" in words(again)
    assert PaymentLink.objects.count() == before + 1


def test_several_links_of_an_invoice_live_but_not_without_bound(declined, ana, page):
    for _link in range(MOST_OPEN - 1):  # one went out with the notice that the card was declined
        make(declined)
    assert "up to 20 payment links" in words(ana.post(f"{page}new/", {"link": uuid7()}, follow=True))


@pytest.mark.rule("NOT-1", part="invoices and payments")
def test_it_is_mailed_to_whoever_pays_in_the_language_of_the_organization(ana, page, declined, mailoutbox):
    made = press(ana, page, email="conta@contabil.example")
    assert "on its way to conta@contabil.example" in words(made)
    told = Notice.objects.get(kind="payment_link")
    assert list(Email.objects.filter(notice=told).values_list("to_email", "language")) == [
        ("conta@contabil.example", "pt-br")
    ]
    send_emails()
    [letter] = [one for one in mail.outbox if "contabil" in one.to[0]]
    assert "sem ter uma conta" in letter.body or "sem conta" in letter.body
    [address] = SHOWN.findall(letter.body)
    assert address in SHOWN.findall(made.content.decode())[0].replace("/en/", "/pt-br/")
    assert address not in str(told.facts)
    assert unpaid(declined).title in letter.subject


def test_whoever_revokes_and_makes_anew_mails_no_more_than_fifty_a_day(declined, ana, page):
    for n in range(MOST_MAILED):
        link = make(declined, email=f"a{n}@contabil.example")
        PaymentLink.objects.filter(id=link.id).update(revoked_at=link.made_at)
    refused = ana.post(f"{page}new/", {"link": uuid7(), "email": "b@contabil.example"}, follow=True)
    assert "Up to 50 payment links a day are mailed" in words(refused)
    assert SHOWN.search(press(ana, page).content.decode())


@pytest.mark.parametrize("wrong", ["conta", "a@b@c.example", "x" * 250 + "@example.com", "a@\x00b.example"])
def test_an_address_that_is_none_is_said_where_it_stands(ana, page, wrong):
    before = PaymentLink.objects.count()
    answer = press(ana, page, email=wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert PaymentLink.objects.count() == before


@pytest.mark.rule("PAY-8")
def test_the_notice_of_a_declined_renewal_brings_a_link_for_who_has_no_account(declined):
    send_emails()
    links = {address for letter in mail.outbox for address in SHOWN.findall(letter.body)}
    [link] = PaymentLink.objects.all()
    assert (link.made_by, link.invoice_id) == ("system", unpaid(declined).id)
    [address] = links
    assert Client().get(path_of(address)).status_code == 302


@pytest.mark.rule("ACC-1", part="what is not in it is refused")
@pytest.mark.parametrize("who", ["bruno", "carla"])
def test_who_may_not_pay_may_make_no_link(declined, page, who):
    client = signed_in(f"{who}@padaria.example")
    link = make(declined)
    assert client.get(page).status_code == 403
    assert client.post(f"{page}new/", {"link": uuid7()}).status_code == 403
    assert client.post(f"{page}{link.public_id}/revoke/").status_code == 403


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_links_of_others_do_not_exist(declined, page):
    link = make(declined)
    make_luna()
    diego = signed_in("diego@luna.example")
    assert diego.get(page).status_code == 404
    assert diego.post(f"{page}new/", {"link": uuid7()}).status_code == 404
    assert diego.post(f"{page}{link.public_id}/revoke/").status_code == 404
    own = f"/en/settings/financial/{public('inv', uuid7())}/links/"
    assert diego.post(f"{own}{link.public_id}/revoke/").status_code == 404
    assert PaymentLink.objects.get(id=link.id).revoked_at is None


@pytest.mark.rule("ACC-5", part="roles")
def test_the_sellers_people_make_links_as_their_roles_say(declined):
    make_olga()
    make_colleague("Sara Lima", Role.SUPPORT)
    make_colleague("Rui Paz", Role.READER)
    page = f"/en/back-office/invoices/{unpaid(declined).public_id}/links/"
    sara = signed_in("sara@abono.example")
    assert SHOWN.search(press(sara, page).content.decode())
    link = PaymentLink.objects.latest("id")
    assert "Sara Lima" in words(sara.get(page))
    rui = signed_in("rui@abono.example")
    assert rui.get(page).status_code == 200
    assert "Make the payment link" not in words(rui.get(page))
    assert rui.post(f"{page}new/", {"link": uuid7()}).status_code == 403
    assert rui.post(f"{page}{public('lnk', link.id)}/revoke/").status_code == 403
    assert sara.post(f"{page}{public('lnk', link.id)}/revoke/").status_code == 302


def test_of_a_paid_invoice_no_link_is_made(declined, ana):
    first = invoices.list_for_customer(declined.customer_id)[-1]
    page = f"/en/settings/financial/{first.public_id}/links/"
    assert "no new link can be made" in words(ana.get(page))
    answer = ana.post(f"{page}new/", {"link": uuid7()}, follow=True)
    assert "is not waiting for a payment" in words(answer)


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (open_dispute, "This invoice is disputed: until that is decided, nothing of it is asked for"),
        (write_off, "We do not ask for what is left of this invoice any more."),
    ],
)
def test_why_an_invoice_takes_no_link_is_said_and_it_is_not_called_paid(ana, page, declined, ends, says):
    ends(invoice_id=unpaid(declined).id, why="x", actor="olga", now=clock.now())
    assert says in words(ana.get(page))
    home = words(ana.get("/en/home/"))
    assert "Nothing: no invoice waits for a payment." in home
