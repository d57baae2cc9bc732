"""Which channel is allowed for which use (PKG-10): in holds of one send, in campaigns and in estimates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from abono.domain.campaigns.errors import CampaignUseNotAllowed
from abono.domain.catalog import queries as catalog
from abono.domain.identity import actions as identity
from abono.domain.metering import queries
from abono.flows.campaigns.estimate import estimate_campaign
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.entrypoints.meter.client import Program, program
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria

pytestmark = pytest.mark.rule("PKG-10")

ALL = {"mass_send", "sales", "chatbot"}
ALLOWED = {  # rule by rule as the book writes it; that of voice is ours
    "whatsapp": ALL,
    "sms": {"mass_send"},
    "email": {"mass_send"},
    "instagram": {"sales", "chatbot"},
    "rcs": {"mass_send", "chatbot"},
    "messenger": {"sales", "chatbot"},
    "webchat": {"sales", "chatbot"},
    "voice": {"sales"},
}


@pytest.fixture
def now(transactional_db: None, gateway: FakeGateway) -> datetime:
    load_catalog()
    return clock.now()


@pytest.fixture
def padaria(now: datetime) -> Tenant:
    return make_padaria(now=now)


@pytest.fixture
def api(padaria: Tenant) -> Iterator[Program]:
    with program() as running:
        _, running.key = identity.issue_key(
            name="p", customer_id=padaria.customer_id, scopes=("meter",), expires_at=None, actor="test", now=clock.now()
        )  # fmt: skip
        yield running


def first_kinds() -> dict[str, tuple[str, str]]:
    """For each channel a kind and a country in which Padaria's package has a price."""
    found: dict[str, tuple[str, str]] = {}
    for channel, kind, country in catalog.routes():
        if country in ("BR", "*"):
            found.setdefault(channel, (kind, country))
    return found


@pytest.mark.rule("PKG-10", part="the shipped table")
@pytest.mark.rule("PKG-10", part="refused elsewhere")
def test_each_channel_takes_what_its_table_allows_and_refuses_the_rest(padaria: Tenant, api: Program):
    kinds = first_kinds()
    assert kinds.keys() == ALLOWED.keys()
    asked = [(channel, use) for channel in ALLOWED for use in (None, *sorted(ALL))]
    sends = [
        {"id": str(uuid7()), "contract": public("ctr", padaria.contract_id), "channel": channel, "kind": kinds[channel][0]}
        | ({} if kinds[channel][1] == "*" else {"country": "BR"})
        | ({} if use is None else {"use": use})
        for channel, use in asked
    ]  # fmt: skip
    results = api.post("/v1/holds", {"sends": sends}).results
    for (channel, use), result in zip(asked, results, strict=True):
        allowed = use is None or use in ALLOWED[channel]
        assert (result["status"], result.get("code")) == (
            ("held", None) if allowed else ("refused", "use_not_allowed")
        ), (channel, use)
    drawn = sum(result["price_micro"] for result in results if result["status"] == "held")
    assert queries.balance(contract_id=padaria.contract_id, at=clock.now()).held_micro == drawn


def test_a_use_that_nobody_knows_is_malformed(padaria: Tenant, api: Program):
    send = {
        "id": "a",
        "contract": public("ctr", padaria.contract_id),
        "channel": "sms",
        "kind": "message",
        "use": "spam",
    }
    assert api.post("/v1/holds", send).status == 422


@pytest.mark.rule("PKG-10", part="refused elsewhere")
@pytest.mark.parametrize("flow", [hold_campaign, estimate_campaign])
def test_a_campaign_is_a_mass_send(padaria: Tenant, flow: object):
    lines = [
        LineAsked("sms", "message", "BR", 1),
        LineAsked("webchat", "message", "", 1),
        LineAsked("instagram", "message", "", 1),
    ]
    more = {"name": "spring", "actor": "test"} if flow is hold_campaign else {}
    asked = {"contract_id": padaria.contract_id, "customer_id": None, "now": clock.now(), **more}
    with pytest.raises(CampaignUseNotAllowed) as refused:
        flow(lines=lines, **asked)  # type: ignore[operator]
    assert (refused.value.channels, refused.value.lines) == ("webchat, instagram", (1, 2))
    assert queries.balance(contract_id=padaria.contract_id, at=clock.now()).held_micro == 0
    flow(lines=lines[:1], **asked)  # type: ignore[operator]
