"""The seller decides of sends that nothing covers (PKG-12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import UNCOVERED
from abono.domain.uncovered import queries
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.stories import uncover
from tests.world import Tenant

PAGE = "/en/back-office/uncovered/"
SMS = {"channel": "sms", "kind": "message", "country": "FR", "code": "no_price"}


@pytest.mark.rule("PKG-12", part="shown to both, told once a day")
def test_contracts_with_uncovered_sends_stand_on_a_page(olga: Client, padaria: Tenant):
    assert "There are none" in words(olga.get(PAGE))
    uncover(padaria, "a", "b")
    # None has a price: nobody knows what they come to.
    assert f"Padaria Sol Ltda. {padaria.contract.number} 2 – 2 have no price" in words(olga.get(PAGE))
    one = words(olga.get(f"{PAGE}{padaria.contract.public_id}/"))
    assert "2 sends : SMS, Message, France" in one.replace("sends:", "sends :")
    assert "There is no price." in one


@pytest.mark.rule("PKG-12", part="told five days before")
def test_a_price_and_a_reason_announce_them(olga: Client, padaria: Tenant):
    uncover(padaria, "a", "b")
    uncover(padaria, "c", channel="pigeon")
    page = f"{PAGE}{padaria.contract.public_id}/"
    missing = olga.post(page, SMS | {"price": "0.12", "why": "", "bill": "1"})
    assert (missing.status_code, "Say why: the customer reads it." in words(missing)) == (422, True)
    none = olga.post(page, SMS | {"price": "", "why": "ours", "bill": "1"}, follow=True)
    assert "have no price" in words(none)
    assert queries.decisions() == []

    done = words(olga.post(page, SMS | {"price": "0.12", "why": "The carrier.", "bill": "1"}, follow=True))
    assert "Told to the customer" in done
    [decision] = queries.decisions(contract_id=padaria.contract_id)
    assert (decision.sends, decision.total_micro, decision.why) == (2, 240_000, "The carrier.")
    assert decision.bill_from == decision.decided_at + timedelta(days=5)
    assert "pigeon" in done  # still to be decided


def test_others_are_let_go(olga: Client, padaria: Tenant):
    uncover(padaria, "a")
    page = f"{PAGE}{padaria.contract.public_id}/"
    assert "Sends that are not billed: 1." in words(
        olga.post(page, SMS | {"why": "ours", "let_go": "1"}, follow=True)
    )
    [decision] = queries.decisions(contract_id=padaria.contract_id)
    assert (decision.bill, decision.total_micro) == (False, 0)
    assert f"{padaria.contract.number} ours 1 – –" in words(olga.get(PAGE))


@pytest.mark.rule("PKG-12", part="uncovered sends: other")
def test_by_the_setting_there_is_nothing_to_press(olga: Client, padaria: Tenant):
    set_value(setting=UNCOVERED, value="never", actor="olga", why="a promise", now=clock.now())
    uncover(padaria, "a")
    page = f"{PAGE}{padaria.contract.public_id}/"
    assert "never billed" in words(olga.get(page))
    assert 'name="bill"' not in olga.get(page).content.decode()
    assert "never billed" in words(olga.post(page, SMS | {"why": "x", "bill": "1"}, follow=True))
    assert queries.decisions() == []


def test_a_contract_that_is_none_does_not_exist(olga: Client, padaria: Tenant):
    for name in ("nonsense", public("ctr", padaria.customer_id)):
        assert olga.get(f"{PAGE}{name}/").status_code == 404
