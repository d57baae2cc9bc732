"""Notices in the product (NOT-1)."""

from __future__ import annotations

import pytest

from abono.domain.notices import queries as notices
from abono.domain.notices.models import Notice
from abono.entrypoints.portal.notices.views import PER_PAGE
from abono.flows.restriction.by_seller import restrict_for_fraud
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.entrypoints.portal.acts import block
from tests.entrypoints.portal.reading import words
from tests.world import HOUR

PAGE = "/en/notices/"


@pytest.mark.rule("NOT-1")
def test_what_happened_is_told_newest_first_with_a_way_to_act(ana, padaria, signed_at):
    block(padaria, signed_at + HOUR)
    page = ana.get(PAGE)
    said = words(page)
    for told in ("Sending is blocked", "The channel package is used up"):
        assert said.index(told) < said.index("Your contract is active")
    assert "R$199.65" in said
    assert 'href="/en/settings/contracts/"' in page.content.decode().partition("<main")[2]


@pytest.mark.rule("NOT-1")
def test_amounts_of_a_notice_are_written_as_the_readers_language_writes_them(ana, padaria, signed_at):
    block(padaria, signed_at + HOUR)
    for language, amount in (("es", "R$ 199,65"), ("pt-br", "R$ 199,65"), ("en", "R$199.65")):
        assert amount in words(ana.get(f"/{language}/notices/"))


@pytest.mark.rule("END-4", part="restricts with a reason")
def test_why_the_seller_restricted_the_contract_stands_in_its_notice(ana, padaria):
    restrict_for_fraud(contract_id=padaria.contract_id, why="Stolen cards.", actor="olga", now=clock.now())
    assert "Reason: Stolen cards." in words(ana.get(PAGE)).partition("is restricted")[2]


def test_marking_as_read_is_one_press(ana, bruno, padaria):
    assert notices.unread_count(padaria.customer_id) == 2
    assert "Unread:" in words(ana.get(PAGE))
    said = words(ana.post(f"{PAGE}read/", follow=True))
    assert "2 notices are marked as read." in said
    assert "Unread:" not in said
    assert notices.unread_count(padaria.customer_id) == 0
    assert "marked as read" not in words(ana.post(f"{PAGE}read/", follow=True))  # nothing left to do


@pytest.mark.rule("ACC-1")
def test_a_viewer_reads_them_without_links_to_closed_pages(bruno):
    page = bruno.get(PAGE)
    assert "Your contract is active" in words(page)
    assert "/settings/contracts/" not in page.content.decode()


@pytest.mark.rule("ACC-1")
def test_an_agent_sees_nothing_of_money_and_marks_nothing(carla, padaria):
    assert "There are no notices." in words(carla.get(PAGE))
    carla.post(f"{PAGE}read/")
    assert notices.unread_count(padaria.customer_id) == 2


@pytest.mark.rule("ACC-2")
def test_another_customers_notices_are_not_shown(diego, padaria):
    said = words(diego.get(PAGE))
    assert padaria.contract.number not in said
    diego.post(f"{PAGE}read/")
    assert notices.unread_count(padaria.customer_id) == 2


def test_older_ones_are_a_page_away(ana, padaria):
    known = Notice.objects.filter(customer_id=padaria.customer_id).first()
    Notice.objects.bulk_create(
        Notice(
            customer_id=padaria.customer_id,
            kind=known.kind,
            key=f"k{n}",
            facts=known.facts,
            created_at=clock.now(),
        )
        for n in range(PER_PAGE)
    )
    page = ana.get(PAGE)
    assert page.content.decode().count("<time datetime") == PER_PAGE
    last = list(notices.list_for(padaria.customer_id, "en", limit=PER_PAGE))[-1]
    assert f"?before={public('ntc', last.id)}" in page.content.decode()
    older = ana.get(PAGE, {"before": public("ntc", last.id)})
    assert older.content.decode().count("<time datetime") == 2
    assert "Newer" in words(older)


def test_a_place_that_never_was_does_not_exist(ana):
    for before in ("ntc_0", "\0", "9" * 21, public("inv", uuid7())):
        assert ana.get(PAGE, {"before": before}).status_code == 404, before
