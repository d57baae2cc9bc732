"""Notices › Who is told, for Administrators (NOT-1)."""

from __future__ import annotations

from uuid import UUID

from django.test import Client

from abono.domain.notices import queries
from abono.domain.notices.kinds import KINDS
from abono.domain.notices.types import Audience
from tests.world import Tenant

PAGE = "/en/notices/choose/"
CHOSEN = [name for name, kind in KINDS.items() if len(kind.audience) > 1]  # of others there is no choice


def _everything() -> dict[str, list[str]]:
    return {kind: [one.value for one in Audience] for kind in CHOSEN}


def told(customer_id: UUID, kind: str) -> frozenset[Audience]:
    return {choice.kind: choice.told for choice in queries.choices(customer_id)}[kind]


def test_boxes_are_ticked_as_it_is_and_what_is_ticked_holds(ana: Client, padaria: Tenant) -> None:
    page = ana.get(PAGE).content.decode()
    assert page.count(" checked>") == 2 * len(CHOSEN)
    reply = ana.post(PAGE, _everything() | {"invoice_issued": ["financial_contact"]}, follow=True)
    assert "Saved. It holds from the next notice on." in reply.content.decode()
    assert told(padaria.customer_id, "invoice_issued") == {Audience.FINANCIAL_CONTACT}
    assert ana.get(PAGE).content.decode().count(" checked>") == 2 * len(CHOSEN) - 1


def test_the_same_again_says_that_nothing_was_changed(ana: Client) -> None:
    assert "Nothing was changed." in ana.post(PAGE, _everything(), follow=True).content.decode()


def test_a_row_without_a_box_is_refused_by_its_name_and_keeps_what_was_ticked(
    ana: Client, padaria: Tenant
) -> None:
    reply = ana.post(PAGE, _everything() | {"invoice_issued": [], "package_80": ["administrators"]})
    assert reply.status_code == 409
    assert "New invoice: somebody has to be told of it." in reply.content.decode()
    assert reply.content.decode().count(" checked>") == 2 * len(CHOSEN) - 3
    assert told(padaria.customer_id, "package_80") == set(Audience)


def test_others_may_not(bruno: Client, carla: Client, diego: Client, padaria: Tenant) -> None:
    assert [who.get(PAGE).status_code for who in (bruno, carla)] == [403, 403]
    assert [who.post(PAGE, {}).status_code for who in (bruno, carla)] == [403, 403]
    diego.post(PAGE, _everything() | {"invoice_issued": ["administrators"]})
    assert told(padaria.customer_id, "invoice_issued") == set(Audience)
