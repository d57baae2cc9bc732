"""Usage › Sends that nothing covers, as the people of a customer see it (PKG-12)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from abono.domain.uncovered import queries
from tests.entrypoints.portal.reading import words
from tests.stories import announced, uncover
from tests.world import Tenant

PAGE = "/en/usage/uncovered/"


@pytest.mark.rule("PKG-12", part="shown to both, told once a day")
def test_each_send_stands_there_with_its_reason(ana: Client, padaria: Tenant):
    assert "your contract covers every send" in words(ana.get(PAGE))
    assert "nothing covers" not in words(ana.get("/en/usage/"))
    uncover(padaria, "order-7")
    page = words(ana.get(PAGE))
    assert "SMS Message, France order-7 The package has no price for it" in page
    assert "Not decided" in page
    assert "There are sends that nothing covers" in words(ana.get("/en/usage/"))


@pytest.mark.rule("PKG-12", part="contested")
def test_an_administrator_says_no_in_one_press(ana: Client, bruno: Client, padaria: Tenant):
    announced(padaria)
    page = ana.get(PAGE)
    assert "The seller says: The carrier charged us for it." in words(page)
    assert "R$0.12 Will be billed" in words(page).replace("\u00a0", " ")
    found = re.search(r'action="([^"]*/contest/)"', page.content.decode())
    assert found is not None
    assert "contest/" not in bruno.get(PAGE).content.decode()
    assert "An administrator of your organization can contest it" in words(bruno.get(PAGE))
    assert bruno.post(found[1]).status_code == 403
    after = ana.post(found[1], follow=True)
    assert "These sends are not billed." in words(after)
    assert "Contested, not billed" in words(after)
    [decision] = queries.decisions(contract_id=padaria.contract_id)
    assert decision.contested_by == f"person:{padaria.people['ana']}"


@pytest.mark.rule("ACC-2")
def test_a_stranger_finds_nothing_there(diego: Client, padaria: Tenant):
    decision = announced(padaria)
    assert "carrier" not in words(diego.get(PAGE))
    for name in ("unc_nonsense", f"unc_{decision.id}"):
        assert diego.post(f"{PAGE}{name}/contest/").status_code == 404
    assert diego.get(f"{PAGE}?before=zz").status_code == 404


def test_long_lists_have_pages(ana: Client, padaria: Tenant):
    uncover(padaria, *(f"n{n}" for n in range(60)))
    first = ana.get(PAGE).content.decode()
    older = re.search(r'href="(\?before=[0-9a-f]+)"', first)
    assert older is not None
    second = ana.get(PAGE + older[1]).content.decode()
    names = [set(re.findall(r">(n[0-9]+)<", page)) for page in (first, second)]
    assert (len(names[0]), len(names[1]), names[0] & names[1]) == (50, 10, set())
