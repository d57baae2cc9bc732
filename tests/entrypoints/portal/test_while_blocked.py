"""While sending is blocked everything else goes on (LIM-2), and everybody knows (LIM-3)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Notice
from abono.domain.notices.wording import Reader, word
from abono.flows.limits.tell_thresholds import KINDS
from abono.kernel.ids import uuid7
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.acts import block
from tests.entrypoints.portal.reading import words
from tests.world import HOUR

PAGES = ("home", "usage", "plans", "financial", "wallet", "notices", "profile")


@pytest.fixture
def blocked(padaria, signed_at):
    block(padaria, signed_at + HOUR)
    now = clock.now()
    assert metering.balance(contract_id=padaria.contract_id, at=now).blocked_at is not None
    return padaria


@pytest.mark.rule("LIM-2", part="pages go on")
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_while_sending_is_blocked(ana, blocked, page):
    assert ana.get(reverse(f"portal:{page}")).status_code == 200


@pytest.mark.rule("LIM-2", part="receiving goes on")
def test_contacts_write_and_are_counted_while_sending_is_blocked(blocked):
    now = clock.now()
    event = ContactEvent(blocked.contract_id, uuid7(), uuid7(), "whatsapp", "contact_message", now, now)
    assert interactions.observe([event]) == [ObserveStatus.OPENED]
    assert metering.balance(contract_id=blocked.contract_id, at=now).interactions == 1


@pytest.mark.rule("LIM-3", part="in the product")
def test_each_warning_stands_among_the_notices(ana, blocked):
    page = words(ana.get(reverse("portal:notices")))
    warnings = Notice.objects.filter(customer_id=blocked.customer_id, kind__in=KINDS.values())
    titles = [
        word(one.kind, one.facts, Reader("Padaria Sol", "America/Sao_Paulo", "en")).title for one in warnings
    ]
    assert len(titles) == 4
    assert [title for title in titles if title not in page] == []


@pytest.mark.rule("LIM-3", part="event for the seller")
def test_each_warning_is_an_event(blocked):
    told = Event.objects.filter(name__startswith="sending.", customer_id=blocked.customer_id)
    assert sorted(told.values_list("name", flat=True)) == [
        "sending.blocked",
        "sending.limit_90",
        "sending.package_100",
        "sending.package_80",
    ]
    assert {event.data["number"] for event in told} == {blocked.contract.number}
