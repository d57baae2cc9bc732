"""A change that waits for somebody's word: the link of its mail, the seller's page, and programs (CHG-6)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.contracts import changes
from abono.domain.notices import mail
from abono.domain.notices.models import Email
from abono.domain.settings import queries as settings
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_HELD_FOR
from abono.entrypoints.site.links import link_for
from abono.kernel.ids import parse
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, program, quoted
from tests.entrypoints.portal.reading import path_of, signed_in, words
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.world import Tenant, make_olga, make_padaria

CHANGES = "/en/back-office/changes/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    return make_padaria(now=lately() - timedelta(days=10))


def held_for(words: str) -> None:
    set_value(setting=CHANGE_HELD_FOR, value=words, actor="person:olga", why="a test", now=clock.now())
    settings.forget_snapshot()


def accepted(padaria: Tenant) -> tuple[Program, str]:
    """By a program. Returns it with the path of the change."""
    sol = program(padaria.customer_id, "read", "write")
    accept = quoted(sol, padaria, plan="expert")
    assert sol.post(accept, once="accept").status_code == 202
    return sol, accept.removesuffix("/accept")


@pytest.mark.rule("CHG-6", part="link in the mail: other")
def test_the_link_leads_whoever_signs_in_to_the_change_and_there_it_is_confirmed(padaria: Tenant) -> None:
    held_for("link")
    ana = signed_in("ana@padaria.example")
    asked = quoted(program(padaria.customer_id, "read", "write"), padaria, plan="expert").split("/")[-2]
    said = words(ana.get(f"/en/settings/changes/{asked}/"))
    assert "an e-mail comes to you with a link" in said
    assert "Accept the change for" in said
    sol, path = accepted(padaria)
    assert sol.get(path).json()["state"] == "confirm"
    [email] = Email.objects.filter(notice__kind="change_to_confirm")
    text = mail.compose(email.id, attach=lambda *_: None, link_for=link_for).body
    assert isinstance(text, str)
    [link] = set(re.findall(r"http\S+/link/\S+", text))
    way = path_of(link).replace("/pt-br/", "/en/")
    page = way.partition("link/")[0]

    stranger = Client()
    assert "sign-in" in stranger.get(way, follow=True).redirect_chain[-1][0]
    seen = words(ana.get(page))
    assert "waits to be confirmed by the link" in seen
    assert "Confirm the change for" not in seen
    assert ana.post(page).status_code == 409  # pressed without the link
    assert padaria.contract.plan_code == "specialist"
    assert ana.get(way)["Location"] == page
    assert "Confirm the change for" in words(ana.get(page))
    ana.post(page)
    assert padaria.contract.plan_code == "expert"
    assert "This change is in force" in words(ana.get(page))
    assert sol.get(path).json()["state"] == "applied"


@pytest.mark.rule("CHG-6", part="the seller approves: other")
@pytest.mark.parametrize("by_page", [True, False])
def test_the_seller_refuses_one_and_approves_the_next(padaria: Tenant, by_page: bool) -> None:
    make_olga()
    held_for("approval")
    sol, path = accepted(padaria)
    seller, olga = program(None, "read", "write"), signed_in("olga@abono.example")
    [waits] = seller.get("/changes").json()["items"]
    assert waits["state"] == "approval"
    assert [sol.post(f"{path}/approve", once="1").status_code, sol.get("/changes").status_code] == [403, 403]
    page = f"{CHANGES}{waits['id']}/"
    assert waits["id"] in olga.get(CHANGES).content.decode()
    whole = olga.get(f"/en/back-office/contracts/{padaria.contract.public_id}/")
    assert "A change waits for the seller’s word" in words(whole)
    assert f'href="{page}"' in whole.text
    if by_page:
        assert olga.post(page, {"refuse": "1", "why": ""}).status_code == 422
        olga.post(page, {"refuse": "1", "why": "No address."})
        assert "Answer No address." in words(olga.get(page))
    else:
        assert seller.post(f"{path}/refuse", {"why": "No address."}, once="r").status_code == 200
    assert (sol.get(path).json()["state"], sol.get(path).json()["why"]) == ("refused", "No address.")
    ana = signed_in("ana@padaria.example")
    refused = words(ana.get(f"/en/settings/changes/{waits['id']}/"))
    assert "The seller refused it: No address." in refused
    for said in (refused, words(olga.get(page))):
        assert "It would have cost R$" in said
        assert "Charged on acceptance" not in said
    assert ("Decided by Olga Prado" in words(olga.get(page))) is by_page

    accept = quoted(sol, padaria, plan="expert")
    assert sol.post(accept, once="accept2").status_code == 202
    key = accept.split("/")[-2]
    assert "waits to be approved by the seller" in words(ana.get(f"/en/settings/changes/{key}/"))
    assert "See the change, or take it back" in words(ana.get("/en/settings/contracts/"))
    chooser = ana.get(f"/en/settings/contracts/{padaria.contract.public_id}/change/").text
    assert f'href="/en/settings/changes/{key}/"' in chooser
    assert "See before and after" not in chooser
    if by_page:
        olga.post(f"{CHANGES}{key}/", {"approve": "1"})
    else:
        assert seller.post(f"/changes/{key}/approve", once="a").json()["state"] == "applied"
        assert seller.post(f"/changes/{key}/approve", once="b").json()["state"] == "applied"
        assert program(None, "write").post(f"/changes/{key}/approve", once="c").status_code == 409
    assert padaria.contract.plan_code == "expert"
    found = parse("chg", key)
    assert found is not None
    assert changes.get(found).decided_by.startswith("person:" if by_page else "key:")
