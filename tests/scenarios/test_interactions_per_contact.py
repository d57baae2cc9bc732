"""By setting an interaction belongs to a contact on all its channels; as delivered, to each channel (INT-4)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.identity import actions as identity
from abono.domain.interactions import queries as interactions
from abono.domain.metering import queries
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import INTERACTIONS_PER
from abono.flows.usage.facts import Contact
from abono.flows.usage.report import report
from abono.flows.usage.said import Word
from abono.kernel.ids import public
from abono.platform import clock
from tests.books import check_metering
from tests.entrypoints.meter.client import program
from tests.entrypoints.portal.reading import signed_in
from tests.fakes import FakeGateway
from tests.world import HOUR, Tenant, load_catalog, make_padaria

pytestmark = pytest.mark.rule("INT-4")


@pytest.fixture
def padaria(transactional_db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=clock.now())


def _tell(padaria: Tenant, events: list[tuple[str, str, datetime]]) -> list[str]:
    """What is answered to messages of one contact: id, channel, moment."""
    _, key = identity.issue_key(
        name="p", customer_id=padaria.customer_id, scopes=("meter",), expires_at=None, actor="test", now=clock.now()
    )  # fmt: skip
    body = [
        {
            "id": name,
            "contract": public("ctr", padaria.contract_id),
            "contact": "Lia",
            "channel": channel,
            "kind": "contact_message",
            "at": at.isoformat(),
        }
        for name, channel, at in events
    ]
    with program() as running:
        running.key = key
        return [result["status"] for result in running.post("/v1/interactions", {"events": body}).results]


def _by_channel(padaria: Tenant) -> list[tuple[str, int]]:
    cycle = queries.balance(contract_id=padaria.contract_id, at=clock.now()).cycle
    return interactions.interactions_by_channel(contract_id=padaria.contract_id, cycle_start=cycle.start)


def _together() -> None:
    an_hour_ago = clock.now() - HOUR
    set_value(setting=INTERACTIONS_PER, value="contact", actor="person:olga", why="as sold", now=an_hour_ago)


@pytest.mark.rule("INT-4", part="per channel: default")
def test_as_delivered_each_channel_counts_by_itself(padaria: Tenant):
    now = clock.now()
    assert _tell(padaria, [("a", "whatsapp", now), ("b", "webchat", now)]) == ["opened", "opened"]
    assert _by_channel(padaria) == [("webchat", 1), ("whatsapp", 1)]


@pytest.mark.rule("INT-4", part="per channel: other")
def test_by_setting_a_contact_counts_once_on_all_channels(padaria: Tenant):
    _together()
    now = clock.now()
    assert _tell(padaria, [("a", "whatsapp", now), ("b", "webchat", now)]) == ["opened", "covered"]
    told = [Contact("c", public("ctr", padaria.contract_id), "Lia", "instagram", "contact_message", now)]
    [said] = report(told, customer_id=padaria.customer_id, now=now)
    assert said.word is Word.COVERED
    assert _by_channel(padaria) == [("*", 1)]
    assert check_metering() == []


def test_the_page_says_that_all_channels_count_together(padaria: Tenant):
    _together()
    _tell(padaria, [("a", "whatsapp", clock.now())])
    page = signed_in("ana@padaria.example").get("/en/usage/csv/").content.decode()
    assert "All channels" in page
