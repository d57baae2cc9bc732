"""Whoever is refused goes on from where they are: the menu stays, and the log has one line."""

from __future__ import annotations

import pytest

from abono.kernel.ids import public
from tests.entrypoints.portal.reading import menu, signed_in, words
from tests.world import make_olga


def test_a_viewer_who_may_not_open_a_page_keeps_the_menu(bruno, padaria):
    answer = bruno.get("/en/settings/contracts/")
    assert answer.status_code == 403
    assert "Your profile has no access to this page" in words(answer)
    assert "Financial information" in menu(answer)
    assert "Plans and contracts" not in menu(answer)


@pytest.mark.rule("LIC-5", part="deactivated")
def test_whoever_is_let_out_reads_that_when_they_sign_in_and_can_sign_out(ana, padaria):
    ana.post(f"/en/settings/people/{public('usr', padaria.people['bruno'])}/deactivate/")
    bruno = signed_in("bruno@padaria.example")
    answer = bruno.get("/en/sign-in/", follow=True)
    assert answer.status_code == 403
    assert "You belong to no organization here" in words(answer)
    assert "an Administrator of that organization can bring you back" in words(answer)
    token = answer.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    bruno.handler.enforce_csrf_checks = True
    assert bruno.post("/en/sign-out/", {"csrfmiddlewaretoken": token})["Location"] == "/en/sign-in/"


def test_what_is_not_there_keeps_the_menu(ana, padaria):
    answer = ana.get("/en/settings/financial/inv_01jfst0000e008000000000001/")
    assert answer.status_code == 404
    assert "Financial information" in menu(answer)


@pytest.mark.parametrize("address", ["/en/nothing/", "/nothing/"])
def test_an_address_that_leads_nowhere_keeps_the_menu_too(ana, padaria, address):
    answer = ana.get(address)
    assert answer.status_code == 404
    assert "Financial information" in menu(answer)
    assert '<a class="button" href="/en/home/">' in answer.content.decode()


def test_whoever_works_for_the_seller_keeps_theirs(db):
    make_olga()
    answer = signed_in("olga@abono.example").get("/en/nothing/")
    assert answer.status_code == 404
    assert "Uncovered sends" in menu(answer)


def test_whoever_works_for_the_seller_is_told_how_a_customers_page_is_seen(db, padaria):
    make_olga()
    olga = signed_in("olga@abono.example")
    answer = olga.get("/en/home/")
    assert answer.status_code == 403
    assert "choose a customer on “See as a customer”" in words(answer)
    assert "An owner can do this" not in words(answer)
    assert 'href="/en/back-office/metering/">Back office</a>' in olga.get("/en/plans/").content.decode()
    olga.post("/en/back-office/act-as/", {"contract": padaria.contract.number, "why": "call 7"})
    assert "you can change nothing" in words(olga.get("/en/settings/wallet/add/"))


@pytest.mark.parametrize(
    ("address", "read", "said"),
    [
        ("/en/nothing/", "es", "There is nothing here"),
        ("/es/nothing/", "en", "Aquí no hay nada"),
        ("/nothing/", "pt-BR", "Não há nada aqui"),
    ],
)
def test_nobody_has_the_public_menu_in_their_language(client, db, address, read, said):
    answer = client.get(address, headers={"Accept-Language": read})
    assert said in words(answer)
    assert "Financial information" not in menu(answer)
    assert 'href="/es/plans/"' in answer.content.decode() or "/plans/" in answer.content.decode()
    assert '<a href="/pt-br/nothing/"' in answer.content.decode() or address == "/nothing/"


def test_a_form_of_a_page_that_was_open_too_long_leads_back_to_it(padaria):
    ana = signed_in("ana@padaria.example", enforce_csrf=True)
    for came_from, back in (
        ("http://testserver/en/notices/?page=2", 'href="/en/notices/?page=2"'),
        ("http://evil.example/en/notices/", None),
        ("", None),
    ):
        answer = ana.post("/en/notices/read/", headers={"Referer": came_from})
        assert answer.status_code == 403
        assert "This page was open for too long" in words(answer)
        assert "Financial information" in menu(answer)
        if back is None:
            assert "Back to the page" not in words(answer)
        else:
            assert back in answer.content.decode()
